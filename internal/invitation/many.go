package invitation

import (
	"context"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/idempotency"
	"roster.example/roster/internal/model"
)

// Result is the result of one of several invitations.
type Result struct {
	Sent Sent // zero with Err
	Err  error
}

// InviteMany is [Invites.Invite] for several invitations: each is an operation of its own,
// with the same rules and limits, and has a result, in the same order. An error is about the
// whole call, which then sent none.
func (invites *Invites) InviteMany(ctx context.Context, actor model.Actor, all []NewInvitation) ([]Result, error) {
	switch {
	case len(all) == 0:
		return nil, fault.InvalidField("invitations", fault.Blank, 0)
	case len(all) > model.MaxBulk:
		return nil, fault.InvalidField("invitations", fault.TooMany, model.MaxBulk)
	}
	for _, org := range organizationsOf(all) {
		if err := invites.ops.Can(ctx, actor, model.UsersInvite, org); err != nil {
			return nil, err
		}
	}
	results := make([]Result, 0, len(all))
	for _, n := range all {
		if err := ctx.Err(); err != nil {
			results = append(results, Result{Err: err})
			continue
		}
		sent, err := invites.Invite(ctx, actor, n)
		if err != nil {
			sent = Sent{}
		} else {
			ctx = idempotency.WithoutKey(ctx) // the key was for the first operation
		}
		results = append(results, Result{sent, err})
	}
	return results, nil
}

func organizationsOf(all []NewInvitation) []model.OrgID {
	var orgs []model.OrgID
	for _, n := range all {
		if !slices.Contains(orgs, n.Org) {
			orgs = append(orgs, n.Org)
		}
	}
	return orgs
}
