package doctor

import (
	"context"
	"fmt"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/throttle"
)

// Checks holds the checks of the database. Its methods are operations of the directory, which embeds it.
type Checks struct {
	ops   *operation.Runner
	store model.Store
}

// New returns the checks.
func New(ops *operation.Runner, store model.Store) *Checks { return &Checks{ops, store} }

const (
	// The rows of ProbeSpace fill about a hundred pages in SQLite. A created user
	// fills about 25. PostgreSQL has indexes of keys of up to 2,700 bytes.
	spaceRows     = 48
	spaceKeyBytes = 2000
	spacePrefix   = "space:"
)

// CheckStore looks for damage of the data itself.
func (c *Checks) CheckStore(ctx context.Context, actor model.Actor) error {
	if err := c.ops.Can(ctx, actor, model.ServerManage, 0); err != nil {
		return err
	}
	return c.store.Check(ctx)
}

// CheckAdministrators counts the administrators who can log in; none is an error.
func (c *Checks) CheckAdministrators(ctx context.Context, actor model.Actor) (int, error) {
	n := 0
	err := c.ops.Read(ctx, actor, model.ServerManage, 0, func(tx model.Reader, _ model.User) (err error) {
		n, err = tx.LoginAdmins(0)
		return err
	})
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "nobody can administer this server; run 'roster admin create'")
	}
	return n, err
}

// ProbeWrite writes a row and puts it back in the same transaction, to find out whether
// the disk takes it.
func (c *Checks) ProbeWrite(ctx context.Context, actor model.Actor) error {
	if !actor.IsOperator() {
		return fault.New(fault.Forbidden, "only the server itself may do this")
	}
	return c.ops.Write(ctx, func(tx model.Writer) error {
		i, err := tx.Installation()
		if err != nil {
			return err
		}
		// SQLite writes no page for a row that is overwritten with the same bytes.
		other := i
		other.Anchored = !i.Anchored
		if err := tx.PutInstallation(other); err != nil {
			return err
		}
		return tx.PutInstallation(i)
	})
}

// ProbeSpace commits more pages than a created user does, and deletes their rows again,
// to find out whether users can be created. Where the disk is nearly full, the one page
// of ProbeWrite still fits into space that the database has already.
func (c *Checks) ProbeSpace(ctx context.Context, actor model.Actor) error {
	if !actor.IsOperator() {
		return fault.New(fault.Forbidden, "only the server itself may do this")
	}
	filler := strings.Repeat("x", spaceKeyBytes)
	now := c.ops.Now() // maintenance deletes rows that an interrupted probe left
	err := c.ops.Write(ctx, func(tx model.Writer) error {
		for n := range spaceRows {
			row := throttle.Counter{Key: fmt.Sprintf("%s%d:%s", spacePrefix, n, filler), Since: now, Until: now}
			if err := tx.PutThrottle(row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.ops.Write(ctx, func(tx model.Writer) error { return tx.DropThrottles(spacePrefix) })
}

// Ready returns an error if the store does not respond.
func (c *Checks) Ready(ctx context.Context, actor model.Actor) error {
	return c.ops.Read(ctx, actor, model.ServerManage, 0, func(tx model.Reader, _ model.User) error {
		_, _, err := tx.EventHead()
		return err
	})
}
