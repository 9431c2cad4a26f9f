package importer

import (
	"log/slog"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// Importer imports and exports users. Its methods are operations of the directory, which embeds it.
type Importer struct {
	ops     *operation.Runner
	rules   Rules
	options Options
	slots   chan struct{} // one element for each running import
}

// Options are the settings of an [Importer].
type Options struct {
	Log           *slog.Logger
	MaxKeys       int  // SSH keys of a user
	MaxEmails     int  // addresses of a user
	ReservesNames bool // names of deleted users stay reserved
}

// Rules are the rules of the directory for users, which also apply to single ones.
type Rules interface {
	// NewUser returns a new user with the defaults.
	NewUser(names model.Names, state model.State) model.User
	// CheckNewUser returns the faults of an entry as the input for a single user.
	CheckNewUser(actor model.Actor, e Entry) fault.List
	// ParseKey parses and checks an SSH key.
	ParseKey(n model.NewKey) (model.SSHKey, error)
	// InitialRole returns the role of a new member of an organization if role was requested.
	InitialRole(u model.User, org model.Organization, role model.RoleID) model.RoleID
	// YieldsEmail reports whether u loses the address e to a user that an administrator gives it.
	YieldsEmail(u model.User, e model.Email) bool
	// TakeClaim takes an address from a user that only claims it.
	TakeClaim(tx model.Writer, actor model.Actor, id model.UserID, address string) error
	// ReplaceInvitedUser deletes an invited user that an imported one replaces.
	ReplaceInvitedUser(tx model.Writer, actor model.Actor, id model.UserID) error
}

// New returns an importer.
func New(ops *operation.Runner, rules Rules, options Options) *Importer {
	return &Importer{ops: ops, rules: rules, options: options, slots: make(chan struct{}, maxImports)}
}
