package account

import (
	"net/http"

	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// organizationsBody is the content of the page of organizations.
type organizationsBody struct {
	Memberships []model.Membership
	Invitations []invitation.Mine
}

func (p *pages) showOrganizations(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	page, err := p.page(r, actor, p.UI.MessagesFor(r).Text("account.organizations"), organizationsPath)
	if err != nil {
		return err
	}
	var body organizationsBody
	if body.Memberships, err = p.Directory.MyOrganizations(r.Context(), actor); err != nil {
		return err
	}
	if body.Invitations, err = p.Directory.MyInvitations(r.Context(), actor); err != nil {
		return err
	}
	page.Body = body
	return p.UI.Write(w, r, http.StatusOK, "organizations", page)
}

func (p *pages) leave(w http.ResponseWriter, r *http.Request, actor model.Actor, _ *ui.Input) error {
	id, err := pathID[model.OrgID](r, "organization")
	if err != nil {
		return err
	}
	if err := p.Directory.RemoveMembers(r.Context(), actor, id, []model.UserID{actor.UserID()}); err != nil {
		return err
	}
	return p.back(w, organizationsPath, "left")
}

func (p *pages) acceptInvitation(w http.ResponseWriter, r *http.Request, actor model.Actor, _ *ui.Input) error {
	id, err := pathID[model.InvitationID](r, "invitation")
	if err != nil {
		return err
	}
	if err := p.Directory.AcceptMyInvitation(r.Context(), actor, id); err != nil {
		return err
	}
	return p.back(w, organizationsPath, "joined")
}

func (p *pages) declineInvitation(w http.ResponseWriter, r *http.Request, actor model.Actor, _ *ui.Input) error {
	id, err := pathID[model.InvitationID](r, "invitation")
	if err != nil {
		return err
	}
	if err := p.Directory.DeclineMyInvitation(r.Context(), actor, id); err != nil {
		return err
	}
	return p.back(w, organizationsPath, "declined")
}
