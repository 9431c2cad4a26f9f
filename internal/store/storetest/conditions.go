package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/filter"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

func conditionTests() []contractTest {
	return []contractTest{
		{"a list with a condition has the users that match when tested one by one", conditionAgrees},
		{"secondary addresses and organizations that are not visible are not compared", conditionsKeepAddresses},
		{"dormant users are active, not seen since a time, and neither administrators nor service accounts", dormantUsers},
		{"records that name a user in their text are deleted with the user", droppedInvitations},
	}
}

// related holds what belongs to a user: the values of fields with several values.
type related struct {
	orgs     []model.OrgID
	projects []model.ProjectID
	factors  []model.AuthenticatorKind
	keys     []string // types
}

// matches evaluates the condition as its documentation describes it.
func matches(c *filter.Condition, u model.User, r related) bool {
	switch c.Op {
	case filter.And:
		return matches(c.Left, u, r) && matches(c.Right, u, r)
	case filter.Or:
		return matches(c.Left, u, r) || matches(c.Right, u, r)
	case filter.Not:
		return !matches(c.Left, u, r)
	}
	one := *c
	if c.Op == filter.Unequal {
		one.Op = filter.Equal
	}
	met := slices.ContainsFunc(valuesOf(c.Field, u, r), func(v any) bool { return matchesValue(one, v) })
	return met != (c.Op == filter.Unequal)
}

func valuesOf(f filter.Field, u model.User, r related) []any {
	switch f {
	case filter.FieldEmail:
		var all []any
		for _, e := range u.Emails {
			all = append(all, emailaddress.Key(e.Address), emailaddress.Text(e.Address))
		}
		return all
	case filter.FieldOrganization:
		return anyOf(r.orgs, func(o model.OrgID) any { return int64(o) })
	case filter.FieldProject:
		return anyOf(r.projects, func(p model.ProjectID) any { return int64(p) })
	case filter.FieldFactor:
		return anyOf(r.factors, func(k model.AuthenticatorKind) any { return string(k) })
	case filter.FieldKeyType:
		return anyOf(r.keys, func(text string) any { return text })
	}
	return []any{map[filter.Field]any{
		filter.FieldID: int64(u.ID), filter.FieldUID: u.UID, filter.FieldUsername: unitext.Fold(u.Username), filter.FieldName: unitext.Fold(u.Name),
		filter.FieldState: string(u.Shown()), filter.FieldAdmin: u.Admin, filter.FieldService: u.Service, filter.FieldPassword: u.HasPassword,
		filter.FieldCompany: u.Company, filter.FieldCreated: u.CreatedAt, filter.FieldUpdated: u.UpdatedAt, filter.FieldActivity: u.LastActivity,
	}[f]}
}

func anyOf[T any](values []T, value func(T) any) []any {
	all := make([]any, 0, len(values))
	for _, v := range values {
		all = append(all, value(v))
	}
	return all
}

func matchesValue(c filter.Condition, value any) bool {
	text, _ := value.(string)
	part, _ := c.Value.(string)
	switch c.Op {
	case filter.Present:
		return value != "" && value != time.Time{}
	case filter.Contains:
		return strings.Contains(text, part)
	case filter.Starts:
		return strings.HasPrefix(text, part)
	case filter.Ends:
		return strings.HasSuffix(text, part)
	case filter.Equal:
		return value == c.Value
	}
	way := 0
	switch v := value.(type) {
	case int64:
		way = cmp.Compare(v, c.Value.(int64))
	case time.Time:
		way = v.Compare(c.Value.(time.Time))
	}
	return map[filter.Op]bool{
		filter.Above: way > 0, filter.AtLeast: way >= 0, filter.Below: way < 0, filter.AtMost: way <= 0,
	}[c.Op]
}

