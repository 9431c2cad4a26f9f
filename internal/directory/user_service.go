package directory

import (
	"roster.example/roster/internal/fault"
)

// A service account is a user that belongs to a program, such as a script or a build server.
// It has a username, roles, tokens and keys like other users, and no password: it cannot log
// in, and gets no recovery emails.

func (n NewUser) checkService(f *fault.List) {
	if !n.Service {
		return
	}
	if n.Username == "" {
		f.Add("username", fault.Blank, 0)
	}
	if n.Password != "" {
		f.Add("password", fault.Closed, 0)
	}
}

func servicePasswordError() error {
	return fault.New(fault.Invalid, "a service account has no password; create an access token for it", fault.Field{Name: "password", Code: fault.Closed})
}
