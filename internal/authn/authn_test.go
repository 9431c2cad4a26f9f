package authn_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/authn"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

func claim(r *http.Request) authn.Claim {
	c := authn.Claim{Credential: directory.Credential{Secret: secret.Text(r.Header.Get("Token"))}}
	c.Sudo, c.HasSudo = r.Header.Get("Sudo"), r.Header.Get("Sudo") != ""
	return c
}

// serve runs fn within a request with these headers, given as name and value in turn.
func serve(fn func(r *http.Request), header ...string) {
	r := httptest.NewRequest("GET", "/", nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { fn(r) })
	web.Middleware(h, web.Options{}).ServeHTTP(httptest.NewRecorder(), r)
}

func TestPublicRouteIgnoresTheCredential(t *testing.T) {
	t.Parallel()
	a := authn.New(apitest.NewFixture(t, directory.Options{}).Directory, model.Native, claim)
	serve(func(r *http.Request) {
		actor, err := a.Authenticate(r, string(model.Public))
		if err != nil || !actor.Anonymous() || actor.API() != model.Native {
			t.Errorf("%v, %v", actor, err)
		}
		if _, err := a.Authenticate(r, string(model.SelfRead)); fault.KindOf(err) != fault.Unauthenticated {
			t.Error(err)
		}
	}, "Token", "unknown")
}

func TestIdentifiedCredentialIsCheckedOnce(t *testing.T) {
	t.Parallel()
	f := apitest.NewFixture(t, directory.Options{})
	ada, bob := f.AddAdmin("ada"), f.AddMember("bob")
	a := authn.New(f.Directory, model.Wekan, claim)
	serve(func(r *http.Request) {
		if actor, err := a.Identify(r); err != nil || actor.UserID() != ada.ID {
			t.Fatalf("%v, %v", actor.UserID(), err)
		}
		f.WithAPIKey(ada) // replaces the key: only the recorded identity can succeed
		if actor, err := a.Authenticate(r, string(model.SelfRead)); err != nil || actor.UserID() != ada.ID {
			t.Errorf("%v, %v", actor.UserID(), err)
		}
		if _, err := authn.New(f.Directory, model.PM415, claim).Authenticate(r, string(model.SelfRead)); err == nil {
			t.Error("the identity of one API was accepted by another")
		}
		other := authn.Claim{Credential: directory.Credential{Secret: secret.Text(bob.APIKey)}}
		if actor, err := a.AuthenticateClaim(r, string(model.SelfRead), other); err != nil || actor.UserID() != bob.ID {
			t.Errorf("another credential gives user %v, %v", actor.UserID(), err)
		}
	}, "Token", ada.APIKey)
}

func TestErrorOfImpersonationNamesTheUser(t *testing.T) {
	t.Parallel()
	f := apitest.NewFixture(t, directory.Options{})
	ada, bob := f.AddAdmin("ada"), f.AddMember("bob")
	a := authn.New(f.Directory, model.GitLab, claim)
	serve(func(r *http.Request) {
		if actor, err := a.Authenticate(r, string(model.SelfRead)); err != nil || actor.UserID() != bob.ID || actor.Impersonator() != ada.ID {
			t.Errorf("%v, %v", actor.UserID(), err)
		}
	}, "Token", ada.APIKey, "Sudo", "bob")
	serve(func(r *http.Request) {
		_, err := a.Authenticate(r, string(model.SelfRead))
		failed, ok := errors.AsType[*authn.SudoError](err)
		if !ok || failed.Name != "ada" || fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%v", err)
		}
	}, "Token", bob.APIKey, "Sudo", "ada")
}
