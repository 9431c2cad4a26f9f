package console

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/ui"
)

func TestEventsAreShownInWordsWithChangeAndChain(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	root, grace := b.AddAdmin("root"), b.AddMember("grace")
	actor := b.gitLab(root)
	_, err := b.Directory.SetMemberRoles(t.Context(), actor, b.Home.ID, []model.UserID{grace.ID}, model.RoleAdmin)
	b.Must(err)
	_, err = b.Directory.BlockUser(t.Context(), actor, grace.ID)
	b.Must(err)
	b.signInAs(root)
	a := b.Get("/console/events")
	b.Want(a, 200, "<h1>Events</h1>", "Chain intact", "Role changed", "<del>Member</del>", "<ins>Admin</ins>", "Account blocked", ">grace Example</a>", "GitLab API",
		"user.block", `data-tail="events"`, "Operator")
	for query, wanted := range map[string][2]string{
		"verb=user.":                                {"user.block", "member.change"},
		"verb=member.change":                        {"member.change", "user.block"},
		"user=grace":                                {"user.block", "organization.create"},
		"actor=root&verb=user.":                     {"user.block", "user.create"},
		"api=gitlab":                                {"user.block", "organization.create"},
		"organization=home":                         {"member.change", "user.block"},
		"target=organization&target_id=1":           {"organization.create", "user.block"},
		"since=2000-01-01&verb=user.block":          {"user.block", "member.change"},
		"actor=" + strconv.Itoa(int(root.ID)) + "&": {"user.block", "organization.create"},
	} {
		a := b.Get("/console/events?" + query)
		b.Want(a, 200, ">"+wanted[0]+"</a>")
		b.Without(a, ">"+wanted[1]+"</a>")
	}
	b.Want(b.Get("/console/events?until=2000-01-01"), 200, "No event", "Clear filter")
	b.Want(b.Get("/console/events?actor=nemo"), 200, "There is no user “nemo” that you can see.")
	b.Want(b.Get("/console/events?verb=no.verb"), 422)
	b.Want(b.Get("/console/events?organization=none"), 404)
}

func TestEventsArePagedByCursor(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	root := b.AddAdmin("root")
	for range 3 * eventRows / 2 {
		b.AddOrganization("Org " + strconv.Itoa(int(b.head())))
	}
	b.signInAs(root)
	seen := map[string]bool{}
	path := "/console/events?verb=organization.create"
	for range 5 {
		a := b.Get(path)
		for _, part := range strings.Split(a.Body, "Org ")[1:] {
			name, _, _ := strings.Cut(part, "<")
			seen[name] = true
		}
		next := linkAfter(a.Body, `rel="next"`)
		if next == "" {
			break
		}
		path = next
	}
	if len(seen) != 3*eventRows/2 {
		t.Errorf("the pages show %d organizations", len(seen))
	}
	back := b.Get(linkAfter(b.Get(path).Body, `rel="prev"`))
	b.Want(back, 200, strconv.Itoa(eventRows)+" events shown")
}

// gitLab is a user that calls the GitLab API.
func (b *fixture) gitLab(u apitest.User) model.Actor {
	b.T.Helper()
	actor, err := b.Directory.Authenticate(b.T.Context(), model.AnonymousActor(model.GitLab, "198.51.100.7", ""), directory.Credential{Secret: secret.Text(u.APIKey)})
	b.Must(err)
	return actor
}

func (b *fixture) head() model.EventID {
	b.T.Helper()
	head, err := b.Directory.EventHead(b.T.Context(), model.Operator())
	b.Must(err)
	return head.ID
}

// linkAfter returns the address of the link with an attribute.
func linkAfter(body, attribute string) string {
	before, _, found := strings.Cut(body, `" `+attribute)
	if !found {
		return ""
	}
	return strings.ReplaceAll(before[strings.LastIndex(before, `href="`)+len(`href="`):], "&amp;", "&")
}

