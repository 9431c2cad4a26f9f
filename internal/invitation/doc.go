// Package invitation holds the invitations of organizations: sending, listing, revoking and accepting them, and
// the invited users that exist before an invitation is accepted.
package invitation
