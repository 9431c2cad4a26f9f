package loginlimit_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// Blocked accounts and names without an account are counted as other accounts are. Otherwise the
// limit would reveal which accounts exist.
func TestGuessesAreLimitedForEveryKindOfAccount(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, form string
		tries, may int
	}{
		{"one address", "192.0.2.1", 12, 10},
		{"addresses of one /24", "192.0.2.%d", 30, 20},
		{"addresses of one /48", "2001:db8:7:%d::1", 30, 20},
		{"networks anywhere", "192.0.%d.1", 60, 50},
	} {
		for _, kind := range []string{"ada", "bare", "out", "nobody"} {
			t.Run(c.name+" against "+kind, func(t *testing.T) {
				t.Parallel()
				h := newFixture(t, func(o *directory.Options) { o.Login.AddressFailures = 1000 })
				h.AddUser("ada")
				h.AddUser("bare", func(n *directory.NewUser) { n.Password = "" })
				_, err := h.BlockUser(t.Context(), operator(), h.AddUser("out").ID)
				h.Must(err)
				if lineSeq := h.guess(kind, c.form, c.tries); lineSeq != c.may {
					t.Errorf("%d tries got the response to a wrong password, want %d", lineSeq, c.may)
				}
			})
		}
	}
}

func TestAttackerCannotLockOutTheOwner(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	h.Must(h.right("ada", "198.51.100.7"))
	for range 5 { // of ten minutes
		h.guess("ada", "192.0.%d.1", 60)
		h.Must(h.right("ada", "198.51.100.7"))
		h.Clock.Advance(11 * time.Minute)
	}
	wantLimited(t, h.right("ada", "203.0.113.1"), day-55*time.Minute)
	h.Must(h.right("ada", "198.51.100.7"))
}

// An attacker with many networks, which waits for the end of each lock, can try 100 passwords a day, as
// documented in docs/operations.md.
func TestDistributedGuessingIsLimitedToAHundredADay(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"ada", "nobody"} {
		h := newFixture(t, func(o *directory.Options) { o.Login.AddressFailures = 1000 })
		h.AddUser("ada")
		lineSeq := 0
		for range 6 {
			lineSeq += h.guess(name, "192.0.%d.1", 55)
			h.Clock.Advance(11 * time.Minute)
		}
		if lineSeq != 100 {
			t.Errorf("%s: %d", name, lineSeq)
		}
	}
}

// One attacker cannot exhaust the attempts of unknown networks.
func TestOneWideNetworkDoesNotLockTheAccountForOthers(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Login.AddressFailures = 1000 })
	h.AddUser("ada")
	lineSeq := 0
	for range 8 {
		lineSeq += h.guess("ada", "2001:db8:7:%d::1", 30)
		h.Clock.Advance(11 * time.Minute)
	}
	if lineSeq != 40 {
		t.Errorf("the network was told %d times", lineSeq)
	}
	h.Must(h.right("ada", "198.51.100.7"))
}

// While unknown networks are rejected, responses reveal neither known networks nor accounts.
func TestSilentlyLockedLoginsHaveTheSameError(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	h.AddUser("bea")
	h.Must(h.right("ada", "198.51.100.7"))
	want := map[string]error{}
	var spent []map[string]int
	for _, name := range []string{"ada", "bea", "nobody"} {
		h.guess(name, "192.0.%d.1", 55)
		before := h.Hasher.Work()
		err := h.from("198.51.100.7", login.Attempt{Name: name, Password: "guess"})
		wantLimited(t, err, 10*time.Minute)
		want[name] = err
		after := h.Hasher.Work()
		for scheme := range after {
			after[scheme] -= before[scheme]
		}
		spent = append(spent, after)
	}
	if want["ada"].Error() != want["nobody"].Error() || want["bea"].Error() != want["nobody"].Error() {
		t.Errorf("answered %v", want)
	}
	if diff := cmp.Diff(spent[0], spent[1]) + cmp.Diff(spent[0], spent[2]); diff != "" {
		t.Error(diff)
	}
	wantLimited(t, h.right("bea", "198.51.100.7"), 10*time.Minute)
	h.Must(h.right("ada", "198.51.100.7"))
}

func TestSuccessfulLoginsAreLimitedByAccountAndAddress(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Login.AccountLogins, o.Login.AddressLogins = 3, 5 })
	h.AddUser("ada")
	h.AddUser("bea")
	for i := range 3 {
		h.Must(h.right("ada", fmt.Sprintf("192.0.2.%d", i)))
	}
	wantLimited(t, h.right("ada", "198.51.100.1"), time.Minute)
	for range 3 {
		h.Must(h.right("bea", "192.0.2.99"))
	}
	wantLimited(t, h.right("bea", "192.0.2.99"), time.Minute)
	h.Clock.Advance(time.Minute + time.Microsecond)
	for range 3 {
		h.Must(h.right("ada", "203.0.113.9"))
		h.Clock.Advance(30 * time.Second)
	}
}

