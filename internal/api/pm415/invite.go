package pm415

import (
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

// shownInvitation is what the holder of an invitation's link learns.
type shownInvitation struct {
	Success      bool   `json:"success"`
	Email        string `json:"email"`
	Organization string `json:"organization"`
}

func (a *api) showInvitation(w http.ResponseWriter, r *http.Request, v visit) error {
	token, err := web.QueryText(r, "token")
	if err != nil {
		return err
	}
	shown, err := a.directory.InvitationByToken(r.Context(), v.who, secret.Text(token))
	if err != nil {
		return reword(err, saying{
			kind(fault.Expired, fault.NotFound), refuse(http.StatusUnprocessableEntity, "Bad data"),
		})
	}
	return succeed(w, shownInvitation{true, shown.Invitation.Email, shown.Organization.Name})
}

// inviteSchema: send is taken and has no effect, the mail goes out in any case
// (docs/products/pm415.md, 6).
func inviteSchema() schema {
	return schema{
		{key: "email", label: "Email", required: true, rules: []rule{email}},
		{key: "send", rules: []rule{boolean}},
	}
}

type inviteAnswer struct {
	Success    bool   `json:"success"`
	ConfirmURL string `json:"confirmUrl"`
}

// invite asks somebody in as Pending: an Admin lets them in for good.
func (a *api) invite(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := inviteSchema().check(v.body); err != nil {
		return err
	}
	id, spelled := orgID(r)
	address := v.body.text("email")
	sent, err := a.directory.Invite(r.Context(), v.who, directory.NewInvitation{
		Org: id, Email: address, Role: directory.RolePending,
	})
	if err != nil {
		return inviteSchema().reword(reword(err,
			saying{kind(fault.NotFound), refuse(http.StatusNotFound, "Organization not found")},
			saying{faultOn("member", fault.Taken),
				refuse(http.StatusConflict, "User %s already have access to organization %s", address, spelled)},
		))
	}
	return succeed(w, inviteAnswer{true, sent.Link})
}
