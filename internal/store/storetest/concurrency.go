package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func concurrencyTests() []contractTest {
	return []contractTest{
		{"of two concurrent acceptances of an invitation, one succeeds", invitationAcceptedOnce},
		{"of two concurrent uses of a link, one succeeds", linkUsedOnce},
		{"of many concurrent inserts of a username, one succeeds", oneUsername},
		{"the writes of 64 concurrent writers are all stored", manyWriters},
		{"one writer's failure does not affect the others", failuresAmongWriters},
		{"a writer that is cancelled while it waits does not delay others", cancelledWriters},
		{"an email is claimed once by concurrent workers", claimedOnce},
		{"events have no gaps under concurrency", gaplessEvents},
		{"an update and its event become visible together", seenTogether},
		{"closing waits for writers", closingWaits},
	}
}

// concurrently runs fn n times at once and returns how often it succeeded. Errors that
// are not allowed fail the test.
func (f fixture) concurrently(n int, fn func(i int) error, allowed func(error) bool) int {
	f.Helper()
	var won atomic.Int64
	var group sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		group.Go(func() {
			<-start
			err := fn(i)
			switch {
			case err == nil:
				won.Add(1)
			case allowed == nil || !allowed(err):
				f.Errorf("number %d: %v", i, err)
			}
		})
	}
	close(start)
	group.Wait()
	return int(won.Load())
}

func isOwn(err error) bool { return errors.Is(err, errOwn) }

func (f fixture) write(fn func(tx model.Writer) error) error {
	return f.store.Update(context.Background(), fn)
}

func invitationAcceptedOnce(f fixture) {
	org := f.organization("Analytical Engines")
	i := model.Invitation{Org: org.ID, Role: model.RoleMember, Email: "ada@example.org", CreatedAt: sampleTime(), ExpiresAt: sampleTime()}
	f.update(func(tx model.Writer) error { return tx.AddInvitation(&i, []byte("hash")) })
	won := f.concurrently(2, func(n int) error {
		return f.write(func(tx model.Writer) error {
			found, err := tx.InvitationByHash([]byte("hash"))
			if err != nil {
				return err
			}
			if !found.AcceptedAt.IsZero() {
				return errOwn
			}
			u, err := addUser(tx, newUser(fmt.Sprint("taker", n)), fmt.Sprint(n, "@example.org"))
			if err != nil {
				return err
			}
			found.AcceptedAt, found.User = sampleTime(), u.ID
			return tx.ChangeInvitation(found)
		})
	}, isOwn)
	f.wantEqual("winners", won, 1)
	f.wantEqual("users", readValue(f, userPage).Total, 1)
}

func linkUsedOnce(f fixture) {
	l := model.Link{Purpose: model.Setup, CreatedAt: sampleTime(), ExpiresAt: sampleTime()}
	f.update(func(tx model.Writer) error { return tx.AddLink(&l, []byte("hash")) })
	won := f.concurrently(2, func(int) error {
		return f.write(func(tx model.Writer) error { return tx.UseLink(l.ID, sampleTime()) })
	}, func(err error) bool { return fault.KindOf(err) == fault.NotFound })
	f.wantEqual("winners", won, 1)
}

func oneUsername(f fixture) {
	won := f.concurrently(16, func(n int) error {
		return f.write(func(tx model.Writer) error {
			u := newUser(fmt.Sprint("uid", n))
			u.Username = []string{"Ada", "ada", "ADA"}[n%3]
			return tx.AddUser(&u)
		})
	}, func(err error) bool { return fault.Has(err, "username", fault.Taken) })
	f.wantEqual("winners", won, 1)
	f.wantEqual("users", readValue(f, userPage).Total, 1)
}

func manyWriters(f fixture) {
	const writers, each = 64, 5
	won := f.concurrently(writers, func(n int) error {
		for i := range each {
			name := fmt.Sprintf("w%d-%d", n, i)
			err := f.write(func(tx model.Writer) error {
				_, err := addUser(tx, newUser(name), name+"@example.org")
				return err
			})
			if err != nil {
				return err
			}
			err = f.store.Read(context.Background(), func(tx model.Reader) error {
				_, err := tx.UserByUsername(name)
				return err
			})
			if err != nil {
				return fmt.Errorf("read after write: %w", err)
			}
		}
		return nil
	}, nil)
	f.wantEqual("writers", won, writers)
	f.wantEqual("users", readValue(f, userPage).Total, writers*each)
}

func failuresAmongWriters(f fixture) {
	won := f.concurrently(64, func(n int) error {
		if n%4 == 3 {
			return panicking(f, n)
		}
		return f.write(func(tx model.Writer) error {
			name := fmt.Sprint("w", n)
			if _, err := addUser(tx, newUser(name), name+"@example.org"); err != nil {
				return err
			}
			if n%2 == 1 {
				return errOwn
			}
			return nil
		})
	}, isOwn)
	f.wantEqual("winners", won, 32)
	for _, u := range readValue(f, allUsers) {
		var n int
		if _, err := fmt.Sscanf(u.Username, "w%d", &n); err != nil || n%2 == 1 {
			f.Errorf("%q was kept although its update failed", u.Username)
		}
	}
	f.wantEqual("users", readValue(f, userPage).Total, 32)
}