func TestSuccessfulLoginsCanBeUnlimited(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Login.AccountLogins, o.Login.AddressLogins = -1, -1 })
	h.AddUser("ada")
	for range 70 {
		h.Must(h.right("ada", "192.0.2.1"))
	}
}

func TestPasswordResetByEmailEndsLocks(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	link := h.requestReset(address("ada"))
	h.guess("ada", "192.0.%d.1", 55)
	wantLimited(t, h.right("ada", "198.51.100.7"), 10*time.Minute)
	h.Must(h.resetPassword(link, password("ada")))
	h.Must(h.right("ada", "198.51.100.7"))
}

func TestUnlockResetsAllCountersOfAnAccount(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada")
	h.guess("ada", "192.0.%d.1", 55)
	result := must(t, func() (directory.UnlockResult, error) { return h.Unlock(t.Context(), operator(), ada.ID, "") })
	if result.Failures != 55 || !result.Locked {
		t.Errorf("got %+v", result)
	}
	h.Must(h.right("ada", "198.51.100.7"))
}

// An entered name may be a password.
func TestEnteredNamesAreNotStored(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	wantKind(t, h.from("192.0.2.1", login.Attempt{Name: "hunter2hunter2", Password: "x"}), fault.Unauthenticated)
	h.Must(h.Store.Read(t.Context(), func(tx model.Reader) error {
		found, err := tx.ThrottlesUnder("name:")
		for _, f := range found {
			if len(f.Key) > len("name:00000:near:00000:day") {
				t.Errorf("the key %q is longer than a bucket", f.Key)
			}
		}
		if len(found) == 0 {
			t.Error("nothing was counted")
		}
		return err
	}))
}

func (h *fixture) failures() (found []model.Event) {
	for _, e := range h.AllEvents() {
		if e.Verb == model.SessionFail {
			found = append(found, e)
		}
	}
	return found
}

func TestFailedLoginsAreEvents(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada")
	bare := h.AddUser("bare", func(n *directory.NewUser) { n.Password = "" })
	out := h.AddUser("out")
	_, err := h.BlockUser(t.Context(), operator(), out.ID)
	h.Must(err)
	for _, c := range []struct {
		name   string
		user   model.UserID
		reason string
	}{
		{"ada", ada.ID, "wrong password"}, {"nobody", 0, "unknown user"}, {"bare", bare.ID, "no password"}, {"out", out.ID, "wrong password"},
	} {
		before := len(h.failures())
		h.guess(c.name, "198.51.100.1", 12)
		got := h.failures()[before:]
		if len(got) != 2 || got[0].Detail != c.reason || got[1].Detail != c.reason+"; failure 10, locked" {
			t.Fatalf("%s: got %+v", c.name, got)
		}
		if e := got[0]; e.User != c.user || e.Actor != 0 || e.Address != "198.51.100.1" || e.API != model.PM415 || e.Target != "session" {
			t.Errorf("%s: got %+v", c.name, e)
		}
	}
	if report, err := h.VerifyChain(t.Context(), operator()); err != nil || report.Events == 0 {
		t.Errorf("%+v: %v", report, err)
	}
}

func TestFailedLoginsRecordFewEvents(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Login.AddressFailures = 1000 })
	h.AddUser("ada")
	h.guess("ada", "192.0.%d.1", 60)
	if n := len(h.failures()); n != 20 {
		t.Errorf("%d events of one account", n)
	}
	for i := range 40 {
		h.guess(fmt.Sprint("nobody", i), "203.0.113.1", 1)
	}
	if n := len(h.failures()); n != 40 {
		t.Errorf("%d events after a flood from one address", n)
	}
}

