package console

import (
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/browser/browsertest"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
)

// hostile is a name that would run as a script if a page did not escape it.
const hostile = `"><script>alert(1)</script>'&amp;{{.}}`

// sendList sends a form with several values of one field.
func (b *fixture) sendList(path string, fields url.Values) browsertest.Response {
	b.T.Helper()
	r := browsertest.Post(path, fields.Encode())
	r.Header.Set("Origin", apitest.BaseURL)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.Do(r)
}

func orgPath(o model.Organization, rest string) string { return organizationPath(o.ID, rest) }

func TestOrganizationsAreListedByNameAndFound(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	for n := range rowsOfList + 5 {
		b.AddOrganization(fmt.Sprintf("Team %03d", n))
	}
	b.signInAs(b.AddAdmin("root"))
	first := b.Get("/console/organizations")
	b.Want(first, 200, "<h1>Organizations</h1>", "Team 000", `href="/console/organizations" aria-current="page"`, `rel="next"`)
	b.Without(first, "Team 053", `rel="prev"`)
	second := b.Get(linkTo(t, first.Body, "next"))
	b.Want(second, 200, "Team 053", `rel="prev"`)
	b.Without(second, "Team 000", `rel="next"`)
	b.Want(b.Get(linkTo(t, second.Body, "prev")), 200, "Team 000", `rel="next"`)
	found := b.Get("/console/organizations?q=TEAM+04")
	b.Want(found, 200, "Team 041")
	b.Without(found, "Team 030", ">Home<")
	b.Want(b.Get("/console/organizations?q=nowhere"), 200, "Nothing found", "Show all")
}

// linkTo returns the address of the link with the relation rel.
func linkTo(t *testing.T, body, rel string) string {
	t.Helper()
	before, _, found := strings.Cut(body, `" rel="`+rel+`"`)
	at := strings.LastIndex(before, `href="`)
	if !found || at < 0 {
		t.Fatalf("the page has no link to the %s page", rel)
	}
	return html.UnescapeString(before[at+len(`href="`):])
}

func TestOrganizationAdminSeesNoOtherOrganization(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	own, other := b.AddOrganization("Own"), b.AddOrganization("Foreign")
	chief, secret := b.AddMemberTo(own.ID, model.RoleAdmin, "chief"), b.AddMemberTo(other.ID, model.RoleAdmin, "veiled")
	b.signInAs(chief)
	for _, query := range []string{"", "?q=foreign", "?q=o", "?after=a", "?before=zzz"} {
		b.Without(b.Get("/console/organizations"+query), "Foreign", "foreign<", "veiled")
	}
	b.Want(b.Get("/console/organizations"), 200, "Own", "1 organization")
	b.Want(b.Get(orgPath(own, "")), 200, "chief", "1 member")
	b.Without(b.Get(orgPath(own, "?q=veiled")), "Foreign", `value="`+fmt.Sprint(secret.ID)+`"`)
	for _, rest := range []string{"", "/settings", "/delete", "?q=veiled"} {
		a := b.Get(orgPath(other, rest))
		b.Want(a, 404)
		b.Without(a, "Foreign", "veiled")
		b.Want(b.Get(organizationPath(999, rest)), 404)
	}
	ids := url.Values{"op": {memberRole}, "sure": {"yes"}, "role": {"2"}, "id[]": {fmt.Sprint(secret.ID)}}
	b.Want(b.sendList(orgPath(other, "/members"), ids), 404)
	b.Want(b.Send(orgPath(other, "/delete"), "confirm", "Foreign"), 404)
	b.Want(b.Send(orgPath(other, "/settings/name"), "organization", "Mine"), 404)
	b.Want(b.Send(orgPath(other, "/settings/second-factor"), "required", "yes"), 404)
	a := b.sendList(orgPath(own, "/members"), ids) // a user that is no member of the own organization
	b.Without(a, "veiled")
	members, err := b.Directory.Members(t.Context(), model.Operator(), own.ID)
	b.Must(err)
	if len(members) != 1 {
		t.Errorf("%d members, want 1", len(members))
	}
}

func TestPlainMemberMayNotOpenOrganizations(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	b.signInAs(b.AddMember("plain"))
	b.Want(b.Get("/console/organizations"), 403, "You may not open this page")
	b.Want(b.Get(orgPath(b.Home, "")), 403)
	b.Want(b.Get(newOrganizationPath), 403)
}

