package directory_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/mailqueue"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// Time limits after the clock was set back by an hour. Each case begins something that lasts for length, and
// returns a function that reports whether it still does.
func TestTimeLimitsHoldAfterTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	const step = time.Hour
	for name, c := range map[string]struct {
		length time.Duration
		begin  func(h *fixture) (lasts func() bool)
	}{
		"a lock after failed logins": {10 * time.Minute, func(h *fixture) func() bool {
			h.AddUser("ada")
			h.guess("ada", "192.0.2.1", 12)
			return func() bool { return fault.KindOf(h.right("ada", "192.0.2.1")) == fault.Limited }
		}},
		"the lease of an email": {3 * time.Minute, func(h *fixture) func() bool {
			h.AddUser("boss", admin)
			h.inviteWithoutReading("guest@x.example")
			queue := directory.NewMailQueue(h.Directory)
			claimed := func() int {
				return len(must(h.T, func() ([]mailqueue.Email, error) { return queue.Lease(h.T.Context(), 9, 3*time.Minute) }))
			}
			if claimed() != 1 {
				h.T.Fatal("the email is not due at once")
			}
			return func() bool { return claimed() == 0 }
		}},
		"an invitation": {time.Hour, func(h *fixture) func() bool {
			h.AddUser("boss", admin)
			_, token := h.invite("guest@x.example", false, 0)
			return func() bool {
				return none(h.InvitationByToken(h.T.Context(), model.AnonymousActor(model.Native, "192.0.2.1", ""), token)) == nil
			}
		}},
		"a reserved name": {time.Hour, func(h *fixture) func() bool {
			deleted := h.AddUser("grace")
			h.Must(none(h.DeleteUser(h.T.Context(), operator(), deleted.ID)))
			return func() bool {
				return none(h.CreateUser(h.T.Context(), operator(), directory.NewUser{Username: "grace"})) != nil
			}
		}},
		"a session": {14 * 24 * time.Hour, func(h *fixture) func() bool {
			h.AddUser("ada")
			text, err := h.AddSession("ada", model.ConsoleLogin)
			h.Must(err)
			return func() bool { return h.IsValid(text) }
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now, pass, set := handClock()
			h := newFixture(t, func(o *directory.Options) {
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

// handClock returns a steady clock, what moves both of its clocks, and what moves the wall clock alone.
func handClock() (now func() time.Time, pass, set func(time.Duration)) {
	wall, running := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), time.Duration(0)
	now = operation.SteadyClockOf(func() time.Time { return wall }, func() time.Duration { return running })
	pass = func(d time.Duration) { wall, running = wall.Add(d), running+d }
	set = func(by time.Duration) { wall = wall.Add(by) }
	return now, pass, set
}

// inviteWithoutReading leaves the email in the queue.
func (h *fixture) inviteWithoutReading(to string) {
	h.T.Helper()
	h.Must(none(h.Invite(h.T.Context(), operator(), invitation.NewInvitation{Org: h.Home.ID, Email: to})))
}

// Emails that were queued before the clock was set back are not delayed.
func TestAnEmailIsDueAfterTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	now, _, set := handClock()
	h := newFixture(t, func(o *directory.Options) { o.Now = now })
	h.AddUser("boss", admin)
	h.inviteWithoutReading("guest@x.example")
	set(-time.Hour)
	queue := directory.NewMailQueue(h.Directory)
	due := must(t, func() ([]mailqueue.Email, error) { return queue.Lease(t.Context(), 9, time.Minute) })
	if len(due) != 1 {
		t.Errorf("%d emails are due, want 1", len(due))
	}
}

// A password check in the future was recorded with a wrong clock.
func TestPasswordCheckInTheFutureIsNotRecent(t *testing.T) {
	t.Parallel()
	h := withReauthentication(t)
	h.AddUser("ada")
	text, err := h.AddSession("ada", model.WekanLogin)
	h.Must(err)
	h.Must(none(h.RotateAPIKey(t.Context(), h.ActorWith(text))))
	h.Clock.Advance(-time.Hour) // as after a restart with a clock that was set back
	wantFault(t, none(h.RotateAPIKey(t.Context(), h.ActorWith(text))), "reauthentication", fault.Required)
}