// variedUsers adds a dozen users that differ in each field that conditions compare.
func (f fixture) variedUsers() (users []model.User, relations map[model.UserID]related) {
	acme := f.organization("Acme")
	project := f.project(acme, "rocket")
	relations = map[model.UserID]related{}
	var assigned []model.UserID
	for i := range 12 {
		u := newUser(fmt.Sprintf("Person%d", i))
		u.Name, u.Company = []string{"Ada B", "ada%", "", "Ünal"}[i%4], []string{"", "Acme", "acme"}[i%3]
		u.State = []model.State{model.Active, model.Active, model.Blocked, model.Invited}[i%4]
		u.Deactivated, u.Service, u.Admin = i%8 == 2, i%5 == 0, i%7 == 0
		u.CreatedAt, u.UpdatedAt = sampleTime().Add(time.Duration(i)*time.Hour), sampleTime()
		var r related
		f.update(func(tx model.Writer) (err error) {
			r = related{}
			u, err = addUser(tx, u, fmt.Sprintf("p%d@example.org", i))
			if err == nil && i%2 == 0 {
				spare := model.Email{User: u.ID, Address: fmt.Sprintf("Spare%d@home.example", i), CreatedAt: sampleTime()}
				err = tx.AddEmail(&spare)
			}
			if err == nil && i%3 == 0 {
				r.orgs = []model.OrgID{acme.ID}
				err = tx.PutMember(model.Member{Org: acme.ID, User: u.ID, Role: model.RoleMember, Since: sampleTime()})
			}
			if err == nil && i%4 == 1 {
				r.factors = []model.AuthenticatorKind{model.TOTPAuthenticator}
				err = tx.AddAuthenticator(&model.Authenticator{User: u.ID, Kind: model.TOTPAuthenticator, Name: "app", Sealed: []byte("s"), KeyID: "k", CreatedAt: sampleTime()})
			}
			if err == nil && i%5 == 1 {
				r.keys = []string{"ssh-ed25519"}
				err = tx.AddKey(&model.SSHKey{Owner: u.ID, Title: "t", Public: "p", Fingerprint: fmt.Sprintf("SHA256:%d", i), Type: "ssh-ed25519", Usage: model.AuthAndSigning, CreatedAt: sampleTime()})
			}
			if err == nil && i%6 == 1 {
				err = tx.PutPassword(u.ID, "hash")
			}
			return err
		})
		if i%6 == 3 {
			r.projects = []model.ProjectID{project.ID}
			assigned = append(assigned, u.ID)
		}
		relations[u.ID] = r
		users = append(users, readValue(f, func(tx model.Reader) (model.User, error) { return tx.User(u.ID) }))
	}
	f.update(func(tx model.Writer) error { return tx.PutAssigned(project.ID, assigned) })
	return users, relations
}

// comparisons returns comparisons in the syntax of clients, so that they are parsed too.
func comparisons() []string {
	return []string{
		`id eq 3`, `id ne 3`, `id gt 5`, `id le 5`, `username eq "PERSON4"`, `username ne "person4"`, `username sw "person1"`, `username ew "1"`,
		`name eq "ADA b"`, `name co "%"`, `name co "_"`, `name sw "ü"`, `name pr`, `email eq "P3@example.org"`, `email ne "p3@example.org"`,
		`email co "spare"`, `email ew "home.example"`, `email pr`, `state eq "active"`, `state ne "active"`, `state eq "blocked"`,
		`state eq "deactivated"`, `state ne "deactivated"`, `admin eq true`, `admin ne true`, `service eq false`, `has_password eq true`,
		`company eq "acme"`, `company pr`, `company ne ""`, `organization_id eq 1`, `organization_id ne 1`, `organization_id gt 1`,
		`created_at gt "2026-03-01T15:00:00Z"`, `created_at le "2026-03-01T16:30:15.123456+01:00"`, `updated_at pr`, `last_activity_at pr`,
		`username eq ""`, `username eq "nobody"`, `uid pr`, `project_id eq 1`, `project_id ne 1`, `project_id gt 1`,
		`second_factor eq "totp"`, `second_factor ne "totp"`, `second_factor eq "passkey"`, `second_factor pr`,
		`ssh_key_type eq "ssh-ed25519"`, `ssh_key_type ne "ssh-ed25519"`, `ssh_key_type pr`,
	}
}

func conditionAgrees(f fixture) {
	users, relations := f.variedUsers()
	expression := rapid.Custom(func(t *rapid.T) string { return expressionOf(t, 3) }).Filter(isWithinBounds)
	rapid.Check(f.T, func(t *rapid.T) {
		text := expression.Draw(t, "filter")
		where, err := filter.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		var want []model.UserID
		for _, u := range users {
			if matches(where, u, relations[u.ID]) {
				want = append(want, u.ID)
			}
		}
		filter := model.UserFilter{Where: where, Descending: rapid.Bool().Draw(t, "descending")}
		if filter.Descending {
			slices.Reverse(want)
		}
		got, total := f.list(filter, model.Visibility{All: true})
		if !slices.Equal(got, want) || total != len(want) {
			t.Fatalf("%s: got %v of %d, want %v", text, got, total, want)
		}
	})
}

// isWithinBounds reports whether the number of substring comparisons of a filter is
// within the limit.
func isWithinBounds(filter string) bool {
	parts := 0
	for _, op := range []string{" co ", " sw ", " ew "} {
		parts += strings.Count(filter, op)
	}
	return parts <= 4
}

func expressionOf(t *rapid.T, depth int) string {
	kind := rapid.IntRange(0, 3).Draw(t, "kind")
	if depth == 0 || kind == 0 {
		return rapid.SampledFrom(comparisons()).Draw(t, "comparison")
	}
	left := expressionOf(t, depth-1)
	switch kind {
	case 1:
		return "not (" + left + ")"
	case 2:
		return "(" + left + ") AND (" + expressionOf(t, depth-1) + ")"
	}
	return "(" + left + ") or (" + expressionOf(t, depth-1) + ")"
}

