// Package newuser adds users: the record with its address, password and first membership, and the check that
// its names are free.
package newuser
