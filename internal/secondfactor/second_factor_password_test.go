package secondfactor_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
)

// The current password of an account with a second factor does not replace a recent authentication with it.
func TestPasswordAloneChangesNothingOfAnAccountWithASecondFactor(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Reauthenticate = 15 * time.Minute })
	ada := h.AddUser("ada", in(h.Home.ID, model.RoleMember))
	h.AddUser("root", admin)
	app, added := h.AddApp(h.SessionOf("ada"))
	session := h.ActorWith(added.Session)
	root := h.SessionOf("root")
	h.Clock.Advance(time.Hour)
	changes := func(actor model.Actor) map[string]error {
		next := secret.Text("mallory was here")
		return map[string]error{
			"address":             none(h.ChangeMe(t.Context(), actor, directory.SelfChange{Email: ref("thief@example.net"), CurrentPassword: password("ada")})),
			"password of a form":  h.ChangePassword(t.Context(), actor, password("ada"), next),
			"password of a patch": none(h.ChangeMe(t.Context(), actor, directory.SelfChange{Password: &next, CurrentPassword: password("ada")})),
		}
	}
	for name, actor := range map[string]model.Actor{"session": session, "exchanged session": h.switched(session)} {
		for change, err := range changes(actor) {
			if !fault.Has(err, "reauthentication", fault.Required) {
				t.Errorf("%s by an old %s: %v", change, name, err)
			}
		}
	}
	for change, err := range changes(h.tokenFor(ada)) {
		if fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s by a token that expires: %v", change, err)
		}
	}
	key := must(t, func() (secret.Text, error) { return h.RotateAPIKeyOf(t.Context(), operator(), ada.ID) })
	err := h.ChangePassword(t.Context(), h.ActorWith(key), password("ada"), "mallory was here")
	wantFault(t, err, "session", fault.Required)
	err = none(h.ChangeUser(t.Context(), root, ada.ID, directory.UserChange{Email: ref("thief@example.net"), CurrentPassword: password("ada")}))
	wantFault(t, err, "reauthentication", fault.Required) // of an administrator that knows the password of the user
	session = h.reauthenticated(session, password("ada"), code(app.Code(0)))
	h.Must(h.ChangePassword(t.Context(), session, password("ada"), "a new long phrase"))
}

func TestAccountWithoutASecondFactorChangesItsPasswordByAnOldSession(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Reauthenticate = 15 * time.Minute })
	h.AddUser("ada")
	session := h.SessionOf("ada")
	h.Clock.Advance(time.Hour)
	h.Must(h.ChangePassword(t.Context(), session, password("ada"), "a new long phrase"))
}

// A user that must have a second factor gets no API key before adding one.
func TestAcceptedInvitationHasNoAPIKeyWhereASecondFactorIsRequired(t *testing.T) {
	t.Parallel()
	for policy, want := range map[secondfactor.Policy]bool{secondfactor.ForEveryone: false, secondfactor.ForAdmins: true, secondfactor.Optional: true} {
		h := newFixture(t, func(o *directory.Options) { o.RequireSecondFactor = policy })
		h.AddUser("root", admin)
		_, token := h.invite("ada@example.org", true, model.RoleMember)
		_, key, err := h.AcceptInvitation(t.Context(), caller(model.Native), token, invitation.Acceptance{Username: "ada", Password: "some long phrase"})
		h.Must(err)
		if got := key != ""; got != want {
			t.Errorf("%s: got a key %v", policy, got)
		}
	}
}

func TestAcceptedInvitationHasNoAPIKeyWhereTheOrganizationRequiresASecondFactor(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.Must(none(h.RequireSecondFactorIn(t.Context(), operator(), h.Home.ID, true)))
	_, token := h.invite("ada@example.org", true, model.RoleMember)
	_, key, err := h.AcceptInvitation(t.Context(), caller(model.Native), token, invitation.Acceptance{Username: "ada", Password: "some long phrase"})
	h.Must(err)
	if key != "" {
		t.Error("got a key")
	}
}

// A session that was left open neither ends its account nor downloads all of its data.
func TestOldSessionNeitherEndsItsAccountNorExportsIt(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Reauthenticate = 15 * time.Minute })
	ada := h.AddUser("ada")
	h.AddUser("root", admin)
	root, other := h.AddUser("second", admin), h.SessionOf("root")
	session, rootSession := h.SessionOf("ada"), h.SessionOf("second")
	h.Clock.Advance(time.Hour)
	for name, err := range map[string]error{
		"deactivate":             none(h.DeactivateUser(t.Context(), session, ada.ID)),
		"export":                 none(h.PersonalData(t.Context(), session, ada.ID)),
		"export of another user": none(h.PersonalData(t.Context(), other, ada.ID)),
		"block":                  none(h.BlockUser(t.Context(), rootSession, root.ID)),
		"delete":                 none(h.DeleteUser(t.Context(), rootSession, root.ID)),
		"deny":                   none(h.DenyUntilRestart(t.Context(), rootSession, root.ID)),
	} {
		if !fault.Has(err, "reauthentication", fault.Required) {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.Must(none(h.BlockUser(t.Context(), other, h.AddUser("eve").ID)))
	h.Must(none(h.PersonalData(t.Context(), h.Actor(ada), ada.ID)))
	h.Must(none(h.DeactivateUser(t.Context(), h.Actor(ada), ada.ID)))
}
