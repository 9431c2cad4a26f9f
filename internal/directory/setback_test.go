package directory_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/directory"
)

// What is bounded by time, at a clock that was set back by an hour. Each begins something
// that lasts for length, and returns whether it still does.
func TestAClockThatIsSetBackEndsNothingEarlyAndHoldsNothingForLong(t *testing.T) {
	t.Parallel()
	const step = time.Hour
	for name, c := range map[string]struct {
		length time.Duration
		begin  func(h *house) (lasts func() bool)
	}{
		"a lock after failed logins": {10 * time.Minute, func(h *house) func() bool {
			h.person("ada")
			h.guess("ada", "192.0.2.1", 12)
			return func() bool { return directory.KindOf(h.right("ada", "192.0.2.1")) == directory.Limited }
		}},
		"the lease of an email": {3 * time.Minute, func(h *house) func() bool {
			h.person("boss", admin)
			h.inviteUnread("guest@x.example")
			queue := directory.NewMailQueue(h.Directory)
			claimed := func() int {
				return len(need(h.t, func() ([]directory.QueuedMail, error) { return queue.Claim(h.t.Context(), 9, 3*time.Minute) }))
			}
			if claimed() != 1 {
				h.t.Fatal("the email is not due at once")
			}
			return func() bool { return claimed() == 0 }
		}},
		"an invitation": {time.Hour, func(h *house) func() bool {
			h.person("boss", admin)
			_, token := h.invite("guest@x.example", false, 0)
			return func() bool {
				return none(h.InvitationByToken(h.t.Context(), directory.Caller(directory.Native, "192.0.2.1", ""), token)) == nil
			}
		}},
		"a reserved name": {time.Hour, func(h *house) func() bool {
			gone := h.person("grace")
			h.must(none(h.DeleteUser(h.t.Context(), operator(), gone.ID)))
			return func() bool {
				return none(h.CreateUser(h.t.Context(), operator(), directory.NewUser{Username: "grace"})) != nil
			}
		}},
		"a session": {14 * 24 * time.Hour, func(h *house) func() bool {
			h.person("ada")
			text, err := h.login("ada", directory.ConsoleLogin)
			h.must(err)
			return func() bool { return h.lives(text) }
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now, pass, set := directory.ClockOfHands()
			h := open(t, func(o *directory.Options) {
				o.Now, o.ReserveNames, o.Lifetimes.Invitation = now, time.Hour, time.Hour
			})
			lasts := c.begin(h)
			set(-step)
			pass(c.length - time.Second)
			if !lasts() {
				t.Errorf("it ended before its length of %s", c.length)
			}
			pass(step + 2*time.Second)
			if lasts() {
				t.Errorf("it lasts longer than its length and the step of the clock")
			}
		})
	}
}

// inviteUnread leaves the email in the queue.
func (h *house) inviteUnread(to string) {
	h.t.Helper()
	h.must(none(h.Invite(h.t.Context(), operator(), directory.NewInvitation{Org: h.home.ID, Email: to})))
}

// What was queued before the clock was set back does not wait for it.
func TestAnEmailIsDueAfterTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	now, _, set := directory.ClockOfHands()
	h := open(t, func(o *directory.Options) { o.Now = now })
	h.person("boss", admin)
	h.inviteUnread("guest@x.example")
	set(-time.Hour)
	queue := directory.NewMailQueue(h.Directory)
	due := need(t, func() ([]directory.QueuedMail, error) { return queue.Claim(t.Context(), 9, time.Minute) })
	if len(due) != 1 {
		t.Errorf("%d emails are due, want 1", len(due))
	}
}

// A password that was shown at a time to come was shown while the clock was wrong.
func TestAPasswordShownInTheFutureIsNotRecent(t *testing.T) {
	t.Parallel()
	h := careful(t)
	h.person("ada")
	text, err := h.login("ada", directory.WekanLogin)
	h.must(err)
	h.must(none(h.NewAPIKey(t.Context(), h.enter(text))))
	h.clock.turn(-time.Hour) // as after a restart with a clock that was set back
	faulty(t, none(h.NewAPIKey(t.Context(), h.enter(text))), "reauthentication", directory.Required)
}
