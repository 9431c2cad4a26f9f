package storetest

import (
	"fmt"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func authenticatorTests() []contractTest {
	return []contractTest{
		{"an authenticator is read as written and belongs to one user", authenticatorRoundTrip},
		{"kinds of second factors are listed for many users", factorKinds},
		{"a passkey is registered once", passkeyConflict},
		{"authenticators of all users are listed, page by page", authenticatorPages},
		{"a time step is used once", usedStep},
		{"recovery codes are replaced together, and each is used once", recoveryCodes},
		{"a ceremony is finished once", ceremonyRoundTrip},
		{"expired ceremonies are deleted in batches", expiredCeremonies},
		{"second factors end with their user", factorsOfDeletedUser},
		{"a session stores the proof of a second factor", sessionWithSecondFactor},
		{"an organization may require a second factor", organizationWithSecondFactor},
	}
}

func samplePasskey(user model.UserID, credential string) model.Authenticator {
	return model.Authenticator{
		User: user, Kind: model.PasskeyAuthenticator, Name: "laptop", CredentialID: []byte(credential), Sealed: []byte{0, 255}, KeyID: "k1",
		CreatedAt: sampleTime(), LastUsedAt: sampleTime().Add(time.Minute),
	}
}

func sampleTOTP(user model.UserID) model.Authenticator {
	return model.Authenticator{User: user, Kind: model.TOTPAuthenticator, Name: "phone", Sealed: []byte("s"), KeyID: "k1", LastStep: 7, CreatedAt: sampleTime()}
}

func (f fixture) addAuthenticator(a model.Authenticator) model.Authenticator {
	f.Helper()
	f.update(func(tx model.Writer) error { return tx.AddAuthenticator(&a) })
	return a
}

func (f fixture) authenticators(user model.UserID) []model.Authenticator {
	f.Helper()
	return readValue(f, func(tx model.Reader) ([]model.Authenticator, error) { return tx.Authenticators(user) })
}

func factorKinds(f fixture) {
	ada, bea, cid := f.user("ada"), f.user("bea"), f.user("cid")
	for _, a := range []model.Authenticator{sampleTOTP(ada.ID), samplePasskey(ada.ID, "c1"), samplePasskey(ada.ID, "c2"), samplePasskey(cid.ID, "c3")} {
		f.addAuthenticator(a)
	}
	kinds := func(users ...model.UserID) map[model.UserID][]model.AuthenticatorKind {
		return readValue(f, func(tx model.Reader) (map[model.UserID][]model.AuthenticatorKind, error) {
			return tx.FactorKinds(users)
		})
	}
	f.wantEqual("kinds", kinds(bea.ID, ada.ID, 99), map[model.UserID][]model.AuthenticatorKind{
		ada.ID: {model.PasskeyAuthenticator, model.TOTPAuthenticator},
	})
	f.wantEqual("of no user", kinds(), map[model.UserID][]model.AuthenticatorKind{})
}

func authenticatorRoundTrip(f fixture) {
	u, other := f.user("ada"), f.user("bea")
	app, key := f.addAuthenticator(sampleTOTP(u.ID)), f.addAuthenticator(samplePasskey(u.ID, "c1"))
	f.wantEqual("authenticators", f.authenticators(u.ID), []model.Authenticator{app, key})
	f.wantEqual("of another user", f.authenticators(other.ID), []model.Authenticator{})
	find := func(tx model.Reader) (model.Authenticator, error) {
		return tx.AuthenticatorByCredential([]byte("c1"))
	}
	f.wantEqual("by credential", readValue(f, find), key)
	wantNotFound(f, "credential", func(tx model.Reader) (model.Authenticator, error) {
		return tx.AuthenticatorByCredential([]byte("c"))
	})
	wantNotFound(f, "no credential", func(tx model.Reader) (model.Authenticator, error) { return tx.AuthenticatorByCredential(nil) })

	key.Name, key.Sealed, key.KeyID, key.LastUsedAt = "new", []byte("new"), "k2", sampleTime().Add(time.Hour)
	f.update(func(tx model.Writer) error { return tx.ChangeAuthenticator(key) })
	f.wantEqual("changed", readValue(f, find), key)
	stolen := key
	stolen.User = other.ID
	f.wantKind(f.failedUpdate(func(tx model.Writer) error { return tx.ChangeAuthenticator(stolen) }), fault.NotFound)
	f.update(func(tx model.Writer) error { return tx.DropAuthenticator(other.ID, key.ID) })
	f.wantEqual("after another dropped it", f.authenticators(u.ID), []model.Authenticator{app, key})
	f.update(func(tx model.Writer) error { return tx.DropAuthenticator(u.ID, app.ID) })
	f.wantEqual("after it was dropped", f.authenticators(u.ID), []model.Authenticator{key})
}

func passkeyConflict(f fixture) {
	u, other := f.user("ada"), f.user("bea")
	f.addAuthenticator(samplePasskey(u.ID, "c1"))
	again := samplePasskey(other.ID, "c1")
	f.wantConflict(f.failedUpdate(func(tx model.Writer) error { return tx.AddAuthenticator(&again) }), "passkey")
	f.addAuthenticator(sampleTOTP(u.ID))
	f.addAuthenticator(sampleTOTP(u.ID)) // has no credential that could be taken
}

func authenticatorPages(f fixture) {
	var want []model.Authenticator
	for _, name := range []string{"ada", "bea", "cid"} {
		want = append(want, f.addAuthenticator(sampleTOTP(f.user(name).ID)))
	}
	page := func(after model.AuthenticatorID, limit int) []model.Authenticator {
		return readValue(f, func(tx model.Reader) ([]model.Authenticator, error) {
			return tx.AuthenticatorsAfter(after, limit)
		})
	}
	f.wantEqual("first page", page(0, 2), want[:2])
	f.wantEqual("second page", page(want[1].ID, 2), want[2:])
}

func usedStep(f fixture) {
	u, other := f.user("ada"), f.user("bea")
	a := f.addAuthenticator(sampleTOTP(u.ID))
	use := func(user model.UserID, step int64) func(tx model.Writer) error {
		return func(tx model.Writer) error { return tx.UseStep(user, a.ID, step, sampleTime()) }
	}
	f.wantKind(f.failedUpdate(use(u.ID, 7)), fault.NotFound)
	f.wantKind(f.failedUpdate(use(other.ID, 8)), fault.NotFound)
	f.update(use(u.ID, 8))
	f.wantKind(f.failedUpdate(use(u.ID, 8)), fault.NotFound)
	a.LastStep, a.LastUsedAt = 8, sampleTime()
	f.wantEqual("used", f.authenticators(u.ID), []model.Authenticator{a})
}

func recoveryCodes(f fixture) {
	u, other := f.user("ada"), f.user("bea")
	read := func(user model.UserID) []model.RecoveryCode {
		return readValue(f, func(tx model.Reader) ([]model.RecoveryCode, error) { return tx.RecoveryCodes(user) })
	}
	code := func(user model.UserID, hash string) model.RecoveryCode {
		return model.RecoveryCode{User: user, Hash: []byte(hash), CreatedAt: sampleTime()}
	}
	put := func(user model.UserID, codes ...model.RecoveryCode) {
		f.update(func(tx model.Writer) error { return tx.PutRecoveryCodes(user, codes) })
	}
	use := func(user model.UserID, hash string) func(model.Writer) error {
		return func(tx model.Writer) error {
			return tx.UseRecoveryCode(user, []byte(hash), sampleTime().Add(time.Hour))
		}
	}
	put(other.ID, code(other.ID, "a"))
	put(u.ID, code(u.ID, "b"), code(u.ID, "a"))
	f.wantEqual("codes", read(u.ID), []model.RecoveryCode{code(u.ID, "a"), code(u.ID, "b")})
	f.update(use(u.ID, "b"))
	f.wantKind(f.failedUpdate(use(u.ID, "b")), fault.NotFound)
	f.wantKind(f.failedUpdate(use(other.ID, "b")), fault.NotFound)
	used := code(u.ID, "b")
	used.UsedAt = sampleTime().Add(time.Hour)
	f.wantEqual("used", read(u.ID), []model.RecoveryCode{code(u.ID, "a"), used})
	put(u.ID, code(u.ID, "c"))
	f.wantEqual("replaced", read(u.ID), []model.RecoveryCode{code(u.ID, "c")})
	put(u.ID)
	f.wantEqual("deleted", read(u.ID), []model.RecoveryCode{})
	f.wantEqual("of another user", read(other.ID), []model.RecoveryCode{code(other.ID, "a")})
}

func ceremonyRoundTrip(f fixture) {
	u := f.user("ada")
	mine := model.Ceremony{Kind: model.EnrolTOTP, User: u.ID, Sealed: []byte{0, 255}, ExpiresAt: sampleTime()}
	open := model.Ceremony{Kind: model.AssertPasskey, Sealed: []byte("s"), ExpiresAt: sampleTime()}
	f.update(func(tx model.Writer) error {
		if err := tx.AddCeremony(&mine, []byte{0}); err != nil {
			return err
		}
		return tx.AddCeremony(&open, []byte{1})
	})
	read := func(hash byte) func(tx model.Reader) (model.Ceremony, error) {
		return func(tx model.Reader) (model.Ceremony, error) { return tx.CeremonyByHash([]byte{hash}) }
	}
	f.wantEqual("of a user", readValue(f, read(0)), mine)
	f.wantEqual("of no user", readValue(f, read(1)), open)
	drop := func(tx model.Writer) error { return tx.DropCeremony(mine.ID) }
	f.update(drop)
	wantNotFound(f, "finished", read(0))
	f.wantKind(f.failedUpdate(drop), fault.NotFound)
	f.update(func(tx model.Writer) error { return tx.AddCeremony(&mine, []byte{2}) })
	other := model.Ceremony{Kind: model.EnrolTOTP, User: f.user("bea").ID, Sealed: []byte("s"), ExpiresAt: sampleTime()}
	f.update(func(tx model.Writer) error { return tx.AddCeremony(&other, []byte{3}) })
	f.update(func(tx model.Writer) error { return tx.DropCeremonies(u.ID) })
	wantNotFound(f, "dropped with all of its user", read(2))
	f.wantEqual("of another user", readValue(f, read(3)), other)
	f.wantEqual("of no user after that", readValue(f, read(1)), open)
}

func expiredCeremonies(f fixture) {
	for i := range 5 {
		end := sampleTime().Add(-time.Hour)
		if i == 0 {
			end = sampleTime()
		}
		c := model.Ceremony{Kind: model.AssertPasskey, Sealed: []byte("s"), ExpiresAt: end}
		f.update(func(tx model.Writer) error { return tx.AddCeremony(&c, []byte(fmt.Sprint(i))) })
	}
	for _, want := range []int{3, 1, 0} {
		f.update(func(tx model.Writer) error {
			n, err := tx.Expire(model.ExpiringCeremonies, sampleTime(), 3)
			f.wantEqual("expired", n, want)
			return err
		})
	}
}

func factorsOfDeletedUser(f fixture) {
	u := f.user("ada")
	f.addAuthenticator(samplePasskey(u.ID, "c1"))
	c := model.Ceremony{Kind: model.RegisterPasskey, User: u.ID, Sealed: []byte("s"), ExpiresAt: sampleTime()}
	f.update(func(tx model.Writer) error {
		if err := tx.PutRecoveryCodes(u.ID, []model.RecoveryCode{{User: u.ID, Hash: []byte("h"), CreatedAt: sampleTime()}}); err != nil {
			return err
		}
		return tx.AddCeremony(&c, []byte("h"))
	})
	f.update(func(tx model.Writer) error { return tx.DropUser(u.ID) })
	f.wantEqual("authenticators", f.authenticators(u.ID), []model.Authenticator{})
	f.wantEqual("recovery codes", readValue(f, func(tx model.Reader) ([]model.RecoveryCode, error) { return tx.RecoveryCodes(u.ID) }), []model.RecoveryCode{})
	wantNotFound(f, "ceremony", func(tx model.Reader) (model.Ceremony, error) { return tx.CeremonyByHash([]byte("h")) })
}

func sessionWithSecondFactor(f fixture) {
	u := f.user("ada")
	s := model.Session{User: u.ID, Kind: model.ConsoleLogin, CreatedAt: sampleTime(), ExpiresAt: sampleTime().Add(time.Hour), SecondFactorAt: sampleTime(), Exempt: true}
	f.update(func(tx model.Writer) error { return tx.AddSession(&s, []byte("h")) })
	read := func(tx model.Reader) (model.Session, error) { return tx.SessionByHash([]byte("h")) }
	f.wantEqual("session", readValue(f, read), s)
}

func organizationWithSecondFactor(f fixture) {
	u := f.user("ada")
	o := model.Organization{Name: "Acme", Slug: "acme", CreatedAt: sampleTime(), UpdatedAt: sampleTime()}
	f.update(func(tx model.Writer) error {
		if err := tx.AddOrganization(&o); err != nil {
			return err
		}
		return tx.PutMember(model.Member{Org: o.ID, User: u.ID, Role: model.RoleMember, Since: sampleTime()})
	})
	for _, required := range []bool{false, true, false} {
		o.RequireSecondFactor = required
		f.update(func(tx model.Writer) error { return tx.ChangeOrganization(o) })
		f.wantEqual("organization", readValue(f, func(tx model.Reader) (model.Organization, error) { return tx.Organization(o.ID) }), o)
		all := readValue(f, func(tx model.Reader) ([]model.Membership, error) { return tx.Memberships(u.ID) })
		f.wantEqual("in a membership", all[0].Organization, o)
	}
}
