package directory_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/throttle"
)

func keepingEnded(keep time.Duration) func(*directory.Options) {
	return func(o *directory.Options) { o.KeepEnded = keep }
}

func TestEndedCredentialsAreDeletedAfterTheirRetention(t *testing.T) {
	t.Parallel()
	const keep = 90 * 24 * time.Hour
	for _, c := range []struct {
		name      string
		retention time.Duration
		age       time.Duration
		gone      bool
	}{
		{"within the retention", keep, keep - time.Hour, false},
		{"after the retention", keep, keep + time.Hour, true},
		{"with a short retention", time.Hour, 2 * time.Hour, true},
		{"without a limit", 0, 100 * keep, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t, keepingEnded(c.retention))
			ada := h.AddUser("ada")
			create := func(name string, expires time.Time) model.TokenID {
				token, _, err := h.CreateToken(t.Context(), operator(), credential.NewToken{Owner: ada.ID, Name: name, Scopes: model.Scopes{model.ScopeReadUser}, ExpiresAt: expires})
				h.Must(err)
				return token.ID
			}
			revoked, live := create("revoked", time.Time{}), create("live", time.Time{})
			create("expired", h.Clock.Now().Add(time.Second))
			later := create("expires later", h.Clock.Now().Add(200*keep))
			h.Must(h.RevokeToken(t.Context(), operator(), ada.ID, revoked))
			before := len(h.AllEvents())
			h.Clock.Advance(c.age)
			h.tend()
			tokens := must(t, func() ([]model.AccessToken, error) { return h.Tokens(t.Context(), operator(), ada.ID) })
			if c.gone && (len(tokens) != 2 || tokens[0].ID != live || tokens[1].ID != later) || !c.gone && len(tokens) != 4 {
				t.Errorf("%d tokens are left: %+v", len(tokens), tokens)
			}
			if after := len(h.AllEvents()); after != before {
				t.Errorf("%d events became %d", before, after)
			}
			h.verify()
		})
	}
}

func TestManyEndedCredentialsAreDeletedInBatches(t *testing.T) {
	t.Parallel()
	h := newFixture(t, keepingEnded(time.Hour))
	ada := h.AddUser("ada")
	h.Must(h.Store.Update(t.Context(), func(tx model.Writer) error {
		for i := range 2500 {
			token := model.AccessToken{Owner: ada.ID, Name: "old", RevokedAt: h.Clock.Now()}
			if err := tx.AddToken(&token, []byte{byte(i), byte(i >> 8)}); err != nil {
				return err
			}
		}
		return nil
	}))
	h.Clock.Advance(2 * time.Hour)
	h.wantDropped(directory.Options{KeepEnded: time.Hour}, "ended", 1000, 1000, 500)
	if tokens := must(t, func() ([]model.AccessToken, error) { return h.Tokens(t.Context(), operator(), ada.ID) }); len(tokens) != 0 {
		t.Errorf("%d tokens are left", len(tokens))
	}
}

func TestManyExpiredRecordsAreDeletedInBatches(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.Must(h.Store.Update(t.Context(), func(tx model.Writer) error {
		for i := range 4500 {
			if err := tx.PutThrottle(throttle.Counter{Key: fmt.Sprint("flood:", i), Failures: 1, Since: h.Clock.Now()}); err != nil {
				return err
			}
		}
		return nil
	}))
	h.Clock.Advance(48 * time.Hour)
	dropped := h.wantDropped(directory.Options{}, model.ExpiringThrottles, 2000, 2000, 500)
	for _, kind := range model.ExpiringKinds() {
		if n := len(dropped[kind]); n != 1 && kind != model.ExpiringThrottles {
			t.Errorf("rows of the kind %s, of which none has expired, were deleted by %d transactions", kind, n)
		}
	}
	h.Must(h.Store.Read(t.Context(), func(tx model.Reader) error {
		left, err := tx.ThrottlesUnder("flood:")
		if len(left) != 0 {
			t.Errorf("%d counters are left", len(left))
		}
		return err
	}))
}

// dropRecorder is a store that records how many rows of a kind each transaction deleted.
type dropRecorder struct {
	model.Store
	dropped map[model.ExpiringKind][]int
}

func (s dropRecorder) Update(ctx context.Context, fn func(model.Writer) error) error {
	calls := 0
	err := s.Store.Update(ctx, func(tx model.Writer) error { return fn(dropRecordingWriter{tx, s.dropped, &calls}) })
	if calls > 1 {
		err = errors.Join(err, fmt.Errorf("one transaction deleted %d batches", calls))
	}
	return err
}

type dropRecordingWriter struct {
	model.Writer
	dropped map[model.ExpiringKind][]int
	calls   *int
}

func (w dropRecordingWriter) Expire(kind model.ExpiringKind, now time.Time, limit int) (int, error) {
	n, err := w.Writer.Expire(kind, now, limit)
	w.dropped[kind] = append(w.dropped[kind], n)
	*w.calls++
	return n, err
}

func (w dropRecordingWriter) DropEnded(before time.Time, limit int) (int, error) {
	n, err := w.Writer.DropEnded(before, limit)
	w.dropped["ended"] = append(w.dropped["ended"], n)
	*w.calls++
	return n, err
}

// wantDropped runs the maintenance of a directory with these options. It compares how many rows of the
// kind each transaction deleted, and returns these numbers for all kinds.
func (h *fixture) wantDropped(o directory.Options, kind model.ExpiringKind, want ...int) map[model.ExpiringKind][]int {
	h.T.Helper()
	store := dropRecorder{h.Store, map[model.ExpiringKind][]int{}}
	o.Now = h.Clock.Now
	h.Must(directory.New(store, h.Hasher, h.Keyring, nil, directorytest.WithDefaults(o)).RunMaintenance(h.T.Context(), operator()))
	if got := store.dropped[kind]; !slices.Equal(got, want) {
		h.T.Errorf("the transactions deleted %v rows of the kind %s, want %v", got, kind, want)
	}
	return store.dropped
}
