package invitation

import (
	"context"
	"slices"
	"strings"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

// Verdict is what an invitation of an address would do.
type Verdict string

// The verdicts.
const (
	VerdictNew       Verdict = "new"       // it is sent
	VerdictAgain     Verdict = "again"     // it is sent, and replaces an invitation that can still be accepted
	VerdictDuplicate Verdict = "duplicate" // the address is in the list already
	VerdictMember    Verdict = "member"    // the address belongs to a member
	VerdictRefused   Verdict = "refused"   // Err says why
)

// Judged is an address with its verdict.
type Judged struct {
	Email   string
	Verdict Verdict
	Err     error // of VerdictMember and VerdictRefused
}

// JudgeInvitations says for each address what [Invites.Invite] would do, with the same permission. It changes
// nothing.
func (invites *Invites) JudgeInvitations(ctx context.Context, actor model.Actor, org model.OrgID, role model.RoleID, addresses []string) ([]Judged, error) {
	if len(addresses) > model.MaxBulk {
		return nil, fault.InvalidField("addresses", fault.TooMany, model.MaxBulk)
	}
	var all []Judged
	err := invites.ops.Read(ctx, actor, model.UsersInvite, org, func(tx model.Reader, self model.User) error {
		organization, err := tx.Organization(org)
		if err != nil {
			return err
		}
		all, err = nil, nil
		seen := map[string]bool{}
		for _, address := range addresses {
			one := Judged{Email: unitext.Trim(address), Verdict: VerdictDuplicate}
			if key := emailaddress.Key(one.Email); !seen[key] {
				seen[key] = true
				if one, err = invites.judge(tx, actor, self, organization, NewInvitation{Org: org, Email: one.Email, Role: role}); err != nil {
					return err
				}
			}
			all = append(all, one)
		}
		return nil
	})
	return all, err
}

func (invites *Invites) judge(tx model.Reader, actor model.Actor, self model.User, org model.Organization, n NewInvitation) (Judged, error) {
	judged := Judged{Email: n.Email, Verdict: VerdictNew}
	_, err := invites.checkInvitation(tx, actor, self, org, n)
	switch kind := fault.KindOf(err); {
	case fault.Has(err, "reauthentication", fault.Required):
		return judged, err
	case fault.Has(err, "member", fault.Taken):
		judged.Verdict, judged.Err = VerdictMember, err
		return judged, nil
	case err != nil && (kind == fault.Invalid || kind == fault.Conflict || kind == fault.Forbidden):
		judged.Verdict, judged.Err = VerdictRefused, err
		return judged, nil
	case err != nil:
		return judged, err
	}
	earlier, err := tx.InvitationsFor(n.Email)
	if slices.ContainsFunc(earlier, func(i model.Invitation) bool {
		return i.Org == n.Org && i.StateAt(invites.ops.Now()) == model.InvitationOpen
	}) {
		judged.Verdict = VerdictAgain
	}
	return judged, err
}

// ListFilter selects invitations for a list, the newest first.
type ListFilter struct {
	State       model.InvitationState // "" is any
	Undelivered bool                  // only those whose email was given up
	Search      string                // part of the address, without regard to case; "" is any
	Before      model.InvitationID    // only invitations older than this one; 0 is any
	Limit       int                   // maximum rows
}

// Bounds of what one page of a list reads.
const (
	maxScanned   = 20_000 // invitations
	batchScanned = 500    // invitations of one query
)

// InvitationRows lists the invitations of an organization that a filter selects, the newest first, with Status
// and Undelivered. next is where the following page begins; 0 if there is none.
func (invites *Invites) InvitationRows(ctx context.Context, actor model.Actor, org model.OrgID, f ListFilter) (rows []model.Invitation, next model.InvitationID, err error) {
	err = invites.ops.Read(ctx, actor, model.UsersInvite, org, func(tx model.Reader, _ model.User) error {
		rows, next = nil, 0
		before := f.Before
		for range maxScanned / batchScanned {
			batch, err := tx.NewestInvitations(org, before, batchScanned)
			if err != nil || len(batch) == 0 {
				return err
			}
			before = batch[len(batch)-1].ID
			found, err := invites.matching(tx, org, batch, f)
			if err != nil {
				return err
			}
			rows = append(rows, found...)
			if len(rows) > f.Limit {
				rows = rows[:f.Limit]
				next = rows[f.Limit-1].ID
				return nil
			}
			if len(batch) < batchScanned {
				return nil
			}
		}
		next = before
		return nil
	})
	return rows, next, err
}

// matching returns those of a batch, the newest first, that a filter selects.
func (invites *Invites) matching(tx model.Reader, org model.OrgID, batch []model.Invitation, f ListFilter) ([]model.Invitation, error) {
	all := WithStatuses(invites, batch)
	slices.Reverse(all) // by id
	if err := setUndelivered(tx, org, all); err != nil {
		return nil, err
	}
	slices.Reverse(all)
	search := unitext.Fold(f.Search)
	return slices.DeleteFunc(all, func(i model.Invitation) bool {
		return f.State != "" && i.Status != f.State || f.Undelivered && i.Undelivered == "" || !strings.Contains(unitext.Fold(i.Email), search)
	}), nil
}
