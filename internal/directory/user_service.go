package directory

import "roster.example/roster/internal/fault"

// A service account is a user whom no person stands behind: a script, a build
// server. It has a username, roles, tokens and keys as everybody; it has no password,
// and so no login and no letters that would bring one.

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

// loginable refuses to open a login for a program.
func requireNotService(tx Reader, id UserID) error {
	u, err := tx.User(id)
	if err == nil && u.Service {
		err = fault.New(fault.Forbidden, "nobody logs in as a program; give it an access token", fault.Field{Name: "user", Code: fault.Closed})
	}
	return err
}

func noServicePassword() error {
	return fault.New(fault.Invalid, "the account of a program has no password; give it an access token", fault.Field{Name: "password", Code: fault.Closed})
}
