package native_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"roster.example/roster/internal/api/native"
	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/role"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/webhook"
)

// Values in the examples that the tests replace or prepare.
const (
	examplePassword = "correct horse battery staple"
	exampleToken    = "2XdEyPq0tq0pC1cZ3RiXkWBYEwQyXqXJ3mOq6yW1f0M"
	barbaraEmail    = "barbara@example.org"
)

// Sends every documented example to a server with the objects that the examples refer to, and compares the answers with the
// description.
func TestEveryExampleWorksAsDescribed(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(newTestServer(t, native.Config{}).description())
	if err != nil {
		t.Fatal(err)
	}
	shared := newExampleServer(t) // by examples that only read
	for _, r := range native.DocumentedRequests() {
		if r.Operation == "streamEvents" || r.Operation == "importUsers" {
			continue // streams have tests of their own
		}
		op := doc.Paths.Find(r.Path).GetOperation(r.Method)
		t.Run(r.Operation, func(t *testing.T) {
			t.Parallel()
			s := shared.forTest(t)
			if r.Method != http.MethodGet {
				s = newExampleServer(t)
			}
			if prepare := s.preparations()[r.Operation]; prepare != nil {
				prepare(&r)
			}
			s.check(r, op)
		})
	}
}

// exampleServer is a server with the objects of the examples.
type exampleServer struct {
	*testServer
	ada model.User
	key string // a credential of ada
}

// forTest returns the server for another test.
func (s *exampleServer) forTest(t *testing.T) *exampleServer {
	return &exampleServer{&testServer{t, s.fixture, s.admin, s.url}, s.ada, s.key}
}

// newExampleServer creates the user ada with the id 42, and the other objects with the ids of the examples.
func newExampleServer(t *testing.T) *exampleServer {
	t.Helper()
	s := &exampleServer{testServer: newTestServer(t, native.Config{})}
	_, err := io.Copy(io.Discard, s.sendImport("name=crowd", strings.NewReader(userLines(2, 42))).Body)
	s.must(err)
	d, ctx, who := s.fixture.Directory, t.Context(), model.Operator()
	s.ada, err = d.CreateUser(ctx, who, directory.NewUser{
		Username: "ada", Email: "ada@example.org", Password: secret.Text(examplePassword), Limits: model.DefaultLimits(), Org: s.fixture.Home.ID,
		Identity: model.Identity{Provider: "ldapmain", ExternalUID: "ada"},
	})
	s.must(err)
	key, err := d.RotateAPIKeyOf(ctx, who, s.ada.ID)
	s.must(err)
	s.key = key.Reveal()
	_, err = d.AddEmail(ctx, who, s.ada.ID, "ada@old.example")
	s.must(err)
	for i := range 3 {
		_, err = d.AddKey(ctx, who, s.ada.ID, model.NewKey{Title: "laptop", Key: exampleKey(i)})
		s.must(err)
		_, _, err = d.CreateToken(ctx, who, credential.NewToken{Owner: s.ada.ID, Name: "t", Scopes: model.Scopes{model.ScopeAPI}})
		s.must(err)
		_, _, err = d.CreateSessionFor(ctx, who, s.ada.ID, model.ConsoleLogin)
		s.must(err)
	}
	s.addHomeExamples()
	return s
}

func (s *exampleServer) addHomeExamples() {
	s.t.Helper()
	d, ctx, who, home := s.fixture.Directory, s.t.Context(), model.Operator(), s.fixture.Home.ID
	for i := range 5 {
		_, err := d.Invite(ctx, who, invitation.NewInvitation{Org: home, Email: fmt.Sprintf("guest%d@example.org", i)})
		s.must(err)
	}
	_, err := d.CreateRole(ctx, who, role.NewRole{Org: home, Name: "Scout"})
	s.must(err)
	_, err = d.CreateProject(ctx, who, project.NewProject{Org: home, Name: "Engine No. 2"})
	s.must(err)
	_, _, err = d.CreateWebhook(ctx, who, webhook.NewWebhook{URL: "https://chat.example.org/hooks"})
	s.must(err)
	gone, err := d.CreateUser(ctx, who, directory.NewUser{Username: "lovelace"})
	s.must(err)
	_, err = d.DeleteUser(ctx, who, gone.ID)
	s.must(err)
}

// exampleKey returns one of four public keys.
func exampleKey(i int) string {
	return []string{
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILRCeKd00c033XEiXJO26UZembqblYGroYW2tOHlq27I",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVpwA0VOVMvxIbS8PRSaQ0YreImKS+mdcBy81lVEbgE",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM8tZxVbC/66gTdpCIutrmBigrF81HF2Dp7I8P7ubHMR",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl", // the key of the examples
	}[i]
}

