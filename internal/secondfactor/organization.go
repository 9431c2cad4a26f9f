package secondfactor

import (
	"context"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// RequireSecondFactorIn sets whether the members of an organization need a second factor. A member
// without one can only add one from then on, except by API keys and access tokens. A change needs a
// credential of full scope that does not expire, because it weakens or locks the accounts of others.
func (factors *Factors) RequireSecondFactorIn(ctx context.Context, actor model.Actor, id model.OrgID, required bool) (model.Organization, error) {
	var org model.Organization
	err := factors.ops.Update(ctx, actor, model.OrganizationsManage, id, func(tx model.Writer, _ model.User) (err error) {
		if org, err = tx.Organization(id); err != nil || org.RequireSecondFactor == required {
			return err
		}
		if err := operation.RequireFullAndLasting(actor); err != nil {
			return err
		}
		if err := factors.ops.RequireRecentAuthentication(tx, actor); err != nil {
			return err
		}
		org.RequireSecondFactor, org.UpdatedAt = required, factors.ops.Now()
		if err := tx.ChangeOrganization(org); err != nil {
			return err
		}
		return factors.ops.Record(tx, actor, operation.EventSpec{Verb: model.OrganizationChange, Target: "organization", ID: int64(id), Org: id, Detail: "second_factor"})
	})
	return org, err
}
