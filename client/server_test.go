package client_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"roster.example/roster/client"
	"roster.example/roster/rostertest"
)

// These tests use a real server.

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// homeID returns the id of the home organization.
func homeID(t *testing.T, c *client.Client) int64 {
	t.Helper()
	return must[[]client.Organization](t)(c.Organizations.List(t.Context()))[0].ID
}

// createUsers creates n users with the names p0, p1 and so on.
func createUsers(t *testing.T, c *client.Client, n int) {
	t.Helper()
	var file strings.Builder
	for i := range n {
		fmt.Fprintf(&file, "{\"username\":\"p%d\",\"name\":\"Person %d\"}\n", i, i)
	}
	if err := firstError(c.Users.Import(t.Context(), strings.NewReader(file.String()), client.Import{Name: "many"})); err != nil {
		t.Fatal(err)
	}
}

func TestListReadsAllPages(t *testing.T) {
	t.Parallel()
	c := rostertest.Start(t).Client()
	createUsers(t, c, 250)
	all := c.Users.List(t.Context(), client.UserQuery{Filter: `username sw "p"`, Sort: "-username"})
	for range 2 { // each loop starts from the beginning
		var names []string
		for u, err := range all {
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, u.Username)
		}
		if len(names) != 250 || names[0] != "p99" || len(slices.Compact(slices.Sorted(slices.Values(names)))) != 250 {
			t.Errorf("got %d users, %s first", len(names), names[0])
		}
	}
	page := must[client.Page[client.User]](t)(c.Users.Page(t.Context(), client.UserQuery{Search: "Person 1", Limit: 10, Fields: []string{"username"}}))
	if len(page.Items) != 10 || page.Total != 111 || page.Next == "" || page.Items[0].Username == "" || page.Items[0].Name != "" {
		t.Errorf("the page is %+v", page)
	}
}

func TestListStopsWithTheLoop(t *testing.T) {
	t.Parallel()
	d := newFakeServer(t, respond(200, `{"items":[{"id":1},{"id":2}],"next":"x"}`))
	for u, err := range d.Users.List(t.Context(), client.UserQuery{}) {
		if err != nil || u.ID == 2 {
			break
		}
	}
	if n := len(d.requests()); n != 1 {
		t.Errorf("%d pages were read", n)
	}
}

func TestListEndsWithTheFirstError(t *testing.T) {
	t.Parallel()
	d := newFakeServer(t, respond(200, `{"items":[{"id":1}],"next":"x"}`), respond(403, `{}`))
	var got []error
	for _, err := range d.Users.List(t.Context(), client.UserQuery{}) {
		got = append(got, err)
	}
	if len(got) != 2 || got[0] != nil || !errors.Is(got[1], client.ErrForbidden) {
		t.Errorf("got %v", got)
	}
}

func TestUpdateOfAnOldVersionFails(t *testing.T) {
	t.Parallel()
	s := rostertest.Start(t)
	c, ada := s.Client(), s.AddUser("ada")
	read := must[client.User](t)(c.Users.Get(t.Context(), ada.ID))
	changed := must[client.User](t)(c.Users.Update(t.Context(), ada.ID, client.UserUpdate{Bio: new("Writes notes."), IfMatch: read.ETag}))
	if changed.Bio != "Writes notes." || changed.ETag == "" || changed.ETag == read.ETag {
		t.Errorf("changed to %+v", changed)
	}
	if _, err := c.Users.Update(t.Context(), ada.ID, client.UserUpdate{Bio: new(""), IfMatch: read.ETag}); !errors.Is(err, client.ErrChanged) {
		t.Errorf("an update of an old version: %v", err)
	}
	out := must[[]client.OperationResult](t)(c.Users.Bulk(t.Context(), []client.Operation{client.UpdateOp(ada.ID, client.UserUpdate{Bio: new(""), IfMatch: read.ETag})}))
	if len(out) != 1 || !errors.Is(out[0].Err, client.ErrChanged) {
		t.Errorf("in a bulk request: %+v", out)
	}
	if _, err := s.ClientFor(ada).Me.Update(t.Context(), client.SelfUpdate{Bio: new(""), IfMatch: read.ETag}); !errors.Is(err, client.ErrChanged) {
		t.Errorf("of the caller: %v", err)
	}
}

