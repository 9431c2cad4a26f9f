package account

import (
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// profileBody is the content of the profile page.
type profileBody struct {
	User     model.User
	Emails   []email
	Profile  *ui.Form
	AddEmail *ui.Form
}

// email is one address as the page shows it.
type email struct {
	model.Email
	Removable bool // whether the page offers to remove it
}

// profileForm is the input of the profile.
type profileForm struct {
	GivenName, FamilyName string
	model.Profile
}

func profileOf(u model.User) profileForm {
	return profileForm{u.GivenName, u.FamilyName, u.Profile}
}

func (p *pages) showProfile(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	me, err := p.me(r, actor)
	if err != nil {
		return err
	}
	return p.UI.Write(w, r, http.StatusOK, "profile", p.profilePage(r, me, profileOf(me.User), ""))
}

// profilePage returns the page with the form of the profile, and address in the form that adds one.
func (p *pages) profilePage(r *http.Request, me self, sent profileForm, address string) ui.Page {
	m := p.UI.MessagesFor(r)
	page := p.pageOf(r, me, m.Text("account.profile"), profilePath)
	text := func(name, label, autocomplete, value string) ui.Field {
		return ui.Field{Name: name, Label: label, Type: "text", Autocomplete: autocomplete, Value: value, Optional: true}
	}
	page.Form = &ui.Form{Action: profilePath + "/profile", Submit: m.Text("account.save_profile"), Small: true, Fields: []ui.Field{
		text("given_name", m.Text("form.given_name"), "given-name", sent.GivenName),
		text("family_name", m.Text("form.family_name"), "family-name", sent.FamilyName),
		{Name: "bio", Label: m.Text("account.bio"), Type: "textarea", Value: sent.Bio, Optional: true},
		text("company", m.Text("account.company"), "organization", sent.Company),
		{Name: "website_url", Label: m.Text("account.website"), Type: "text", Autocomplete: "url", Value: sent.WebsiteURL, Optional: true,
			Hint: m.Text("account.website_hint")},
	}}
	body := profileBody{User: me.User, Profile: page.Form, AddEmail: &ui.Form{
		Action: profilePath + "/emails", Submit: m.Text("account.add_email"), Small: true,
		Fields: []ui.Field{{Name: "email", Label: m.Text("account.new_email"), Type: "email", Autocomplete: "email", Value: address}},
	}}
	for _, e := range me.Emails {
		body.Emails = append(body.Emails, email{e, !e.Primary && !e.PreviousPrimary})
	}
	page.Body = body
	return page
}

func (p *pages) saveProfile(w http.ResponseWriter, r *http.Request, actor model.Actor, in *ui.Input) error {
	sent := profileForm{in.Line("given_name"), in.Line("family_name"), model.Profile{
		Bio: in.Text("bio"), Company: in.Line("company"), WebsiteURL: in.Line("website_url"),
	}}
	if err := in.Err(); err != nil {
		return err
	}
	_, err := p.Directory.ChangeMe(r.Context(), actor, directory.SelfChange{
		GivenName: &sent.GivenName, FamilyName: &sent.FamilyName,
		Profile: directory.ProfileChange{Bio: &sent.Bio, Company: &sent.Company, WebsiteURL: &sent.WebsiteURL},
	})
	if err == nil {
		return p.back(w, profilePath, "profile")
	}
	me, failed := p.me(r, actor)
	if failed != nil {
		return failed
	}
	return p.reject(w, r, "profile", p.profilePage(r, me, sent, ""), err)
}

func (p *pages) addEmail(w http.ResponseWriter, r *http.Request, actor model.Actor, in *ui.Input) error {
	address := in.Line("email")
	if err := in.Err(); err != nil {
		return err
	}
	_, err := p.Directory.AddEmail(r.Context(), actor, actor.UserID(), address)
	if err == nil {
		return p.back(w, profilePath, "email")
	}
	return p.rejectEmail(w, r, actor, address, err)
}

// rejectEmail shows the page again with the error beside the field of the new address.
func (p *pages) rejectEmail(w http.ResponseWriter, r *http.Request, actor model.Actor, address string, err error) error {
	me, failed := p.me(r, actor)
	if failed != nil {
		return failed
	}
	page := p.profilePage(r, me, profileOf(me.User), address)
	if body, ok := page.Body.(profileBody); ok {
		page.Form = body.AddEmail
	}
	return p.reject(w, r, "profile", page, err)
}

func (p *pages) resendVerification(w http.ResponseWriter, r *http.Request, actor model.Actor, _ *ui.Input) error {
	id, err := pathID[model.EmailID](r, "email")
	if err != nil {
		return err
	}
	if _, err := p.Directory.SendVerification(r.Context(), actor, actor.UserID(), id); err != nil {
		return err
	}
	return p.back(w, profilePath, "resent")
}

func (p *pages) makePrimary(w http.ResponseWriter, r *http.Request, actor model.Actor, _ *ui.Input) error {
	id, err := pathID[model.EmailID](r, "email")
	if err != nil {
		return err
	}
	chosen, err := p.Directory.Email(r.Context(), actor, actor.UserID(), id)
	if err != nil {
		return err
	}
	if _, err := p.Directory.ChangeMe(r.Context(), actor, directory.SelfChange{Email: &chosen.Address}); err != nil {
		return err
	}
	return p.back(w, profilePath, "primary")
}

func (p *pages) removeEmail(w http.ResponseWriter, r *http.Request, actor model.Actor, _ *ui.Input) error {
	id, err := pathID[model.EmailID](r, "email")
	if err != nil {
		return err
	}
	if _, err := p.Directory.RemoveEmail(r.Context(), actor, actor.UserID(), id); err != nil {
		return err
	}
	return p.back(w, profilePath, "email-removed")
}