func TestOrganizationAdminSeesEventsOfTheOrganizationOnly(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	other := b.AddOrganization("Other")
	root, linus := b.AddAdmin("root"), b.AddMemberTo(other.ID, 0, "linus")
	chief, grace := b.AddMemberTo(b.Home.ID, model.RoleAdmin, "chief"), b.AddMember("grace")
	actor := b.gitLab(root)
	for _, u := range []struct {
		org model.OrgID
		id  model.UserID
	}{{b.Home.ID, grace.ID}, {other.ID, linus.ID}} {
		_, err := b.Directory.SetMemberRoles(t.Context(), actor, u.org, []model.UserID{u.id}, model.RolePending)
		b.Must(err)
	}
	b.signInAs(chief)
	foreign := []string{"linus", ">Other<", "session.open", "organization_id=2", "Chain", "198.51.100."}
	linusID := strconv.Itoa(int(linus.ID))
	for _, query := range []string{"", "?organization=home", "?verb=member.", "?api=gitlab", "?since=2000-01-01", "?target=user", "?before=99999", "?after=1"} {
		a := b.Get("/console/events" + query)
		b.Want(a, 200, "member.")
		b.Without(a, foreign...)
	}
	for _, query := range []string{"?user=" + linusID, "?actor=" + linusID, "?target=user&target_id=" + linusID, "?user=linus", "?actor=linus", "?verb=session."} {
		a := b.Get("/console/events" + query)
		b.Want(a, 200, "No event")
		b.Without(a, ">linus<", ">Other<", "session.open")
	}
	for _, org := range []string{"other", "id:" + strconv.Itoa(int(other.ID)), "none"} {
		b.Want(b.Get("/console/events?organization="+org), 404)
		b.Want(b.Get("/console/events/export?organization="+org), 404)
	}
	for _, format := range []string{"csv", "jsonl"} {
		a := b.Get("/console/events/export?format=" + format)
		b.Want(a, 200, "member.change")
		b.Without(a, "session.open", "198.51.100.")
	}
	b.signInAs(linus)
	b.Want(b.Get("/console/events"), 403, "You may not open this page")
	b.Want(b.Get("/console/events/export"), 403)
}

func TestEventsAreExportedAsCSVAndJSONLines(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	root := b.AddAdmin("root")
	b.AddMember("grace")
	b.signInAs(root)
	a := b.Get("/console/events/export?format=csv&verb=user.create")
	rows, err := csv.NewReader(strings.NewReader(a.Body)).ReadAll()
	if err != nil || len(rows) != 3 || rows[0][2] != "verb" || rows[2][2] != "user.create" || a.Header.Get("Content-Disposition") == "" {
		t.Errorf("%v, %v", rows, err)
	}
	a = b.Get("/console/events/export?format=jsonl&verb=user.create")
	var line struct {
		ID   int64
		Verb string
		Hash string
	}
	if err := json.Unmarshal([]byte(strings.Split(a.Body, "\n")[0]), &line); err != nil || line.Verb != "user.create" || line.ID == 0 || line.Hash == "" {
		t.Errorf("%+v, %v in %s", line, err, a.Body)
	}
	b.Want(b.Get("/console/events/export?format=csv&actor=nemo"), 200, "id,at,verb")
}

func TestFragmentOfEventsHasTheTableOnly(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	b.signInAs(b.AddAdmin("root"))
	r := httptest.NewRequest("GET", "/console/events", nil)
	r.Header.Set("Roster-Fragment", "events")
	a := b.Do(r)
	b.Want(a, 200, "user.create")
	b.Without(a, "<html", "Chain intact")
}

func TestEveryVerbTargetAndAPIHasAText(t *testing.T) {
	t.Parallel()
	m := ui.New(ui.Config{}).MessagesFor(httptest.NewRequest("GET", "/", nil))
	nouns := model.Targets()
	for _, verb := range model.Verbs() {
		noun, _, _ := strings.Cut(string(verb), ".")
		nouns = append(nouns, noun)
	}
	for _, noun := range nouns {
		if nounText(m, noun) == noun {
			t.Errorf("%q has no text", noun)
		}
	}
	for _, api := range model.APIs() {
		if apiText(m, api) == string(api) {
			t.Errorf("%q has no text", api)
		}
	}
}

func TestDaysOfTheFilterBeginInTheZoneOfTheReader(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("Samoa", -11*60*60)
	r := ui.WithReader(httptest.NewRequest(http.MethodGet, eventsPath, nil))
	for text, want := range map[string]string{"2026-03-01": "2026-03-01T00:00:00Z", "": "", "2026-02-30": "", "today": ""} {
		if got := dayIn(r, text); got.IsZero() != (want == "") || want != "" && got.Format(time.RFC3339) != want {
			t.Errorf("%q without a zone: got %s, want %q", text, got, want)
		}
	}
	ui.SetReader(r, ui.Reader{Zone: zone})
	if got, want := dayIn(r, "2026-03-01"), time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("got %s, want %s", got, want)
	}
}
