package directorytest

import (
	"encoding/base32"
	"testing"

	"github.com/descope/virtualwebauthn"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/passkey"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/totp"
)

// Device is a virtual authenticator with one passkey, in a browser that shows pages of [BaseURL].
type Device struct {
	Party         virtualwebauthn.RelyingParty
	Authenticator virtualwebauthn.Authenticator
	Credential    virtualwebauthn.Credential
}

// NewDevice returns a device for a user; its passkey is not registered yet.
func NewDevice(u model.User) *Device {
	return &Device{
		Party:         virtualwebauthn.RelyingParty{ID: "roster.example", Name: "Roster", Origin: BaseURL},
		Authenticator: virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(u.UID)}),
		Credential:    newCredential(),
	}
}

// newCredential returns a passkey. The library writes coordinates of its public key without leading zero
// bytes, which the server refuses, so such a key is generated again.
func newCredential() virtualwebauthn.Credential {
	const length = 77 // of a COSE key on P-256 with two coordinates of 32 bytes
	for {
		if c := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(c.Key.AttestationData()) == length {
			return c
		}
	}
}

// Register returns the response of the browser to the options of a registration.
func (d *Device) Register(t testing.TB, options []byte) secret.Text {
	t.Helper()
	parsed := Must(t, func() (*virtualwebauthn.AttestationOptions, error) {
		return virtualwebauthn.ParseAttestationOptions(string(options))
	})
	return secret.Text(virtualwebauthn.CreateAttestationResponse(d.Party, d.Authenticator, d.Credential, *parsed))
}

// Assert returns the response of the browser to the options of a login. It increments the counter.
func (d *Device) Assert(t testing.TB, options []byte) secret.Text {
	t.Helper()
	parsed := Must(t, func() (*virtualwebauthn.AssertionOptions, error) {
		return virtualwebauthn.ParseAssertionOptions(string(options))
	})
	d.Credential.Counter++
	return secret.Text(virtualwebauthn.CreateAssertionResponse(d.Party, d.Authenticator, d.Credential, *parsed))
}

// newPasskeyParty returns a function for Options.Passkeys.
func newPasskeyParty(t testing.TB) func() *passkey.RelyingParty {
	t.Helper()
	party := Must(t, func() (*passkey.RelyingParty, error) { return passkey.New(BaseURL, "Roster") })
	return func() *passkey.RelyingParty { return party }
}

// App is an authenticator app.
type App struct {
	f      *Fixture
	secret []byte
}

// NewApp returns an app with a secret in the form in which it is typed.
func (f *Fixture) NewApp(text secret.Text) App {
	f.T.Helper()
	return App{f, Must(f.T, func() ([]byte, error) {
		return base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text.Reveal())
	})}
}

// Code returns the code that the app shows, a number of steps after now.
func (a App) Code(after int64) secret.Text {
	return secret.Text(totp.Code(a.secret, totp.Step(a.f.Clock.Now())+after))
}

// SignIn signs a user in through the native API with [Password] and a second factor.
func (f *Fixture) SignIn(username string, factor directory.FactorProof) (directory.LoginResult, error) {
	login := directory.Login{Name: username, Password: Password(username), Factor: factor}
	return f.LogIn(f.T.Context(), Caller(model.Native), login, model.ConsoleLogin)
}

// SessionOf returns the actor of a new session of a user without a second factor.
func (f *Fixture) SessionOf(username string) model.Actor {
	f.T.Helper()
	return f.ActorWith(Must(f.T, func() (directory.LoginResult, error) { return f.SignIn(username, directory.FactorProof{}) }).Token)
}

// AddApp adds an authenticator app by a session.
func (f *Fixture) AddApp(actor model.Actor) (App, directory.AddedAuthenticator) {
	f.T.Helper()
	begun := Must(f.T, func() (directory.TOTPEnrolment, error) { return f.BeginTOTP(f.T.Context(), actor) })
	app := f.NewApp(begun.Secret)
	return app, Must(f.T, func() (directory.AddedAuthenticator, error) {
		return f.ConfirmTOTP(f.T.Context(), actor, begun.Ceremony, "", app.Code(0))
	})
}

// AddPasskey registers the passkey of a device by a session.
func (f *Fixture) AddPasskey(actor model.Actor, d *Device) directory.AddedAuthenticator {
	f.T.Helper()
	begun := Must(f.T, func() (directory.PasskeyCeremony, error) { return f.BeginPasskey(f.T.Context(), actor) })
	return Must(f.T, func() (directory.AddedAuthenticator, error) {
		return f.ConfirmPasskey(f.T.Context(), actor, begun.Ceremony, "", d.Register(f.T, begun.Options))
	})
}

// Prove returns the proof of the passkey of a device.
func (f *Fixture) Prove(d *Device) directory.FactorProof {
	f.T.Helper()
	begun := Must(f.T, func() (directory.PasskeyCeremony, error) {
		return f.BeginPasskeyLogin(f.T.Context(), Caller(model.Native))
	})
	return directory.FactorProof{Passkey: directory.PasskeyProof{Ceremony: begun.Ceremony, Response: d.Assert(f.T, begun.Options)}}
}