func TestCreationWithAKeyIsExecutedOnce(t *testing.T) {
	t.Parallel()
	c := rostertest.Start(t).Client()
	first := must[client.User](t)(c.WithIdempotencyKey("k1").Users.Create(t.Context(), client.NewUser{Username: "ada"}))
	again := must[client.User](t)(c.WithIdempotencyKey("k1").Users.Create(t.Context(), client.NewUser{Username: "ada"}))
	if first.ID != again.ID || again.ETag != first.ETag {
		t.Errorf("created %+v and %+v", first, again)
	}
	_, err := c.Users.Create(t.Context(), client.NewUser{Username: "ada"})
	apiErr, ok := errors.AsType[*client.Error](err)
	if !ok || !errors.Is(err, client.ErrConflict) || apiErr.RequestID == "" {
		t.Fatalf("without a key: %v", err)
	}
	if f, found := apiErr.Field("username"); !found || f.Code != "taken" {
		t.Errorf("the fields are %+v", apiErr.Fields)
	}
}

func TestBulkOperationsAreIndependent(t *testing.T) {
	t.Parallel()
	s := rostertest.Start(t)
	ada, alan := s.AddUser("ada"), s.AddUser("alan")
	got := must[[]client.OperationResult](t)(s.Client().Users.Bulk(t.Context(), []client.Operation{
		client.UserOp(client.OpBlock, ada.ID), client.CreateOp(client.NewUser{Username: "ALAN"}),
		client.UserOp(client.OpDelete, alan.ID), client.CreateOp(client.NewUser{Username: "grace"}),
	}))
	if got[0].User.State != client.Blocked || !errors.Is(got[1].Err, client.ErrConflict) || got[2].Status != 204 || got[2].User != nil {
		t.Errorf("got %+v", got)
	}
	if got[3].Err != nil || got[3].Status != 201 || got[3].User.ETag == "" {
		t.Errorf("the last operation failed: %+v", got[3])
	}
}

func TestManyOperationsTakeSeveralRequests(t *testing.T) {
	t.Parallel()
	d := newFakeServer(t, respond(200, `{"items":[{"status":204}]}`), respond(200, `{"items":[{"status":204}]}`), respond(403, `{}`))
	out, err := d.Users.Bulk(t.Context(), make([]client.Operation, 1001))
	if !errors.Is(err, client.ErrForbidden) || len(out) != 2 || len(d.requests()) != 3 {
		t.Errorf("%d requests have %d results, %v", len(d.requests()), len(out), err)
	}
}

func TestStatesOfAUser(t *testing.T) {
	t.Parallel()
	s := rostertest.Start(t)
	c, ada := s.Client(), s.AddUser("ada")
	for i, do := range []func() (client.User, error){
		func() (client.User, error) { return c.Users.Block(t.Context(), ada.ID) },
		func() (client.User, error) { return c.Users.Unblock(t.Context(), ada.ID) },
		func() (client.User, error) { return c.Users.Deactivate(t.Context(), ada.ID) },
		func() (client.User, error) { return c.Users.Reactivate(t.Context(), ada.ID) },
	} {
		want := []client.State{client.Blocked, client.Active, client.Deactivated, client.Active}[i]
		if u := must[client.User](t)(do()); u.State != want {
			t.Errorf("the state is %s, want %s", u.State, want)
		}
	}
	if _, err := s.ClientFor(ada).Me.Get(t.Context()); !errors.Is(err, client.ErrUnauthenticated) {
		t.Errorf("a token from before the block: %v", err)
	}
	if err := c.Users.Erase(t.Context(), ada.ID); err != nil {
		t.Error(err)
	}
	if _, err := c.Users.Get(t.Context(), ada.ID); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("after erasing: %v", err)
	}
}

