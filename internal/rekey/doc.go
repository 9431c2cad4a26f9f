// Package rekey changes the encryption key: it encrypts all secrets of the database again, and checks that a
// node has the key in use.
package rekey
