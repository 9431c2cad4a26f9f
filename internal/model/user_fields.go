package model

import "time"

// UserFields names the fields of a [User] that an actor may see. Operations that return a user set
// [User.Fields] and leave out the others; stores do not keep it.
type UserFields uint8

// The sets of fields, each with fewer fields than the one before. The zero value is that of a
// complete record.
const (
	AllFields    UserFields = iota
	GitLabFields            // the public fields, and what else GitLab 6 shows to every user: one identity and the limits
	PublicFields            // without identities, limits, password, last activity and addresses except the primary one
	BasicFields             // names, ids and state only
)

// Redact removes all fields that are not in fields. It changes no value that another copy of the user
// shares, and allocates nothing.
func (u *User) Redact(fields UserFields) {
	switch fields {
	case AllFields:
		return
	case GitLabFields:
		shown := u.VisibleIdentity()
		u.LastIdentity = LastIdentity{Provider: shown.Provider, ExternalUID: shown.ExternalUID}
	case PublicFields:
		u.LastIdentity, u.Limits = LastIdentity{}, Limits{}
	case BasicFields:
		*u = User{ID: u.ID, UID: u.UID, Username: u.Username, Names: u.Names, State: u.State, Deactivated: u.Deactivated}
	}
	u.Fields = fields
	u.Emails, u.Identities = primaryOnly(u.Emails), nil
	u.HasPassword, u.LastActivity = false, time.Time{}
}

// primaryOnly returns the part of emails with the primary address.
func primaryOnly(emails []Email) []Email {
	for i, e := range emails {
		if e.Primary {
			return emails[i : i+1 : i+1]
		}
	}
	return nil
}
