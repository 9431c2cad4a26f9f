package model

import "time"

// InvitationReader reads invitations and one-time links.
type InvitationReader interface {
	Invitation(id InvitationID) (Invitation, error)
	InvitationByHash(hash []byte) (Invitation, error)
	Invitations(org OrgID, after InvitationID, limit int) ([]Invitation, error)        // by id; limit 0 means all
	NewestInvitations(org OrgID, before InvitationID, limit int) ([]Invitation, error) // by descending id; before 0 means from the newest
	InvitationsBy(inviter UserID) ([]Invitation, error)                                // by id
	InvitationsFor(email string) ([]Invitation, error)                                 // by id; without regard to case
	InvitationsOf(waiting UserID) ([]Invitation, error)                                // invitations with this invited user, by id
	InvitationProjects(id InvitationID) ([]ProjectID, error)                           // by id, without deleted projects
	LinkByHash(hash []byte) (Link, error)
	Links(user UserID) ([]Link, error) // by id, with used and expired ones
}

// InvitationWriter writes invitations and one-time links.
type InvitationWriter interface {
	AddInvitation(i *Invitation, hash []byte) error
	ChangeInvitation(i Invitation) error
	PutInvitationHash(id InvitationID, hash []byte) error              // replaces the token of the link
	PutInvitationProjects(id InvitationID, projects []ProjectID) error // the whole list
	AddLink(l *Link, hash []byte) error
	UseLink(id int64, at time.Time) error // NotFound if it was used before
	DropLink(id int64) error
	DropLinks(user UserID) error        // all of one user
	DropLinksFor(purpose Purpose) error // all of one purpose
}
