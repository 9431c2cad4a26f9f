package audit_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/audit"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// rewrite changes an event and recomputes the chain, as an attacker with the database can.
func (h *fixture) rewrite(id model.EventID, key []byte) {
	h.T.Helper()
	events := h.AllEvents()
	previous := events[0].Previous
	for _, e := range events {
		if e.ID == id {
			e.Address = "198.51.100.1"
		}
		e.Previous = previous
		if e.ID >= id {
			e.Hash = e.Sum(key)
		}
		previous = e.Hash
		h.raw(`UPDATE events SET address = '` + e.Address + `', previous = x'` + hex.EncodeToString(e.Previous) +
			`', hash = x'` + hex.EncodeToString(e.Hash) + `' WHERE id = ` + fmt.Sprint(e.ID))
	}
	h.raw(`UPDATE event_head SET last_hash = x'` + hex.EncodeToString(previous) + `'`)
}

func TestChainCannotBeComputedAnewWithoutTheKey(t *testing.T) {
	t.Parallel()
	guesses := map[string][]byte{"without a key": nil, "with another key": make([]byte, 32), "with an empty one": {}}
	for name, key := range guesses {
		h := newFixture(t)
		h.AddUser("ada")
		h.rewrite(3, key)
		_, err := h.VerifyChain(t.Context(), operator())
		if err == nil || !strings.Contains(err.Error(), "event 3 was changed") {
			t.Errorf("%s: got %v, want event 3 to be named", name, err)
		}
	}
	h := newFixture(t)
	h.AddUser("ada")
	var key []byte
	h.Must(h.Store.Read(t.Context(), func(tx model.Reader) error { key = h.chainKey(tx); return nil }))
	h.rewrite(3, key)
	must(t, func() (audit.ChainReport, error) { return h.VerifyChain(t.Context(), operator()) }) // the chain is computed correctly
}

func TestRemovedKeyOfTheChainIsDetected(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"its number":        `UPDATE event_head SET epoch = 0`,
		"another number":    `UPDATE event_head SET epoch = 7`,
		"the sealed key":    `UPDATE key_check SET sealed = zeroblob(80)`,
		"all that it seals": `DELETE FROM key_check`,
	} {
		h := newFixture(t)
		h.AddUser("ada")
		h.raw(statement)
		if _, err := h.VerifyChain(t.Context(), operator()); err == nil {
			t.Errorf("%s: nothing was noticed", name)
		}
		if name == "its number" {
			wantKind(t, h.Prepare(t.Context(), operator(), "Home"), fault.Conflict)
		}
	}
}

