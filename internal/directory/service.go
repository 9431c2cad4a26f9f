package directory

// A service account is a user whom no person stands behind: a script, a build
// server. It has a username, roles, tokens and keys as everybody; it has no password,
// and so no login and no letters that would bring one.

func (n NewUser) checkService(f *faults) {
	if !n.Service {
		return
	}
	if n.Username == "" {
		f.add("username", Blank, 0)
	}
	if n.Password != "" {
		f.add("password", Closed, 0)
	}
}

// loginable refuses to open a login for a program.
func requireNotService(tx Reader, id UserID) error {
	u, err := tx.User(id)
	if err == nil && u.Service {
		err = fail(Forbidden, "nobody logs in as a program; give it an access token", Fault{Field: "user", Code: Closed})
	}
	return err
}

func noServicePassword() error {
	return fail(Invalid, "the account of a program has no password; give it an access token", Fault{Field: "password", Code: Closed})
}