func TestImportedHashesHaveTheSameCost(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	bea := h.AddUser("bea")
	const bcrypt = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"
	h.Must(h.Store.Update(t.Context(), func(tx model.Writer) error { return tx.PutPassword(bea.ID, bcrypt) }))
	h.Must(h.RunMaintenance(t.Context(), operator()))
	work := func(name string) map[string]int {
		before := h.Hasher.Work()
		h.guess(name, "192.0.2.1", 1)
		after := h.Hasher.Work()
		for scheme := range after {
			after[scheme] -= before[scheme]
		}
		return after
	}
	want := work("nobody")
	if want["bcrypt 04"] != 1 {
		t.Errorf("a name without an account costs %v", want)
	}
	for _, name := range []string{"ada", "bea"} {
		if diff := cmp.Diff(want, work(name)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	h.Must(h.from("192.0.2.1", login.Attempt{Name: "bea", Password: secret.Text("correct horse")}))
	h.Clock.Advance(time.Hour)
	h.Must(h.RunMaintenance(t.Context(), operator()))
	if got := work("nobody"); got["bcrypt 04"] != 0 {
		t.Errorf("after the last such user logged in: %v", got)
	}
}

// alternate logs in with a wrong password and each of the names in turn.
func (h *fixture) alternate(form string, times int, names ...string) (lineSeq int) {
	h.T.Helper()
	for i := range times {
		lineSeq += h.guess(names[i%len(names)], strings.Replace(form, "%d", fmt.Sprint(i), 1), 1)
	}
	return lineSeq
}

// Ten attempts with one name, then one with each other name: the response is the same if the other name
// belongs to the same account, to another one, or to none.
func TestLockDoesNotRevealNamesOfOneAccount(t *testing.T) {
	t.Parallel()
	for form, tries := range map[string]int{"192.0.2.1": 10, "192.0.2.%d": 20, "192.0.%d.1": 50} {
		for _, first := range []string{"ada", "ada@example.org", "ada@example.net", "nobody"} {
			h := newFixture(t, func(o *directory.Options) { o.Login.AddressFailures = 1000 })
			ada := h.AddUser("ada")
			h.Must(none(h.AddEmail(t.Context(), operator(), ada.ID, "ada@example.net")))
			h.AddUser("ben")
			h.guess(first, form, tries)
			wantLimited(t, h.from("192.0.2.1", login.Attempt{Name: first, Password: "guess"}), 10*time.Minute)
			var work []map[string]int
			for _, other := range []string{"ada", "ada@example.org", "ada@example.net", "ben", "nobody", "nobody@example.org"} {
				if other == first {
					continue
				}
				before := h.Hasher.Work()
				err := h.from("192.0.2.1", login.Attempt{Name: other, Password: "guess"})
				if fault.KindOf(err) != fault.Unauthenticated || err.Error() != "name or password are wrong" {
					t.Errorf("%s after %s from %s: %v", other, first, form, err)
				}
				after := h.Hasher.Work()
				for scheme := range after {
					after[scheme] -= before[scheme]
				}
				work = append(work, after)
			}
			for _, w := range work {
				if diff := cmp.Diff(work[0], w); diff != "" {
					t.Error(diff)
				}
			}
		}
	}
}

// Alternating the names of one account allows no more guesses than one name.
func TestAlternatingNamesGetNoMoreGuesses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, form string
		tries      int
	}{
		{"one address", "192.0.2.1", 10},
		{"addresses of one /24", "192.0.2.%d", 20},
		{"addresses of one /48", "2001:db8:7:%d::1", 20},
		{"networks anywhere", "192.0.%d.1", 50},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t, func(o *directory.Options) { o.Login.AddressFailures = 1000 })
			h.AddUser("ada")
			h.Must(h.right("ada", "198.51.100.7"))
			h.alternate(c.form, c.tries-1, "ada", "ada@example.org")
			h.alternate(c.form, 1, "ADA@example.org")
			last := strings.Replace(c.form, "%d", fmt.Sprint(c.tries), 1)
			for _, name := range []string{"ada", "ada@example.org"} {
				err := h.from(last, login.Attempt{Name: name, Password: password("ada")})
				if !fault.Has(err, "password", fault.WrongPassword) {
					t.Errorf("%s: the right password was answered %v", name, err)
				}
			}
			h.Must(h.right("ada", "198.51.100.7"))
			h.Clock.Advance(11 * time.Minute)
			h.Must(h.from(last, login.Attempt{Name: "ada@example.org", Password: password("ada")}))
		})
	}
}

// An inactive account that is locked looks like a wrong password, with the right one too.
func TestSilentLockHidesInactiveAccounts(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	_, err := h.BlockUser(t.Context(), operator(), h.AddUser("out").ID)
	h.Must(err)
	h.guess("out", "192.0.2.1", 10)
	err = h.from("192.0.2.1", login.Attempt{Email: address("out"), Password: password("out")})
	if !fault.Has(err, "password", fault.WrongPassword) {
		t.Errorf("got %v", err)
	}
}

// Only a caller with the right password sees how often an account logs in.
func TestLoginLimitIsShownOnlyWithThePassword(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Login.AccountLogins = 3 })
	h.AddUser("ada")
	for range 3 {
		h.Must(h.right("ada", "198.51.100.7"))
	}
	wantLimited(t, h.right("ada", "198.51.100.7"), time.Minute)
	for _, name := range []string{"ada", "ada@example.org", "nobody"} {
		wantKind(t, h.from("192.0.2.1", login.Attempt{Name: name, Password: "guess"}), fault.Unauthenticated)
	}
}

// A reauthentication in a session reports the lock, because the account is known.
func TestLockIsReportedToTheUser(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada")
	h.guess("ada", "192.0.2.1", 10)
	wantLimited(t, h.from("192.0.2.1", login.Attempt{ID: ada.ID, Password: password("ada")}), 10*time.Minute)
}

func TestLinkUnlocksTheAccountForItsNetwork(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	link := h.requestReset(address("ada"))
	mine := "192.0.2.7" // of caller
	h.guess("ada", mine, 10)
	h.guess(address("ada"), mine, 10)
	h.Must(h.resetPassword(link, password("ada")))
	for _, name := range []string{"ada", address("ada")} {
		h.Must(h.from(mine, login.Attempt{Name: name, Password: password("ada")}))
	}
}
