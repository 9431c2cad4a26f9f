// Package session opens, lists and ends the sessions of users.
package session
