// Package role holds the roles of organizations. No actor can create, change, delete or grant a role with a
// permission that the actor does not have.
package role
