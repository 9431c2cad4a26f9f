package sqldb

import (
	"math"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/model"
)

const invitationColumns = `i.id, i.organization_id, i.role_id, i.address, i.user_id, i.inviter_id,
	i.created_at, i.expires_at, i.accepted_at, i.revoked_at`

func scanInvitation(from row) (i model.Invitation, err error) {
	err = from.Scan(&i.ID, &i.Org, scanOptionalID(&i.Role), &i.Email, scanOptionalID(&i.User), scanOptionalID(&i.Inviter),
		scanTime(&i.CreatedAt), scanTime(&i.ExpiresAt), scanTime(&i.AcceptedAt), scanTime(&i.RevokedAt))
	return i, err
}

func invitationValues(i model.Invitation) []any {
	return []any{i.Org, optional(i.Role), i.Email, emailaddress.Key(i.Email), optional(i.User), optional(i.Inviter),
		toMicros(i.CreatedAt), toMicros(i.ExpiresAt), toMicros(i.AcceptedAt), toMicros(i.RevokedAt)}
}

func (r *reader) Invitation(id model.InvitationID) (model.Invitation, error) {
	return one(r, "invitation", scanInvitation, `SELECT `+invitationColumns+` FROM invitations i WHERE i.id = $1`, id)
}

func (r *reader) InvitationByHash(hash []byte) (model.Invitation, error) {
	return one(r, "invitation", scanInvitation, `SELECT `+invitationColumns+` FROM invitations i WHERE i.hash = $1`, hash)
}

func (r *reader) Invitations(org model.OrgID, after model.InvitationID, limit int) ([]model.Invitation, error) {
	return list(r, "invitation", scanInvitation, `SELECT `+invitationColumns+` FROM invitations i
		WHERE i.organization_id = $1 AND i.id > $2 ORDER BY i.id LIMIT $3`, org, after, orAll(limit))
}

func (r *reader) NewestInvitations(org model.OrgID, before model.InvitationID, limit int) ([]model.Invitation, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return list(r, "invitation", scanInvitation, `SELECT `+invitationColumns+` FROM invitations i
		WHERE i.organization_id = $1 AND i.id < $2 ORDER BY i.id DESC LIMIT $3`, org, before, orAll(limit))
}

func (r *reader) InvitationsBy(inviter model.UserID) ([]model.Invitation, error) {
	return list(r, "invitation", scanInvitation, `SELECT `+invitationColumns+` FROM invitations i
		WHERE i.inviter_id = $1 ORDER BY i.id`, inviter)
}

func (r *reader) InvitationsFor(email string) ([]model.Invitation, error) {
	return list(r, "invitation", scanInvitation, `SELECT `+invitationColumns+` FROM invitations i
		WHERE i.address_key = $1 ORDER BY i.id`, emailaddress.Key(email))
}

func (r *reader) InvitationsOf(waiting model.UserID) ([]model.Invitation, error) {
	return list(r, "invitation", scanInvitation, `SELECT `+invitationColumns+` FROM invitations i
		WHERE i.user_id = $1 ORDER BY i.id`, waiting)
}

func (w *writer) AddInvitation(i *model.Invitation, hash []byte) error {
	return add(w, "invitation", &i.ID, `INSERT INTO invitations
		(organization_id, role_id, address, address_key, user_id, inviter_id, created_at, expires_at, accepted_at, revoked_at, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, append(invitationValues(*i), hash)...)
}

func (w *writer) ChangeInvitation(i model.Invitation) error {
	return w.change("invitation", `UPDATE invitations SET organization_id = $1, role_id = $2, address = $3, address_key = $4,
		user_id = $5, inviter_id = $6, created_at = $7, expires_at = $8, accepted_at = $9, revoked_at = $10
		WHERE id = $11`, append(invitationValues(i), i.ID)...)
}

func (w *writer) PutInvitationHash(id model.InvitationID, hash []byte) error {
	return w.change("invitation", `UPDATE invitations SET hash = $2 WHERE id = $1`, id, hash)
}

func (r *reader) InvitationProjects(id model.InvitationID) ([]model.ProjectID, error) {
	return list(r, "invitation", func(from row) (project model.ProjectID, err error) {
		err = from.Scan(&project)
		return project, err
	}, `SELECT project_id FROM invitation_projects WHERE invitation_id = $1 ORDER BY project_id`, id)
}

func (w *writer) PutInvitationProjects(id model.InvitationID, projects []model.ProjectID) error {
	if err := w.put("invitation", `DELETE FROM invitation_projects WHERE invitation_id = $1`, id); err != nil {
		return err
	}
	for _, project := range projects {
		err := w.put("invitation", `INSERT INTO invitation_projects (invitation_id, project_id) VALUES ($1, $2)
			ON CONFLICT (invitation_id, project_id) DO NOTHING`, id, project)
		if err != nil {
			return err
		}
	}
	return nil
}