func TestCredentialsOfTheCallerAndOfOthers(t *testing.T) {
	t.Parallel()
	s := rostertest.Start(t)
	admin, ada := s.Client(), s.AddUser("ada")
	c, ctx := s.ClientFor(ada), t.Context()
	const line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVpwA0VOVMvxIbS8PRSaQ0YreImKS+mdcBy81lVEbgE"
	key := must[client.Key](t)(c.Keys.Add(ctx, client.CurrentUser(), client.NewKey{Key: line + " laptop", ExpiresAt: new(time.Now().Add(time.Hour))}))
	if found := must[client.Key](t)(admin.Keys.GetByFingerprint(ctx, key.Fingerprint)); found.UserID != ada.ID || found.Title != "laptop" || found.ExpiresAt == nil {
		t.Errorf("found %+v", found)
	}
	if text := must[string](t)(admin.Keys.GetAuthorized(ctx, "ada")); !strings.Contains(text, line) {
		t.Errorf("the authorized keys are %q", text)
	}
	if err := admin.Keys.Delete(ctx, client.UserID(ada.ID), key.ID); err != nil {
		t.Error(err)
	}
	token := must[client.TokenWithSecret](t)(c.Tokens.Create(ctx, client.CurrentUser(), client.NewToken{Name: "backup", Scopes: []string{"read_user"}}))
	next := must[client.TokenWithSecret](t)(c.Tokens.Rotate(ctx, client.CurrentUser(), token.ID))
	if _, err := c.WithToken(token.Text).Me.Get(ctx); !errors.Is(err, client.ErrUnauthenticated) {
		t.Errorf("a rotated token: %v", err)
	}
	if me := must[client.User](t)(c.WithToken(next.Text).Me.Get(ctx)); me.ID != ada.ID {
		t.Errorf("the new token belongs to %+v", me)
	}
	if err := admin.Tokens.Revoke(ctx, client.UserID(ada.ID), next.ID); err != nil {
		t.Error(err)
	}
	if _, err := c.Keys.List(ctx, client.Owner{}); err == nil {
		t.Error("the zero Owner is accepted")
	}
}

func TestAccountFromInvitationToSignOut(t *testing.T) {
	t.Parallel()
	s := rostertest.Start(t)
	admin, ctx := s.Client(), t.Context()
	org := homeID(t, admin)
	must[client.Invitation](t)(admin.Invitations.Create(ctx, org, client.NewInvitation{Email: "grace@example.org"}))
	token := tokenIn(s.WaitForEmail("grace@example.org").Link)
	if w := must[client.InvitationPreview](t)(admin.WithToken("").Accounts.GetInvitation(ctx, token)); w.Organization != "Home" || w.Registered {
		t.Errorf("the preview is %+v", w)
	}
	const password = "nanoseconds in a wire"
	in := must[client.AcceptedInvitation](t)(admin.WithToken("").Accounts.AcceptInvitation(ctx, client.Acceptance{Token: token, Username: "grace", Password: password, GivenName: "Grace"}))
	if me := must[client.User](t)(admin.WithToken(in.APIKey).Me.Get(ctx)); me.Username != "grace" || me.GivenName != "Grace" {
		t.Errorf("the user is %+v", me)
	}
	if err := admin.Accounts.RequestPasswordReset(ctx, "grace@example.org"); err != nil {
		t.Fatal(err)
	}
	must[client.Account](t)(admin.Accounts.ResetPassword(ctx, client.PasswordReset{Token: tokenIn(s.WaitForEmail("grace@example.org").Link), Password: password + "s"}))
	login := must[client.CreatedSession](t)(admin.Sessions.Create(ctx, client.NewSession{Login: "grace", Password: password + "s"}))
	c := admin.WithToken(login.Token)
	again := must[client.Reauthentication](t)(c.Sessions.Reauthenticate(ctx, password+"s"))
	if again.Until.Before(time.Now()) || again.Token == login.Token {
		t.Errorf("the confirmation is valid until %s", again.Until)
	}
	c = admin.WithToken(again.Token)
	if all := must[[]client.Session](t)(c.Sessions.List(ctx, client.CurrentUser())); len(all) != 1 || !all[0].Current {
		t.Errorf("the sessions are %+v", all)
	}
	if err := c.Me.ChangePassword(ctx, password+"s", password); err != nil {
		t.Error(err)
	}
	if err := c.Sessions.RevokeCurrent(ctx); err != nil {
		t.Error(err)
	}
	if _, err := c.Me.Get(ctx); !errors.Is(err, client.ErrUnauthenticated) {
		t.Errorf("after signing out: %v", err)
	}
}