func panicking(f fixture, n int) (err error) {
	defer func() {
		if recover() != nil {
			err = errOwn
		}
	}()
	return f.write(func(tx model.Writer) error {
		u := newUser(fmt.Sprint("w", n))
		if err := tx.AddUser(&u); err != nil {
			return err
		}
		panic(n)
	})
}

func cancelledWriters(f fixture) {
	won := f.concurrently(64, func(n int) error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(n%8)*100*time.Microsecond)
		defer cancel()
		if n%2 == 0 {
			ctx = context.Background()
		}
		return f.store.Update(ctx, func(tx model.Writer) error {
			u := newUser(fmt.Sprint("w", n))
			return tx.AddUser(&u)
		})
	}, func(err error) bool { return errors.Is(err, context.DeadlineExceeded) })
	if won < 32 {
		f.Errorf("%d succeeded, want all 32 that waited", won)
	}
	f.wantEqual("users", readValue(f, userPage).Total, won)
}

func claimedOnce(f fixture) {
	const emails = 40
	f.update(func(tx model.Writer) error {
		for i := range emails {
			m := model.Mail{To: fmt.Sprint(i), CreatedAt: sampleTime()}
			if err := tx.AddMail(&m); err != nil {
				return err
			}
		}
		return nil
	})
	var mu sync.Mutex
	claims := map[int64]int{}
	f.concurrently(8, func(int) error {
		for range emails {
			var mails []model.Mail
			err := f.write(func(tx model.Writer) (err error) {
				mails, err = tx.LeaseMails(sampleTime(), 3, time.Hour)
				return err
			})
			if err != nil {
				return err
			}
			mu.Lock()
			for _, m := range mails {
				claims[m.ID]++
			}
			mu.Unlock()
		}
		return nil
	}, nil)
	f.wantEqual("emails claimed", len(claims), emails)
	for id, n := range claims {
		if n != 1 {
			f.Errorf("email %d was claimed %d times", id, n)
		}
	}
}

// record appends an event as the directory does.
func record(tx model.Writer, e model.Event) error {
	last, previous, err := tx.LockEvents()
	if err != nil {
		return err
	}
	e.ID, e.Previous = last+1, previous
	e.Hash = e.Sum(nil)
	return tx.AddEvent(e)
}

func gaplessEvents(f fixture) {
	const writers, each = 32, 4
	f.concurrently(writers, func(n int) error {
		for i := range each {
			err := f.write(func(tx model.Writer) error {
				if err := record(tx, model.Event{At: sampleTime(), TargetID: int64(n*each + i)}); err != nil {
					return err
				}
				if (n+i)%3 == 0 {
					return errOwn // the number that was rolled back must be used again
				}
				return nil
			})
			if err != nil && !isOwn(err) {
				return err
			}
		}
		return nil
	}, nil)
	f.wantChain()
}

// wantChain reports gaps between the numbers of events, and hashes that do not follow from the one before.
func (f fixture) wantChain() {
	f.Helper()
	previous := model.GenesisHash()
	var last model.EventID
	for _, e := range readValue(f, func(tx model.Reader) ([]model.Event, error) {
		return tx.Events(model.EventFilter{Limit: 1_000_000})
	}) {
		last++
		f.wantEqual("number", e.ID, last)
		f.wantEqual("previous hash", e.Previous, previous)
		f.wantEqual("hash", e.Hash, e.Sum(nil))
		previous = e.Hash
	}
	f.read(func(tx model.Reader) error {
		id, hash, err := tx.EventHead()
		f.wantEqual("head", id, last)
		f.wantEqual("hash of the head", hash, previous)
		return err
	})
}

func seenTogether(f fixture) {
	done := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			err := f.store.Read(context.Background(), func(tx model.Reader) error {
				page, err := userPage(tx)
				if err != nil {
					return err
				}
				head, _, err := tx.EventHead()
				if int(head) != page.Total {
					f.Errorf("%d users but %d events", page.Total, head)
				}
				return err
			})
			if err != nil {
				f.Error(err)
			}
		}
	})
	f.concurrently(8, func(n int) error {
		for i := range 8 {
			err := f.write(func(tx model.Writer) error {
				u := newUser(fmt.Sprintf("w%d-%d", n, i))
				if err := tx.AddUser(&u); err != nil {
					return err
				}
				return record(tx, model.Event{At: sampleTime(), User: u.ID})
			})
			if err != nil {
				return err
			}
		}
		return nil
	}, nil)
	close(done)
	watch.Wait()
}

func closingWaits(f fixture) {
	started := make(chan struct{})
	closed := make(chan error, 1)
	go func() {
		<-started
		closed <- f.store.Close()
	}()
	err := f.write(func(tx model.Writer) error {
		close(started)
		time.Sleep(10 * time.Millisecond)
		u := newUser("ada")
		return tx.AddUser(&u)
	})
	if err != nil {
		f.Errorf("a writer that began before the store was closed failed: %v", err)
	}
	if err := <-closed; err != nil {
		f.Error(err)
	}
}
