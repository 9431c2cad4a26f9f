package client

// Owner identifies the owner of email addresses, keys, tokens or sessions. Create it with [CurrentUser] or [UserID]; the
// zero value is invalid.
type Owner struct{ path string }

// CurrentUser means the authenticated user.
func CurrentUser() Owner { return Owner{"/me"} }

// UserID means the user with this id.
func UserID(id int64) Owner { return Owner{path("/users/%d", id)} }

// pathOf returns a path below the owner.
func (o Owner) pathOf(format string, parts ...any) string {
	if o.path == "" {
		o = UserID(0) // rejected by the server
	}
	return o.path + path(format, parts...)
}