func TestRowsWithoutAnEventAreFound(t *testing.T) {
	t.Parallel()
	for statement, says := range map[string]string{
		`INSERT INTO users SELECT 4711, 'x', 'x', 'x', name, name_key, given_name, family_name, state, 1, bio, skype, linkedin, twitter,
			website_url, company, time_zone, theme_id, color_scheme_id, projects_limit, can_create_group, password_hash, password_version,
			created_at, updated_at, activated_at, last_activity, deactivated, service, 'x', '', '' FROM users LIMIT 1`: "user 4711 is there although no event",
		`INSERT INTO access_tokens (id, user_id, hash, name, scopes, created_at, expires_at, revoked_at, last_used_at)
			SELECT 4711, id, 'x', 'x', 'api', created_at, 0, 0, 0 FROM users LIMIT 1`: "token 4711 is there although no event",
	} {
		h := newFixture(t)
		h.AddUser("ada")
		h.Must(h.CheckRecorded(t.Context(), operator()))
		h.raw(statement)
		err := h.CheckRecorded(t.Context(), operator())
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}

func TestUsersWithoutAnyEventAreFound(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	h.raw(`DELETE FROM events`)
	h.raw(`UPDATE event_head SET last_id = 0, last_hash = zeroblob(32)`)
	if n := must(t, func() (audit.ChainReport, error) { return h.VerifyChain(t.Context(), operator()) }).Events; n != 0 {
		t.Fatalf("%d events are left", n)
	}
	err := h.CheckRecorded(t.Context(), operator())
	if err == nil || !strings.Contains(err.Error(), "although no event says that it was created") {
		t.Errorf("got %v, want the user without an event", err)
	}
}

// The chain of an earlier version has no key. It is verified without one up to the event that adds the key.
func TestFormerChainIsVerifiedAndContinuedWithAKey(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	h.former()
	must(t, func() (audit.ChainReport, error) { return h.VerifyChain(t.Context(), operator()) })
	h.Must(h.Prepare(t.Context(), operator(), "Home"))
	events := h.AllEvents()
	mark := events[len(events)-1]
	if mark.Verb != model.EventsKey || mark.TargetID != int64(mark.ID) {
		t.Errorf("the last event is %s of %d, want the mark", mark.Verb, mark.TargetID)
	}
	h.AddUser("eve")
	must(t, func() (audit.ChainReport, error) { return h.VerifyChain(t.Context(), operator()) })
	h.Must(h.Prepare(t.Context(), operator(), "Home"))
	if again := h.AllEvents(); again[len(again)-1].Verb == model.EventsKey {
		t.Error("the second start marked it once more")
	}
	h.rewrite(2, nil)
	if _, err := h.VerifyChain(t.Context(), operator()); err == nil {
		t.Error("the part without a key was computed anew, and the part behind it did not show that")
	}
}

// former removes the key from the chain.
func (h *fixture) former() {
	h.T.Helper()
	h.rewrite(1, nil)
	h.raw(`UPDATE event_head SET epoch = 0`)
	h.raw(`DELETE FROM installation`)
	h.raw(`DELETE FROM key_check`)
}

func TestChainIsVerifiedAfterAKeyRotation(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	for range 2 {
		h.Must(h.Keyring.Rotate(h.KeyFile))
		must(t, func() (int, error) { return h.Rekey(t.Context(), operator(), func(int) {}) })
		h.Must(h.Keyring.Retire(h.KeyFile))
		h.AddUser("eve" + fmt.Sprint(len(h.AllEvents())))
		must(t, func() (audit.ChainReport, error) { return h.VerifyChain(t.Context(), operator()) })
	}
	report := must(t, func() (audit.ChainReport, error) { return h.VerifyChain(t.Context(), operator()) })
	if report.Unproven != 0 {
		t.Errorf("%d events were not proven", report.Unproven)
	}
}

func TestChainContinuesAfterItsKeyWasLost(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	before := len(h.AllEvents())
	h.Must(h.Keyring.Rotate(h.KeyFile))
	h.Must(h.Keyring.Retire(h.KeyFile)) // nothing was encrypted with the new key: the old one is lost
	if _, err := h.VerifyChain(t.Context(), operator()); err == nil {
		t.Error("the chain was verified without its key")
	}
	must(t, func() (int, error) { return h.DropLostKeys(t.Context(), operator()) })
	h.AddUser("eve")
	report := must(t, func() (audit.ChainReport, error) { return h.VerifyChain(t.Context(), operator()) })
	if report.Unproven != before || report.Events != len(h.AllEvents()) {
		t.Errorf("got %+v, want %d unproven of %d", report, before, len(h.AllEvents()))
	}
	h.raw(`DELETE FROM events WHERE id = 2`)
	if _, err := h.VerifyChain(t.Context(), operator()); err == nil {
		t.Error("a missing event was not noticed in the part without a key")
	}
}

func TestAnchorShowsWhatADatabaseHasLost(t *testing.T) {
	t.Parallel()
	anchor := func(h *fixture) audit.Anchor {
		return must(h.T, func() (audit.Anchor, error) { return h.Anchor(h.T.Context(), operator()) })
	}
	for name, c := range map[string]struct {
		lose func(h *fixture)
		says string
	}{
		"the last event": {func(h *fixture) {
			h.raw(`DELETE FROM events WHERE id = (SELECT max(id) FROM events)`)
			h.raw(`UPDATE event_head SET last_id = (SELECT max(id) FROM events), last_hash = (SELECT hash FROM events ORDER BY id DESC LIMIT 1)`)
		}, " is lost: the newest event of the database is"},
		"several events": {func(h *fixture) {
			h.raw(`DELETE FROM events WHERE id > 1`)
			h.raw(`UPDATE event_head SET last_id = 1, last_hash = (SELECT hash FROM events WHERE id = 1)`)
		}, "events 2 to "},
		"another history": {func(h *fixture) { h.rewrite(2, nil) }, "is another one than was acknowledged"},
		"another database": {func(h *fixture) {
			h.raw(`UPDATE installation SET uid = 'other'`)
		}, "the database is another one than the anchor names"},
		"a former version": {func(h *fixture) { h.raw(`DELETE FROM installation`) }, "the database is older than the anchor"},
	} {
		h := newFixture(t)
		h.AddUser("ada")
		a := anchor(h)
		h.Must(h.CheckAnchor(t.Context(), operator(), a))
		c.lose(h)
		err := h.CheckAnchor(t.Context(), operator(), a)
		if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want %q", name, err, c.says)
		}
	}
}

func TestAnchorMayBeOlderThanTheRetention(t *testing.T) {
	t.Parallel()
	h := newFixture(t, keeping(24*time.Hour))
	a := must(t, func() (audit.Anchor, error) { return h.Anchor(t.Context(), operator()) })
	h.AddUser("ada")
	h.Must(h.CheckAnchor(t.Context(), operator(), a))
	h.Clock.Advance(96 * time.Hour)
	h.tend()
	h.Must(h.CheckAnchor(t.Context(), operator(), a))
}

func TestAcceptedLossOfEventsIsAnEvent(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.Must(h.AcceptCut(t.Context(), operator(), audit.Anchor{Installation: "x", Head: model.EventHead{ID: 4711}}))
	events := h.AllEvents()
	last := events[len(events)-1]
	if last.Verb != model.EventsCut || last.TargetID != 4711 || !strings.Contains(last.Detail, "the anchor named event 4711") {
		t.Errorf("got %+v", last)
	}
	wantKind(t, h.AcceptCut(t.Context(), h.Actor(h.AddUser("root", admin)), audit.Anchor{}), fault.Forbidden)
}