func TestOrganizationIsCreatedRenamedAndDeleted(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	b.signInAs(b.AddMemberTo(b.Home.ID, model.RoleAdmin, "chief"))
	b.Want(b.Get(newOrganizationPath), 200, "Create organization", `data-fragment="dialog"`)
	b.Want(b.Send(newOrganizationPath, "organization", " "), 422, "Check the form")
	b.Want(b.Send(newOrganizationPath, "organization", "home"), 409, "Check the form", `value="home"`)
	made := b.Send(newOrganizationPath, "organization", "Web team")
	org, err := b.Directory.OrganizationBySlug(t.Context(), model.Operator(), "web-team")
	b.Must(err)
	b.LeadsTo(made, orgPath(org, "?done=organization"))
	b.Want(b.Get(orgPath(org, "?done=organization")), 200, "Members of Web team", "You are its Admin", "chief")

	settings := b.Get(orgPath(org, "/settings"))
	b.Want(settings, 200, `value="Web team"`, "The short name web-team stays", orgPath(org, "/delete"))
	b.LeadsTo(b.Send(orgPath(org, "/settings/name"), "organization", "Site team", "version", org.Version()), orgPath(org, "/settings?done=renamed"))
	b.Want(b.Send(orgPath(org, "/settings/name"), "organization", "Net team", "version", org.Version()), 409, "Its name is now Site team", `value="Net team"`)

	home := b.Get(orgPath(b.Home, "/settings"))
	b.Want(home, 200, "The home organization cannot be deleted")
	b.Want(b.Send(orgPath(b.Home, "/delete"), "confirm", b.Home.Name), 409)
	b.LeadsTo(b.Send(orgPath(org, "/settings/second-factor"), "required_shown", "yes", "required", "yes"), orgPath(org, "/settings?done=factor-required"))
}

func TestDeletionOfAnOrganizationSaysWhatEnds(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	org := b.AddOrganization("Web team")
	b.AddMemberTo(org.ID, model.RoleAdmin, "ada")
	b.AddMemberTo(org.ID, 0, "bea")
	b.signInAs(b.AddAdmin("root"))
	b.Want(b.Get(orgPath(org, "/delete")), 200, "2 members leave it", "0 projects are deleted", `data-confirm="Web team"`)
	b.Want(b.Send(orgPath(org, "/delete"), "confirm", "web team"), 422, "This is not the name of the organization.")
	b.Want(b.Send(orgPath(org, "/delete")), 422)
	b.LeadsTo(b.Send(orgPath(org, "/delete"), "confirm", "Web team"), "/console/organizations?done=organization-deleted")
	b.Want(b.Get(orgPath(org, "")), 404)
	b.Want(b.Get("/console/organizations?done=organization-deleted"), 200, "Organization deleted.")
}

func TestMembersAreChangedAndRemoved(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	org := b.AddOrganization("Web team")
	chief, ada, bea := b.AddMemberTo(org.ID, model.RoleAdmin, "chief"), b.AddMemberTo(org.ID, 0, "ada"), b.AddMemberTo(org.ID, 0, "bea")
	b.signInAs(chief)
	list, action := orgPath(org, ""), orgPath(org, "/members")
	b.Want(b.Get(list), 200, "3 members", `name="id[]" value="`+fmt.Sprint(ada.ID)+`"`)
	found := b.Get(list + "?q=bea")
	b.Want(found, 200, "1 member")
	b.LeadsTo(b.sendList(action, url.Values{"op": {"role"}}), list+"?done=no-member")
	b.Want(b.sendList(action, url.Values{"op": {"burn"}, "id[]": {"1"}}), 422)
	b.Want(b.sendList(action, url.Values{"op": {"role"}, "id[]": {"x"}}), 404)

	one := b.Send(action, "one", fmt.Sprintf("role:%d", ada.ID))
	b.Want(one, 200, "Change role", ada.Name, `<option value="1">Admin</option>`, `name="sure" value="yes"`)
	b.Without(one, bea.Name)
	b.LeadsTo(b.sendList(action, url.Values{"op": {"role"}, "sure": {"yes"}, "role": {"1"}, "id[]": {fmt.Sprint(ada.ID)}}), list+"?done=member-role")
	both := url.Values{"op": {"remove"}, "id[]": {fmt.Sprint(ada.ID), fmt.Sprint(bea.ID), fmt.Sprint(ada.ID)}}
	b.Want(b.sendList(action, both), 200, "Remove 2 members", ada.Name, bea.Name)
	both.Set("sure", "yes")
	b.Want(b.sendList(action, both), 200, "2 done, 0 rejected.", "Removed from the organization.")
	b.LeadsTo(b.sendList(action, both), list+"?done=no-longer-member") // nothing was done
	both.Del("sure")
	b.LeadsTo(b.sendList(action, both), list+"?done=no-longer-member")
	b.Want(b.Get(list+"?done=no-longer-member"), 200, "The selected users are not members of the organization.")
	last := url.Values{"op": {"remove"}, "id[]": {fmt.Sprint(chief.ID)}}
	b.Want(b.sendList(action, last), 200, "No other Admin would be left.")
	last.Set("sure", "yes")
	b.Want(b.sendList(action, last), 200, "0 done, 1 rejected.", "An organization needs at least one Admin")
}

