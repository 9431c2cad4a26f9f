// Package registration signs up users: who may, the checks of the input, and the account that a mailed link
// confirms.
package registration