// preparations returns the functions that prepare the server for single operations.
func (s *exampleServer) preparations() map[string]func(*native.DocumentedRequest) {
	d, ctx, who := s.fixture.Directory, s.t.Context(), model.Operator()
	invited := func(r *native.DocumentedRequest) {
		_, err := d.Invite(ctx, who, invitation.NewInvitation{Org: s.fixture.Home.ID, Email: barbaraEmail})
		s.must(err)
		s.insertEmailedToken(r)
	}
	all := map[string]func(*native.DocumentedRequest){
		"getInvitationByToken": invited, "acceptInvitation": invited,
		"verifyEmail": func(r *native.DocumentedRequest) {
			_, err := d.Register(ctx, model.AnonymousActor(model.Native, "", ""), registration.Input{Username: "barbara", Email: barbaraEmail, Password: examplePassword})
			s.must(err)
			s.insertEmailedToken(r)
		},
		"resetPassword": func(r *native.DocumentedRequest) {
			_, err := d.CreateUser(ctx, who, directory.NewUser{Username: "barbara", Email: barbaraEmail, Password: "forgotten by now", Org: s.fixture.Home.ID})
			s.must(err)
			_, err = d.ForgotPassword(ctx, model.AnonymousActor(model.Native, "", ""), barbaraEmail)
			s.must(err)
			s.insertEmailedToken(r)
		},
		"reauthenticateSession": func(*native.DocumentedRequest) { // only sessions can do this
			_, token, err := d.CreateSessionFor(ctx, who, s.ada.ID, model.ConsoleLogin)
			s.must(err)
			s.key = token.Reveal()
		},
		"eraseMe": func(*native.DocumentedRequest) { // only a session of a login can do this
			by := login.Attempt{Name: "ada", Password: examplePassword}
			open, err := d.LogIn(ctx, model.AnonymousActor(model.Native, "", ""), by, model.ConsoleLogin)
			s.must(err)
			s.key = open.Token.Reveal()
		},
		"reactivateUser": func(*native.DocumentedRequest) {
			_, err := d.DeactivateUser(ctx, who, s.ada.ID)
			s.must(err)
		},
		"getKeyByFingerprint": func(*native.DocumentedRequest) {
			_, err := d.AddKey(ctx, who, s.ada.ID, model.NewKey{Title: "desk", Key: exampleKey(3)})
			s.must(err)
		},
		"deleteOrganization": func(r *native.DocumentedRequest) { // organization 1 is the home organization, which cannot be deleted
			r.URL = strings.Replace(r.URL, "/1", fmt.Sprintf("/%d", s.fixture.AddOrganization("Acme").ID), 1)
		},
		"resendFailedEmail": func(*native.DocumentedRequest) {
			for i := range 12 {
				_, err := d.Invite(ctx, who, invitation.NewInvitation{Org: s.fixture.Home.ID, Email: fmt.Sprintf("guest%d@example.org", i)})
				s.must(err)
			}
			s.must(directory.NewMailQueue(d).GiveUp(ctx, 12, "550 no such mailbox"))
		},
		"replayDelivery": func(*native.DocumentedRequest) {
			for range 77 {
				_, err := d.TestWebhook(ctx, who, 1)
				s.must(err)
			}
		},
	}
	maps.Copy(all, s.factorPreparations())
	return all
}

// insertEmailedToken replaces the token of the example by the emailed one.
func (s *exampleServer) insertEmailedToken(r *native.DocumentedRequest) {
	s.t.Helper()
	m, err := s.fixture.Mail(barbaraEmail)
	s.must(err)
	_, token, found := strings.Cut(m.Link, "token=")
	if !found || !strings.Contains(r.Body, exampleToken) {
		s.t.Fatalf("the link is %q and the example %s", m.Link, r.Body)
	}
	r.Body = strings.Replace(r.Body, exampleToken, token, 1)
}

// check sends r and compares status, media type and body of the answer with op.
func (s *exampleServer) check(r native.DocumentedRequest, op *openapi3.Operation) {
	s.t.Helper()
	answer := httptest.NewRecorder()
	native.New(s.fixture.Directory, withDefaults(native.Config{})).ServeHTTP(answer, s.newRequest(r))
	described := op.Responses.Status(answer.Code)
	if described == nil || answer.Code >= 300 {
		s.t.Fatalf("%s %s %s: %d %s", r.Method, r.URL, r.Body, answer.Code, answer.Body)
	}
	if len(described.Value.Content) == 0 {
		if answer.Body.Len() > 0 {
			s.t.Errorf("the body is not described: %s", answer.Body)
		}
		return
	}
	kind, _, err := mime.ParseMediaType(answer.Header().Get("Content-Type"))
	s.must(err)
	media := described.Value.Content.Get(kind)
	if media == nil {
		s.t.Fatalf("the media type %s is not described", kind)
	}
	var value any = answer.Body.String()
	if kind == "application/json" {
		from := json.NewDecoder(bytes.NewReader(answer.Body.Bytes()))
		s.must(from.Decode(&value))
	}
	if err := media.Schema.Value.VisitJSON(value, openapi3.VisitAsResponse()); err != nil {
		s.t.Errorf("%s: %v", answer.Body, err)
	}
}

// newRequest returns the request of ada if it is about the authenticated user, else that of an administrator.
func (s *exampleServer) newRequest(r native.DocumentedRequest) *http.Request {
	key := s.admin.APIKey
	if strings.HasPrefix(r.Path, "/api/v1/me") || strings.HasSuffix(r.Path, "/current") {
		key = s.key
	}
	sent := httptest.NewRequestWithContext(s.t.Context(), r.Method, r.URL, strings.NewReader(r.Body))
	sent.Header.Set("Authorization", "Bearer "+key)
	if r.Body != "" {
		sent.Header.Set("Content-Type", "application/json")
	}
	return sent
}
