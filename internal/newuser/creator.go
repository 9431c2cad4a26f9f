package newuser

import (
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/naming"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secret"
)

// Creator adds users. It has no operation, so the directory does not embed it.
type Creator struct {
	ops   *operation.Runner
	names *naming.Policy
}

// NewCreator returns a Creator.
func NewCreator(ops *operation.Runner, names *naming.Policy) *Creator { return &Creator{ops, names} }

// New returns a user with all generated fields set.
func (c *Creator) New(names model.Names, state model.State) model.User {
	now := c.ops.Now()
	u := model.User{
		UID: secret.NewOpaque(17, secret.MeteorID).Reveal(), Names: names, State: state,
		Limits: model.DefaultLimits(), CreatedAt: now, UpdatedAt: now,
	}
	if state == model.Active {
		u.ActivatedAt = now
	}
	return u
}

// AddFree is Add after a check that the username and the address are free.
func (c *Creator) AddFree(tx model.Writer, actor model.Actor, u *model.User, email model.Email, hash string) error {
	if err := c.RequireFree(tx, 0, u.Username, email.Address); err != nil {
		return err
	}
	return c.Add(tx, actor, u, email, hash)
}

// Add adds the user, the primary address if there is one, the password, and the event.
func (c *Creator) Add(tx model.Writer, actor model.Actor, u *model.User, e model.Email, hash string) error {
	if err := tx.AddUser(u); err != nil {
		return err
	}
	if e.Address != "" {
		e.User, e.Primary, e.CreatedAt = u.ID, true, c.ops.Now()
		if err := tx.AddEmail(&e); err != nil {
			return err
		}
		u.Emails = []model.Email{e}
	}
	if hash != "" {
		if err := tx.PutPassword(u.ID, hash); err != nil {
			return err
		}
		u.HasPassword = true
	}
	verb := model.UserCreate
	if actor.Anonymous() {
		verb, actor = model.UserRegister, operation.AsUser(actor, u.ID)
	}
	return c.ops.RecordUser(tx, actor, verb, u.ID, "")
}
