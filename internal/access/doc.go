// Package access answers whether a user has a permission, or fulfills the conditions of another program.
package access
