// Package project holds the projects of organizations and the users assigned to them.
package project