func TestSeveralInvitationsHaveOneResultEach(t *testing.T) {
	t.Parallel()
	s := rostertest.Start(t)
	c, ctx := s.Client(), t.Context()
	org := homeID(t, c)
	p := must[client.Project](t)(c.Projects.Create(ctx, org, client.NewProject{Name: "Compiler"}))
	out := must[[]client.InvitationResult](t)(c.Invitations.BulkCreate(ctx, org, []client.NewInvitation{
		{Email: "grace@example.org", ProjectIDs: []int64{p.ID}}, {Email: "no address"}, {Email: "alan@example.org", ProjectIDs: []int64{4711}},
	}))
	if len(out) != 3 || out[0].Status != http.StatusCreated || out[0].Err != nil || out[0].Invitation.Email != "grace@example.org" {
		t.Fatalf("the results are %+v", out)
	}
	for i, field := range []string{"email", "project_ids"} {
		if err := out[i+1].Err; !errors.Is(err, client.ErrInvalid) || len(err.Fields) != 1 || err.Fields[0].Field != field || out[i+1].Invitation != nil {
			t.Errorf("%s: the result is %+v", field, out[i+1])
		}
	}
	token := tokenIn(s.WaitForEmail("grace@example.org").Link)
	must[client.AcceptedInvitation](t)(c.WithToken("").Accounts.AcceptInvitation(ctx, client.Acceptance{Token: token, Username: "grace", Password: "nanoseconds in a wire"}))
	if on := must[[]client.User](t)(c.Projects.ListAssignees(ctx, org, p.Permalink)); len(on) != 1 || on[0].Username != "grace" {
		t.Errorf("assigned are %+v", on)
	}
}

// tokenIn returns the token of a link.
func tokenIn(link string) string {
	_, token, _ := strings.Cut(link, "=")
	if token == "" {
		token = link[strings.LastIndex(link, "/")+1:]
	}
	return token
}

func TestOrganizationsWithRolesAndProjects(t *testing.T) {
	t.Parallel()
	s := rostertest.Start(t)
	c, ada, ctx := s.Client(), s.AddUser("ada"), t.Context()
	org := must[client.Organization](t)(c.Organizations.Create(ctx, "Engines"))
	role := must[client.Role](t)(c.Roles.Create(ctx, org.ID, client.NewRole{Name: "Recruiter", Permissions: []string{"users.read", "users.invite"}}))
	if err := c.Members.SetRole(ctx, org.ID, ada.ID, role.ID); err != nil {
		t.Fatal(err)
	}
	if r := must[client.PermissionCheck](t)(s.ClientFor(ada).CheckPermission(ctx, client.PermissionQuery{Permission: "users.invite", OrganizationID: org.ID})); !r.Allowed || r.Role == nil || r.Role.ID != role.ID {
		t.Errorf("the answer is %+v", r)
	}
	must[client.Role](t)(c.Roles.Update(ctx, org.ID, role.ID, client.RoleUpdate{Permissions: &[]string{"users.read"}}))
	if r := must[client.PermissionCheck](t)(c.CheckPermission(ctx, client.PermissionQuery{Permission: "users.invite", OrganizationID: org.ID, UserID: ada.ID})); r.Allowed {
		t.Errorf("the answer is %+v", r)
	}
	p := must[client.Project](t)(c.Projects.Create(ctx, org.ID, client.NewProject{Name: "Engine No. 2"}))
	if on := must[[]client.User](t)(c.Projects.SetAssignees(ctx, org.ID, p.Permalink, []int64{ada.ID})); len(on) != 1 {
		t.Errorf("assigned are %+v", on)
	}
	if off := must[[]client.User](t)(c.Projects.SetAssignees(ctx, org.ID, p.Permalink, nil)); len(off) != 0 {
		t.Errorf("assigned are %+v", off)
	}
	if all := must[[]client.Membership](t)(s.ClientFor(ada).Me.ListOrganizations(ctx)); len(all) != 2 {
		t.Errorf("the organizations are %+v", all)
	}
	if err := c.Organizations.Delete(ctx, org.ID); err != nil {
		t.Error(err)
	}
	if n := must[client.Statistics](t)(c.GetStatistics(ctx)); n.Organizations != 1 || n.Users != 2 {
		t.Errorf("the statistics are %+v", n)
	}
}

