package directory_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
)

// hashCounter is a store that counts the password hashes that were read.
type hashCounter struct {
	model.Store
	rows *atomic.Int64
}

func (s hashCounter) Read(ctx context.Context, fn func(model.Reader) error) error {
	return s.Store.Read(ctx, func(tx model.Reader) error { return fn(hashCountingReader{tx, s.rows}) })
}

type hashCountingReader struct {
	model.Reader
	rows *atomic.Int64
}

func (r hashCountingReader) ForeignHashes(after model.UserID, limit int) ([]model.ForeignHash, error) {
	page, err := r.Reader.ForeignHashes(after, limit)
	r.rows.Add(int64(len(page)))
	return page, err
}

func (r hashCountingReader) PasswordHashes(users []model.UserID) (map[model.UserID]string, error) {
	hashes, err := r.Reader.PasswordHashes(users)
	r.rows.Add(int64(len(users)))
	return hashes, err
}

// Two schemes of other products, whose hashes no password matches.
const (
	bcryptHash = "$2b$04$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234"
	meteorHash = "$meteor$$2b$04$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234"
)

// addHashes creates users with the given hashes and returns their ids.
func (h *fixture) addHashes(n int, hash string) (ids []model.UserID) {
	h.T.Helper()
	first := len(h.allUsers())
	h.Must(h.Store.Update(h.T.Context(), func(tx model.Writer) error {
		for i := range n {
			name := fmt.Sprintf("user%d", first+i)
			u := model.User{UID: "uid-" + name, Username: name, State: model.Active, CreatedAt: h.Clock.Now(), UpdatedAt: h.Clock.Now()}
			if err := tx.AddUser(&u); err != nil {
				return err
			}
			if err := tx.PutPassword(u.ID, hash); err != nil {
				return err
			}
			ids = append(ids, u.ID)
		}
		return nil
	}))
	return ids
}

func (h *fixture) allUsers() []model.User {
	h.T.Helper()
	return must(h.T, func() (model.Page[model.User], error) {
		return h.Users(h.T.Context(), operator(), model.UserFilter{})
	}).Items
}

// schemesOfAnUnknownLogin returns which of the two schemes a login with an unknown name computes.
func (h *fixture) schemesOfAnUnknownLogin(d *directory.Directory) (bcrypt, meteor bool) {
	h.T.Helper()
	before := h.Hasher.Work()
	if _, err := d.LogIn(h.T.Context(), caller(model.Native), login.Attempt{Name: "unknown", Password: "correct horse 1"}, model.ConsoleLogin); err == nil {
		h.T.Fatal("an unknown name could log in")
	}
	after := h.Hasher.Work()
	return after["bcrypt 04"] > before["bcrypt 04"], after["meteor bcrypt 04"] > before["meteor bcrypt 04"]
}

func TestMaintenanceReadsOnlyNewPasswordHashes(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	var rows atomic.Int64
	d := directory.New(hashCounter{h.Store, &rows}, h.Hasher, h.Keyring, nil, directorytest.WithDefaults(directory.Options{Now: h.Clock.Now}))
	upgrade := func(ids ...model.UserID) {
		h.Must(h.Store.Update(t.Context(), func(tx model.Writer) error {
			for _, id := range ids {
				if err := tx.UpgradePassword(id, "$argon2id$v=19$m=64,t=1,p=1$YWJjZGVmZ2g$YWJjZGVmZ2hpamtsbW5vcA"); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	const many = 3000
	var bcrypts, meteors []model.UserID
	for _, step := range []struct {
		name           string
		change         func()
		least, most    int64
		bcrypt, meteor bool
	}{
		{"without users", func() {}, 0, 0, false, false},
		{"after an import", func() { bcrypts = h.addHashes(many, bcryptHash) }, many, many, true, false},
		{"without a change", func() {}, 1, 1, true, false},
		{"after one more user", func() { h.addHashes(1, bcryptHash) }, 2, 2, true, false},
		{"after an import of another scheme", func() { meteors = h.addHashes(2, meteorHash) }, 3, 3, true, true},
		{"after the login of a user that is no sample", func() { upgrade(bcrypts[7]) }, 2, 2, true, true},
		{"after the login of the sample", func() { upgrade(bcrypts[0]) }, 3, 2 + 16, true, true},
		{"after the last login with the other scheme", func() { upgrade(meteors...) }, 2, 2, true, false},
		{"after a deletion of the sample", func() {
			h.Must(h.Store.Update(t.Context(), func(tx model.Writer) error { return tx.DropUser(bcrypts[1]) }))
		}, 2, 1 + 16, true, false},
		{"after the logins of most users", func() { upgrade(bcrypts[2:]...) }, 2, 1 + 16, true, false},
	} {
		step.change()
		rows.Store(0)
		h.Clock.Advance(time.Hour)
		h.Must(d.RunMaintenance(t.Context(), operator()))
		if got := rows.Load(); got < step.least || got > step.most {
			t.Errorf("%s: %d hashes were read, want %d to %d", step.name, got, step.least, step.most)
		}
		if bcrypt, meteor := h.schemesOfAnUnknownLogin(d); bcrypt != step.bcrypt || meteor != step.meteor {
			t.Errorf("%s: an unknown login computes bcrypt: %v, meteor: %v, want %v, %v", step.name, bcrypt, meteor, step.bcrypt, step.meteor)
		}
	}
}

func TestShortCommandReadsNoPasswordHashes(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	var rows atomic.Int64
	d := directory.New(hashCounter{h.Store, &rows}, h.Hasher, h.Keyring, nil, directorytest.WithDefaults(directory.Options{Now: h.Clock.Now}))
	h.addHashes(3, bcryptHash)
	h.Must(d.FlushLastUsed(t.Context(), operator()))
	if n := rows.Load(); n != 0 {
		t.Errorf("%d hashes were read", n)
	}
	wantKind(t, d.FlushLastUsed(t.Context(), caller(model.Native)), fault.Forbidden)
}
