package native_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"roster.example/roster/client"
	"roster.example/roster/internal/api/native"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

// factorServer serves the API for the user ada, with the Go client.
type factorServer struct {
	*directorytest.Fixture
	url string
}

func newFactorServer(t *testing.T) factorServer {
	t.Helper()
	f := directorytest.New(t)
	s := httptest.NewServer(web.Middleware(native.New(f.Directory, withDefaults(native.Config{})), web.Options{}))
	t.Cleanup(s.Close)
	return factorServer{f, s.URL}
}

func (f factorServer) client(token string) *client.Client {
	f.T.Helper()
	return directorytest.Must(f.T, func() (*client.Client, error) { return client.New(f.url, token) })
}

// signIn signs ada in.
func (f factorServer) signIn(n client.NewSession) (client.CreatedSession, error) {
	f.T.Helper()
	if n.Passkey == nil || n.Login != "" {
		n.Login, n.Password = "ada", directorytest.Password("ada").Reveal()
	}
	return f.client("").Sessions.Create(f.T.Context(), n)
}

// wantCode reports an error of the test unless err has this code or a field with it.
func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var e *client.Error
	if !errors.As(err, &e) {
		t.Errorf("got %v, want the code %s", err, code)
		return
	}
	found := e.Code == code
	for _, field := range e.Fields {
		found = found || field.Code == code
	}
	if !found {
		t.Errorf("got %v, want the code %s", err, code)
	}
}

func TestAuthenticatorAppIsAddedAndUsedThroughTheClient(t *testing.T) {
	t.Parallel()
	f, ctx := newFactorServer(t), t.Context()
	ada := f.AddUser("ada")
	c := f.client(directorytest.Must(t, func() (client.CreatedSession, error) { return f.signIn(client.NewSession{}) }).Token)
	begun := directorytest.Must(t, func() (client.TOTPEnrolment, error) { return c.Authenticators.BeginTOTP(ctx) })
	if !strings.HasPrefix(begun.QR, "<svg ") || !strings.HasPrefix(begun.URL, "otpauth://totp/") {
		t.Errorf("got %+v", begun)
	}
	app := f.NewApp(secret.Text(begun.Secret))
	_, err := c.Authenticators.ConfirmTOTP(ctx, client.TOTPConfirmation{Ceremony: begun.Ceremony, Code: "000000"})
	wantCode(t, err, "wrong_code")
	added := directorytest.Must(t, func() (client.AddedAuthenticator, error) {
		return c.Authenticators.ConfirmTOTP(ctx, client.TOTPConfirmation{Ceremony: begun.Ceremony, Name: "Phone", Code: app.Code(0).Reveal()})
	})
	if added.Name != "Phone" || added.Kind != "totp" || len(added.RecoveryCodes) != 10 || added.Session == "" {
		t.Errorf("got %+v", added)
	}
	c = f.client(added.Session)
	_, err = f.signIn(client.NewSession{})
	wantCode(t, err, "second_factor_required")
	_, err = f.signIn(client.NewSession{FactorProof: client.FactorProof{Code: "000000"}})
	wantCode(t, err, "wrong_code")
	f.Must(errorOnly(f.signIn(client.NewSession{FactorProof: client.FactorProof{Code: app.Code(1).Reveal()}})))
	again := directorytest.Must(t, func() (client.Reauthentication, error) {
		return c.Sessions.ReauthenticateWith(ctx, directorytest.Password("ada").Reveal(), client.FactorProof{Code: added.RecoveryCodes[0]})
	})
	wantCode(t, errorOnly(c.Me.Get(ctx)), "unauthenticated")
	c = f.client(again.Token)
	renamed := directorytest.Must(t, func() (client.Authenticator, error) { return c.Authenticators.Rename(ctx, added.ID, "Tablet") })
	all := directorytest.Must(t, func() (client.SecondFactors, error) { return c.Authenticators.List(ctx, client.CurrentUser()) })
	if renamed.Name != "Tablet" || all.RecoveryCodes != 9 || len(all.Authenticators) != 1 || all.Authenticators[0].Name != "Tablet" || all.Authenticators[0].LastUsedAt == nil {
		t.Errorf("got %+v, %+v", renamed, all)
	}
	codes := directorytest.Must(t, func() ([]string, error) { return c.Authenticators.CreateRecoveryCodes(ctx) })
	f.Must(errorOnly(f.signIn(client.NewSession{FactorProof: client.FactorProof{Code: codes[9]}})))
	f.Must(c.Authenticators.Remove(ctx, added.ID))
	f.Must(errorOnly(f.signIn(client.NewSession{})))
	f.Must(f.client(f.AddToken(f.AddUser("root", directorytest.Admin)).Reveal()).Authenticators.Reset(ctx, int64(ada.ID)))
}

func errorOnly[T any](_ T, err error) error { return err }

func TestPasskeyIsAddedAndUsedThroughTheClient(t *testing.T) {
	t.Parallel()
	f, ctx := newFactorServer(t), t.Context()
	d := directorytest.NewDevice(f.AddUser("ada"))
	c := f.client(directorytest.Must(t, func() (client.CreatedSession, error) { return f.signIn(client.NewSession{}) }).Token)
	begun := directorytest.Must(t, func() (client.PasskeyCeremony, error) { return c.Authenticators.BeginPasskey(ctx) })
	added := directorytest.Must(t, func() (client.AddedAuthenticator, error) {
		return c.Authenticators.ConfirmPasskey(ctx, client.PasskeyConfirmation{Name: "Laptop", PasskeyProof: client.PasskeyProof{
			Ceremony: begun.Ceremony, Response: json.RawMessage(d.Register(t, begun.Options).Reveal()),
		}})
	})
	if added.Kind != "passkey" || added.Name != "Laptop" || len(added.RecoveryCodes) != 10 {
		t.Errorf("got %+v", added)
	}
	made := directorytest.Must(t, func() (client.CreatedSession, error) {
		return f.signIn(client.NewSession{FactorProof: client.FactorProof{Passkey: f.prove(ctx, d)}})
	})
	if made.User.Username != "ada" || made.MustEnrol {
		t.Errorf("got %+v", made)
	}
	f.Must(errorOnly(f.signIn(client.NewSession{Login: "ada", FactorProof: client.FactorProof{Passkey: f.prove(ctx, d)}})))
	f.Must(errorOnly(f.client(added.Session).Sessions.ReauthenticateWith(ctx, "", client.FactorProof{Passkey: f.prove(ctx, d)})))
	proof := f.prove(ctx, d)
	proof.Response = json.RawMessage(`{"id": 1}`)
	_, err := f.signIn(client.NewSession{FactorProof: client.FactorProof{Passkey: proof}})
	wantCode(t, err, "mismatch")
}

// prove returns the answer of a device to the options of a login.
func (f factorServer) prove(ctx context.Context, d *directorytest.Device) *client.PasskeyProof {
	f.T.Helper()
	begun := directorytest.Must(f.T, func() (client.PasskeyCeremony, error) { return f.client("").Sessions.BeginPasskey(ctx) })
	return &client.PasskeyProof{Ceremony: begun.Ceremony, Response: json.RawMessage(d.Assert(f.T, begun.Options).Reveal())}
}
