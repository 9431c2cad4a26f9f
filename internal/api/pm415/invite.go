package pm415

import (
	"net/http"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

// invitationResponse is what an invitation token reveals.
type invitationResponse struct {
	Success      bool   `json:"success"`
	Email        string `json:"email"`
	Organization string `json:"organization"`
}

func (a *api) showInvitation(w http.ResponseWriter, r *http.Request, req request) error {
	token, err := web.QueryText(r, "token")
	if err != nil {
		return err
	}
	shown, err := a.directory.InvitationByToken(r.Context(), req.actor, secret.Text(token))
	if err != nil {
		return mapError(err, errorMapping{
			hasKind(fault.Expired, fault.NotFound), newError(http.StatusUnprocessableEntity, "Bad data"),
		})
	}
	return writeOK(w, invitationResponse{true, shown.Invitation.Email, shown.Organization.Name})
}

// inviteSchema accepts send without effect: the email is always sent (docs/products/pm415.md, 6).
func inviteSchema() schema {
	return schema{
		{key: "email", label: "Email", required: true, rules: []rule{isEmail}},
		{key: "send", rules: []rule{isBoolean}},
	}
}

type inviteResponse struct {
	Success    bool   `json:"success"`
	ConfirmURL string `json:"confirmUrl"`
}

// invite invites a user with the role Pending, who has no permissions until an Admin changes the
// role.
func (a *api) invite(w http.ResponseWriter, r *http.Request, req request) error {
	if err := inviteSchema().check(req.body); err != nil {
		return err
	}
	id, spelled := orgID(r)
	address := req.body.text("email")
	sent, err := a.directory.Invite(r.Context(), req.actor, invitation.NewInvitation{
		Org: id, Email: address, Role: model.RolePending,
	})
	if err != nil {
		return inviteSchema().mapError(mapError(err,
			errorMapping{hasKind(fault.NotFound), newError(http.StatusNotFound, "Organization not found")},
			errorMapping{faultOn("member", fault.Taken),
				newError(http.StatusConflict, "User %s already have access to organization %s", address, spelled)},
		))
	}
	return writeOK(w, inviteResponse{true, sent.Link})
}