func TestRemovalSaysWhatOnlyTheMemberHolds(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	org := b.AddOrganization("Web team")
	b.signInAs(b.AddMemberTo(org.ID, model.RoleAdmin, "chief"))
	ada, bea := b.AddMemberTo(org.ID, 0, "ada"), b.AddMemberTo(org.ID, 0, "bea")
	for _, name := range []string{"Alone", "Shared"} {
		assigned := []model.UserID{ada.ID}
		if name == "Shared" {
			assigned = append(assigned, bea.ID)
		}
		p, err := b.Directory.CreateProject(t.Context(), model.Operator(), project.NewProject{Org: org.ID, Name: name})
		b.Must(err)
		b.Must(b.Directory.Assign(t.Context(), model.Operator(), org.ID, p.Permalink, assigned))
	}
	a := b.Send(orgPath(org, "/members"), "one", fmt.Sprintf("remove:%d", ada.ID))
	b.Want(a, 200, "Nobody else is assigned to: Alone")
	b.Without(a, "Shared")
	b.Want(b.sendList(orgPath(org, "/members"), url.Values{"op": {"remove"}, "id[]": {fmt.Sprint(ada.ID), fmt.Sprint(bea.ID)}}), 200, "Alone, Shared")
}

func TestRoleChangeOfAnAdminAsksForThePasswordFirst(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{Reauthenticate: 15 * time.Minute})
	org := b.AddOrganization("Web team")
	chief, ada := b.AddMemberTo(org.ID, model.RoleAdmin, "chief"), b.AddMemberTo(org.ID, 0, "ada")
	b.signInAs(chief)
	b.Clock.Advance(2 * time.Hour)
	form := url.Values{"op": {"role"}, "sure": {"yes"}, "role": {"1"}, "id[]": {fmt.Sprint(ada.ID)}}
	b.Want(b.sendList(orgPath(org, "/members"), form), 403, "confirm_password", fmt.Sprintf(`name="id[]" value="%d"`, ada.ID))
	form.Set(browser.ConfirmPassword, chief.Password)
	b.LeadsTo(b.sendList(orgPath(org, "/members"), form), orgPath(org, "?done=member-role"))
}

func TestPagesOfOrganizationsEscapeWhatUsersTyped(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	org := b.AddOrganization(hostile)
	chief := b.AddMemberTo(org.ID, model.RoleAdmin, "chief")
	name := hostile
	_, err := b.Directory.ChangeUser(t.Context(), model.Operator(), chief.ID, directory.UserChange{Name: &name})
	b.Must(err)
	b.signInAs(chief)
	for _, path := range []string{"/console/organizations", orgPath(org, ""), orgPath(org, "/settings"), orgPath(org, "/delete"), newOrganizationPath, "/console/organizations?q=" + url.QueryEscape(hostile), orgPath(org, "?q="+url.QueryEscape(hostile))} {
		a := b.Get(path)
		b.Want(a, 200)
		b.Without(a, "<script>alert")
	}
	b.Without(b.Send(orgPath(org, "/members"), "one", fmt.Sprintf("remove:%d", chief.ID)), "<script>alert")
	b.Without(b.Send(newOrganizationPath, "organization", hostile), "<script>alert")
}
