package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
)

func racePromises() []promise {
	return []promise{
		{"of two who take one invitation one wins", oneInvitationTwoTakers},
		{"of two who use one link one wins", oneLinkTwoUsers},
		{"of many who create one username one wins", oneUsername},
		{"64 concurrent writers are all kept", manyWriters},
		{"one writer's failure does not touch the others", failuresAmongWriters},
		{"a writer who gives up waiting holds nobody up", impatientWriters},
		{"a letter is claimed once by concurrent claimers", claimedOnce},
		{"events have no gaps under concurrency", gaplessEvents},
		{"an update and its event are seen together", seenTogether},
		{"closing waits for writers", closingWaits},
	}
}

// crowd runs fn n times at once and returns how often it succeeded. Errors that
// allowed does not know fail the test.
func (f fixture) crowd(n int, fn func(i int) error, allowed func(error) bool) int {
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

func (f fixture) write(fn func(tx directory.Writer) error) error {
	return f.store.Update(context.Background(), fn)
}

func oneInvitationTwoTakers(f fixture) {
	org := f.organization("Analytical Engines")
	i := directory.Invitation{Org: org.ID, Role: directory.RoleMember, Email: "ada@example.org", CreatedAt: moment(), ExpiresAt: moment()}
	f.update(func(tx directory.Writer) error { return tx.AddInvitation(&i, []byte("hash")) })
	won := f.crowd(2, func(n int) error {
		return f.write(func(tx directory.Writer) error {
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
			found.AcceptedAt, found.User = moment(), u.ID
			return tx.ChangeInvitation(found)
		})
	}, isOwn)
	f.same("winners", won, 1)
	f.same("people", read(f, everybody).Total, 1)
}

func oneLinkTwoUsers(f fixture) {
	l := directory.Link{Purpose: directory.Setup, CreatedAt: moment(), ExpiresAt: moment()}
	f.update(func(tx directory.Writer) error { return tx.AddLink(&l, []byte("hash")) })
	won := f.crowd(2, func(int) error {
		return f.write(func(tx directory.Writer) error { return tx.UseLink(l.ID, moment()) })
	}, func(err error) bool { return fault.KindOf(err) == fault.NotFound })
	f.same("winners", won, 1)
}

func oneUsername(f fixture) {
	won := f.crowd(16, func(n int) error {
		return f.write(func(tx directory.Writer) error {
			u := newUser(fmt.Sprint("uid", n))
			u.Username = []string{"Ada", "ada", "ADA"}[n%3]
			return tx.AddUser(&u)
		})
	}, func(err error) bool { return fault.Has(err, "username", fault.Taken) })
	f.same("winners", won, 1)
	f.same("people", read(f, everybody).Total, 1)
}

func manyWriters(f fixture) {
	const writers, each = 64, 5
	won := f.crowd(writers, func(n int) error {
		for i := range each {
			name := fmt.Sprintf("w%d-%d", n, i)
			err := f.write(func(tx directory.Writer) error {
				_, err := addUser(tx, newUser(name), name+"@example.org")
				return err
			})
			if err != nil {
				return err
			}
			err = f.store.Read(context.Background(), func(tx directory.Reader) error {
				_, err := tx.UserByUsername(name)
				return err
			})
			if err != nil {
				return fmt.Errorf("read after write: %w", err)
			}
		}
		return nil
	}, nil)
	f.same("writers", won, writers)
	f.same("people", read(f, everybody).Total, writers*each)
}

func failuresAmongWriters(f fixture) {
	won := f.crowd(64, func(n int) error {
		if n%4 == 3 {
			return panicking(f, n)
		}
		return f.write(func(tx directory.Writer) error {
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
	f.same("winners", won, 32)
	for _, u := range read(f, whole) {
		var n int
		if _, err := fmt.Sscanf(u.Username, "w%d", &n); err != nil || n%2 == 1 {
			f.Errorf("%q was kept although its update failed", u.Username)
		}
	}
	f.same("people", read(f, everybody).Total, 32)
}

func panicking(f fixture, n int) (err error) {
	defer func() {
		if recover() != nil {
			err = errOwn
		}
	}()
	return f.write(func(tx directory.Writer) error {
		u := newUser(fmt.Sprint("w", n))
		if err := tx.AddUser(&u); err != nil {
			return err
		}
		panic(n)
	})
}

func impatientWriters(f fixture) {
	won := f.crowd(64, func(n int) error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(n%8)*100*time.Microsecond)
		defer cancel()
		if n%2 == 0 {
			ctx = context.Background()
		}
		return f.store.Update(ctx, func(tx directory.Writer) error {
			u := newUser(fmt.Sprint("w", n))
			return tx.AddUser(&u)
		})
	}, func(err error) bool { return errors.Is(err, context.DeadlineExceeded) })
	if won < 32 {
		f.Errorf("%d succeeded, want all 32 who waited", won)
	}
	f.same("people", read(f, everybody).Total, won)
}

func claimedOnce(f fixture) {
	const letters = 40
	f.update(func(tx directory.Writer) error {
		for i := range letters {
			m := directory.Mail{To: fmt.Sprint(i), CreatedAt: moment()}
			if err := tx.AddMail(&m); err != nil {
				return err
			}
		}
		return nil
	})
	var mu sync.Mutex
	claims := map[int64]int{}
	f.crowd(8, func(int) error {
		for range letters {
			var mails []directory.Mail
			err := f.write(func(tx directory.Writer) (err error) {
				mails, err = tx.LeaseMails(moment(), 3, time.Hour)
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
	f.same("letters claimed", len(claims), letters)
	for id, n := range claims {
		if n != 1 {
			f.Errorf("letter %d was claimed %d times", id, n)
		}
	}
}

// record appends an event as the directory does.
func record(tx directory.Writer, e directory.Event) error {
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
	f.crowd(writers, func(n int) error {
		for i := range each {
			err := f.write(func(tx directory.Writer) error {
				if err := record(tx, directory.Event{At: moment(), TargetID: int64(n*each + i)}); err != nil {
					return err
				}
				if (n+i)%3 == 0 {
					return errOwn // a number that was given to nobody must come again
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

// wantChain wants numbers without gaps and hashes that follow from each other.
func (f fixture) wantChain() {
	f.Helper()
	previous := directory.GenesisHash()
	var last directory.EventID
	for _, e := range read(f, func(tx directory.Reader) ([]directory.Event, error) {
		return tx.Events(directory.EventFilter{Limit: 1_000_000})
	}) {
		last++
		f.same("number", e.ID, last)
		f.same("previous hash", e.Previous, previous)
		f.same("hash", e.Hash, e.Sum(nil))
		previous = e.Hash
	}
	f.view(func(tx directory.Reader) error {
		id, hash, err := tx.EventHead()
		f.same("head", id, last)
		f.same("hash of the head", hash, previous)
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
			err := f.store.Read(context.Background(), func(tx directory.Reader) error {
				page, err := everybody(tx)
				if err != nil {
					return err
				}
				head, _, err := tx.EventHead()
				if int(head) != page.Total {
					f.Errorf("%d people but %d events", page.Total, head)
				}
				return err
			})
			if err != nil {
				f.Error(err)
			}
		}
	})
	f.crowd(8, func(n int) error {
		for i := range 8 {
			err := f.write(func(tx directory.Writer) error {
				u := newUser(fmt.Sprintf("w%d-%d", n, i))
				if err := tx.AddUser(&u); err != nil {
					return err
				}
				return record(tx, directory.Event{At: moment(), User: u.ID})
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
	err := f.write(func(tx directory.Writer) error {
		close(started)
		time.Sleep(10 * time.Millisecond)
		u := newUser("ada")
		return tx.AddUser(&u)
	})
	if err != nil {
		f.Errorf("a writer was refused who had begun before the store was closed: %v", err)
	}
	if err := <-closed; err != nil {
		f.Error(err)
	}
}
