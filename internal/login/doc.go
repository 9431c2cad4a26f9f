// Package login verifies passwords and passkeys, and opens sessions by them.
package login
