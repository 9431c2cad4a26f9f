// Package maillink creates the one-time links of emails, and checks and deletes them.
package maillink
