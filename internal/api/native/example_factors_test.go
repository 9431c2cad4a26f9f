package native_test

import (
	"fmt"

	"roster.example/roster/internal/api/native"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
)

// factorPreparations are the preparations of operations on second factors, which only a session changes.
func (s *exampleServer) factorPreparations() map[string]func(*native.DocumentedRequest) {
	d, ctx := s.fixture.Directory, s.t.Context()
	signIn := func() model.Actor {
		anonymous := model.AnonymousActor(model.Native, "", "")
		made, err := d.LogIn(ctx, anonymous, login.Attempt{Name: "ada", Password: examplePassword}, model.ConsoleLogin)
		s.must(err)
		s.key = made.Token.Reveal()
		actor, err := d.Authenticate(ctx, anonymous, directory.Credential{Secret: made.Token})
		s.must(err)
		return actor
	}
	clock := &directorytest.Fixture{T: s.t, Directory: d, Clock: directorytest.NewClock(directory.NewMailQueue(d).Now())}
	withFive := func(*native.DocumentedRequest) {
		actor := signIn()
		for range 5 {
			if _, added := clock.AddApp(actor); added.Session != "" {
				s.key = added.Session.Reveal()
				actor = clock.ActorWith(added.Session)
			}
		}
	}
	return map[string]func(*native.DocumentedRequest){
		"beginTOTP":           func(*native.DocumentedRequest) { signIn() },
		"beginPasskey":        func(*native.DocumentedRequest) { signIn() },
		"renameAuthenticator": withFive, "removeAuthenticator": withFive, "createRecoveryCodes": withFive,
		"confirmTOTP": func(r *native.DocumentedRequest) {
			begun, err := d.BeginTOTP(ctx, signIn())
			s.must(err)
			r.Body = fmt.Sprintf(`{"ceremony":%q,"code":%q}`, begun.Ceremony.Reveal(), clock.NewApp(begun.Secret).Code(0).Reveal())
		},
		"confirmPasskey": func(r *native.DocumentedRequest) {
			begun, err := d.BeginPasskey(ctx, signIn())
			s.must(err)
			response := directorytest.NewDevice(s.ada).Register(s.t, begun.Options)
			r.Body = fmt.Sprintf(`{"ceremony":%q,"response":%s}`, begun.Ceremony.Reveal(), response.Reveal())
		},
	}
}