func conditionsKeepAddresses(f fixture) {
	users, relations := f.variedUsers()
	acme := relations[users[0].ID].orgs[0]
	member := model.Visibility{Self: users[0].ID, Orgs: []model.OrgID{acme}, PublicOnly: true}
	for text, want := range map[string]int{`email co "spare"`: 0, `email eq "spare0@home.example"`: 0, `email eq "p0@example.org"`: 1} {
		where, err := filter.Parse(text)
		if err != nil {
			f.Fatal(err)
		}
		got, _ := f.list(model.UserFilter{Where: where}, member)
		f.wantEqual(text, len(got), want)
	}
	for part, want := range map[string]int{"spare": 0, "home.example": 0, "p0@exam": 1, "erson3": 1} {
		got, total := f.list(model.UserFilter{Search: part}, member)
		f.wantEqual("search for "+part, []int{len(got), total}, []int{want, want})
	}
	other := f.organization("Other")
	f.join(other, users[3], model.RoleAdmin)
	hidden := f.project(other, "submarine")
	f.update(func(tx model.Writer) error { return tx.PutAssigned(hidden.ID, []model.UserID{users[3].ID}) })
	member.Projects = []model.OrgID{acme}
	for text, want := range map[string]int{fmt.Sprintf("organization_id eq %d", other.ID): 0, fmt.Sprintf("project_id eq %d", hidden.ID): 0, "project_id gt 0": 2} {
		where, err := filter.Parse(text)
		if err != nil {
			f.Fatal(err)
		}
		if got, _ := f.list(model.UserFilter{Where: where}, member); len(got) != want {
			f.Errorf("%s: %v, want %d", text, got, want)
		}
	}
	for role, want := range map[model.RoleID]int{model.RoleAdmin: 0, model.RoleMember: 4} {
		got, total := f.list(model.UserFilter{Role: role}, member)
		f.wantEqual("users with a role in an organization that is visible", []int{len(got), total}, []int{want, want})
	}
}

func dormantUsers(f fixture) {
	users, _ := f.variedUsers()
	late := sampleTime().Add(240 * time.Hour)
	var want []model.UserID
	for _, u := range users {
		if u.State == model.Active && !u.Admin && !u.Service {
			want = append(want, u.ID)
		}
	}
	dormant := func(before time.Time, limit int) []model.UserID {
		return readValue(f, func(tx model.Reader) ([]model.UserID, error) { return tx.DormantUsers(before, 0, limit) })
	}
	f.wantEqual("dormant after the first", readValue(f, func(tx model.Reader) ([]model.UserID, error) { return tx.DormantUsers(late, want[0], 100) }), want[1:])
	f.wantEqual("dormant", dormant(late, 100), want)
	f.wantEqual("dormant, two of them", dormant(late, 2), want[:2])
	f.update(func(tx model.Writer) error {
		return tx.RecordLastUse([]model.LastUse{{User: want[0], Credential: model.ByAPIKey, ID: int64(want[0]), At: late}})
	})
	f.wantEqual("dormant users without one seen", dormant(late, 100), want[1:])
	f.wantEqual("no user created later", dormant(sampleTime(), 100), []model.UserID{})
}

func droppedInvitations(f fixture) {
	org := f.organization("Acme")
	invite := func(address string) model.Invitation {
		i := model.Invitation{Org: org.ID, Role: model.RoleMember, Email: address, CreatedAt: sampleTime(), ExpiresAt: sampleTime().Add(time.Hour)}
		f.update(func(tx model.Writer) error { return tx.AddInvitation(&i, []byte("hash of "+address)) })
		return i
	}
	gone, stays := invite("Gone@example.org"), invite("stays@example.org")
	f.update(func(tx model.Writer) error {
		for _, to := range []string{"GONE@example.org", "\u00c9MILE@example.org", "stays@example.org"} {
			if err := tx.AddMail(&model.Mail{To: to, Subject: "s", Text: []byte("t"), Link: []byte{}, CreatedAt: sampleTime()}); err != nil {
				return err
			}
		}
		return tx.DropInvitationsAndMailTo([]string{"gone@example.org", "\u00e9mile@example.org"})
	})
	wantNotFound(f, "the invitation", func(tx model.Reader) (model.Invitation, error) { return tx.Invitation(gone.ID) })
	readValue(f, func(tx model.Reader) (model.Invitation, error) { return tx.Invitation(stays.ID) })
	f.update(func(tx model.Writer) error {
		left, err := tx.Mails(0, 10)
		if err == nil && (len(left) != 1 || left[0].To != "stays@example.org") {
			f.Errorf("got %v, want the other email", left)
		}
		return err
	})
}
