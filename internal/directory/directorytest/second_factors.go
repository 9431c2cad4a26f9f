package directorytest

import (
	"encoding/base32"
	"testing"

	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/passkey"
	"roster.example/roster/internal/passkey/passkeytest"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/totp"
)

// Device is a virtual authenticator in a browser that shows pages of [BaseURL].
type Device struct{ *passkeytest.Device }

// NewDevice returns a device for a user; its passkey is not registered yet.
func NewDevice(u model.User) *Device {
	return &Device{passkeytest.NewDevice("roster.example", BaseURL, u.UID)}
}

// Register returns the response of the browser to the options of a registration.
func (d *Device) Register(t testing.TB, options []byte) secret.Text {
	t.Helper()
	return secret.Text(d.Device.Register(t, options))
}

// Assert returns the response of the browser to the options of a login. It increments the counter.
func (d *Device) Assert(t testing.TB, options []byte) secret.Text {
	t.Helper()
	return secret.Text(d.Device.Assert(t, options))
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
func (f *Fixture) SignIn(username string, factor secondfactor.Proof) (login.Result, error) {
	attempt := login.Attempt{Name: username, Password: Password(username), Factor: factor}
	return f.LogIn(f.T.Context(), Caller(model.Native), attempt, model.ConsoleLogin)
}

// SessionOf returns the actor of a new session of a user without a second factor.
func (f *Fixture) SessionOf(username string) model.Actor {
	f.T.Helper()
	return f.ActorWith(Must(f.T, func() (login.Result, error) { return f.SignIn(username, secondfactor.Proof{}) }).Token)
}

// AddApp adds an authenticator app by a session.
func (f *Fixture) AddApp(actor model.Actor) (App, secondfactor.AddedAuthenticator) {
	f.T.Helper()
	begun := Must(f.T, func() (secondfactor.TOTPEnrolment, error) { return f.BeginTOTP(f.T.Context(), actor) })
	app := f.NewApp(begun.Secret)
	return app, Must(f.T, func() (secondfactor.AddedAuthenticator, error) {
		return f.ConfirmTOTP(f.T.Context(), actor, begun.Ceremony, "", app.Code(0))
	})
}

// AddPasskey registers the passkey of a device by a session.
func (f *Fixture) AddPasskey(actor model.Actor, d *Device) secondfactor.AddedAuthenticator {
	f.T.Helper()
	begun := Must(f.T, func() (secondfactor.PasskeyCeremony, error) { return f.BeginPasskey(f.T.Context(), actor) })
	return Must(f.T, func() (secondfactor.AddedAuthenticator, error) {
		return f.ConfirmPasskey(f.T.Context(), actor, begun.Ceremony, "", d.Register(f.T, begun.Options))
	})
}

// Prove returns the proof of the passkey of a device.
func (f *Fixture) Prove(d *Device) secondfactor.Proof {
	f.T.Helper()
	begun := Must(f.T, func() (secondfactor.PasskeyCeremony, error) {
		return f.BeginPasskeyLogin(f.T.Context(), Caller(model.Native))
	})
	return secondfactor.Proof{Passkey: secondfactor.PasskeyProof{Ceremony: begun.Ceremony, Response: d.Assert(f.T, begun.Options)}}
}

// WantSignIn reports an error of the test unless ada can sign in with a second factor; see [Fixture.SignIn].
func (f *Fixture) WantSignIn(what string, factor secondfactor.Proof) login.Result {
	f.T.Helper()
	made, err := f.SignIn("ada", factor)
	if err != nil {
		f.T.Errorf("%s: %v", what, err)
	}
	return made
}

// Reauthenticated returns the actor of the session that replaces session after a new proof.
func (f *Fixture) Reauthenticated(session model.Actor, p secret.Text, factor secondfactor.Proof) model.Actor {
	f.T.Helper()
	again := Must(f.T, func() (login.Reauthentication, error) {
		return f.ReauthenticateWith(f.T.Context(), session, p, factor)
	})
	return f.ActorWith(again.Session)
}
