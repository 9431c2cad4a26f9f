// Package doctor checks the database, for the operator and for the server itself.
package doctor
