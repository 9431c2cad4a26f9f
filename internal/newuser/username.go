package newuser

import (
	"cmp"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/naming"
	"roster.example/roster/internal/unitext"
)

// UsernameFromAddress returns a free username for sign-ups without one (pm415): the local part
// of the address, with a number if it is taken.
func (c *Creator) UsernameFromAddress(tx model.Reader, address string) (string, error) {
	local, _, _ := strings.Cut(address, "@")
	return c.AvailableUsername(tx, usernameBase(local))
}

// AvailableUsername returns a free username like base for a user that signed up.
func (c *Creator) AvailableUsername(tx model.Reader, base string) (string, error) {
	if naming.OnlyDigits(base) {
		base = "user" + base
	}
	return naming.FirstAvailable("username", base, func(name string) error {
		if c.names.IsReservedWord(name) {
			return nil // counts as taken
		}
		if named, _, err := tx.HoldersOf(0, name, ""); err != nil || named != 0 {
			return err
		}
		if err := c.names.RequireUnreservedUsername(tx, 0, name); fault.KindOf(err) != fault.Conflict {
			return cmp.Or[error](err, fault.Missing("user"))
		}
		return nil
	})
}

func usernameBase(local string) string {
	keep := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_', r == '-', r == '.':
			return r
		}
		return -1
	}
	base := strings.Trim(strings.Map(keep, unitext.Fold(local)), ".-")
	if base = strings.TrimSuffix(unitext.Truncate(base, 200), ".git"); base == "" {
		return "user"
	}
	return base
}
