package newuser

import (
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/naming"
	"roster.example/roster/internal/unitext"
)

// RequireFreeUsername returns a Conflict if another user than self has username, or if it is
// reserved for another user. named is the user with this username, or 0.
func (c *Creator) RequireFreeUsername(tx model.Reader, self, named model.UserID, username string) error {
	if err := takenError(self, named, 0); err != nil {
		return explainTaken(tx, err, named, username)
	}
	return c.names.RequireUnreservedUsername(tx, self, username)
}

// RequireFree returns a Conflict if another user than self has the username or the address, or
// if the username is reserved for another user.
func (c *Creator) RequireFree(tx model.Reader, self model.UserID, username, email string) error {
	named, addressed, err := tx.HoldersOf(self, username, email)
	if err != nil {
		return err
	}
	if err := takenError(self, named, addressed); err != nil {
		return explainTaken(tx, err, named, username)
	}
	return c.names.RequireUnreservedUsername(tx, self, username)
}

// explainTaken returns err with a message if the username alone is taken, by a user whose username
// looks like it.
func explainTaken(tx model.Reader, err error, named model.UserID, username string) error {
	if !fault.Has(err, "username", fault.Taken) || fault.Has(err, "email", fault.Taken) {
		return err
	}
	holder, failed := tx.User(named)
	switch {
	case failed != nil:
		return failed
	case unitext.Fold(holder.Username) == unitext.Fold(username):
		return err
	}
	return naming.LookalikeError("username", "username is taken already: it looks like the username of another user; choose another one")
}

// takenError returns a Conflict if another user than self has the username or the address; 0
// is none.
func takenError(self, named, addressed model.UserID) error {
	var conflict fault.Error
	if named != 0 && named != self {
		conflict.Fields = append(conflict.Fields, fault.Field{Name: "username", Code: fault.Taken})
	}
	if addressed != 0 && addressed != self {
		conflict.Fields = append(conflict.Fields, fault.Field{Name: "email", Code: fault.Taken})
	}
	if len(conflict.Fields) == 0 {
		return nil
	}
	conflict.Kind = fault.Conflict
	return &conflict
}