func TestImportAndExport(t *testing.T) {
	t.Parallel()
	c, ctx := rostertest.Start(t).Client(), t.Context()
	var last client.ImportStep
	var rejected []int64
	for step, err := range c.Users.Import(ctx, strings.NewReader("username\nada\nada\ngrace\n"), client.Import{Name: "team", Format: client.CSV}) {
		if err != nil {
			t.Fatal(err)
		}
		if last = step; step.Type == "refused" {
			rejected = append(rejected, step.Line)
		}
	}
	if last.Type != "summary" || last.Accepted != 2 || !slices.Equal(rejected, []int64{3}) {
		t.Errorf("the last step is %+v, the rejected lines are %v", last, rejected)
	}
	file := must[io.ReadCloser](t)(c.Users.Export(ctx, client.JSONL))
	text, err := io.ReadAll(file)
	if err := errors.Join(err, file.Close()); err != nil || bytes.Count(text, []byte("\n")) != 3 {
		t.Errorf("exported %s, %v", text, err)
	}
	if err := firstError(c.Users.Import(ctx, strings.NewReader(""), client.Import{})); !errors.Is(err, client.ErrInvalid) {
		t.Errorf("an import without a name: %v", err)
	}
}

func TestInterruptedImportIsAnError(t *testing.T) {
	t.Parallel()
	for want, text := range map[error]string{
		client.ErrCutOff:      `{"type":"progress","line":4,"accepted":2,"refused":2}` + "\n",
		client.ErrUnavailable: `{"type":"error","problem":{"status":503,"code":"unavailable","detail":"later"}}` + "\n",
	} {
		d := newFakeServer(t, respond(200, text))
		if err := firstError(d.Users.Import(t.Context(), strings.NewReader("x"), client.Import{Name: "x"})); !errors.Is(err, want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestWebhookReceivesEvents(t *testing.T) {
	t.Parallel()
	received := make(chan string, 10)
	receiver := newFakeServer(t, func(_ http.ResponseWriter, r *http.Request) {
		line, _ := bufio.NewReader(r.Body).ReadString(0)
		received <- line
	})
	s := rostertest.Start(t, rostertest.Setting("webhooks.allow_private", "127.0.0.1/32"))
	c, ctx := s.Client(), t.Context()
	made := must[client.WebhookWithSecret](t)(c.Webhooks.Create(ctx, client.NewWebhook{URL: receiver.URL(), Verbs: []string{"user."}}))
	if !strings.HasPrefix(made.Secret, "whsec_") {
		t.Errorf("the secret is %q", made.Secret)
	}
	must[int64](t)(c.Webhooks.Test(ctx, made.Webhook.ID))
	if got := <-received; !strings.Contains(got, "webhook.test") {
		t.Errorf("it received %s", got)
	}
	for d, err := range c.Webhooks.ListDeliveries(ctx, made.Webhook.ID, client.DeliveryQuery{}) {
		if err != nil || d.Verb != "webhook.test" {
			t.Errorf("the delivery is %+v, %v", d, err)
		}
	}
	if n := must[int](t)(c.Webhooks.ReplayDeadDeliveries(ctx, made.Webhook.ID)); n != 0 {
		t.Errorf("%d deliveries were dead", n)
	}
	if h := must[client.Webhook](t)(c.Webhooks.Update(ctx, made.Webhook.ID, client.WebhookUpdate{Enabled: new(false)})); h.Enabled {
		t.Errorf("the webhook is %+v", h)
	}
}
