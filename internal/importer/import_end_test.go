package importer_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// credentialEnd is a user with a credential, and an operation that ends the credential.
type credentialEnd struct {
	who model.Actor
	end func() error
}

// credentialEnds returns the ways in which a credential of root ends.
func (h *fixture) credentialEnds(root model.User) map[string]func() credentialEnd {
	ctx := h.T.Context()
	token := func(expires time.Time) (model.AccessToken, model.Actor) {
		made, text, err := h.CreateToken(ctx, operator(), credential.NewToken{
			Owner: root.ID, Name: "end", Scopes: model.Scopes{model.ScopeAPI, model.ScopeSudo}, ExpiresAt: expires,
		})
		h.Must(err)
		return made, h.ActorWith(text)
	}
	session := func() model.Actor {
		text, err := h.AddSession(root.Username, model.ConsoleLogin)
		h.Must(err)
		return h.ActorWith(text)
	}
	turn := func(by time.Duration) func() error {
		return func() error { h.Clock.Advance(by); return nil }
	}
	return map[string]func() credentialEnd{
		"a token is revoked": func() credentialEnd {
			made, actor := token(time.Time{})
			return credentialEnd{actor, func() error { return h.RevokeToken(ctx, operator(), root.ID, made.ID) }}
		},
		"the token of an impersonator is revoked": func() credentialEnd {
			made, actor := token(time.Time{})
			actor, err := h.ActAs(ctx, actor, "other")
			h.Must(err)
			return credentialEnd{actor, func() error { return h.RevokeToken(ctx, operator(), root.ID, made.ID) }}
		},
		"a token expires": func() credentialEnd {
			_, actor := token(h.Clock.Now().Add(time.Hour))
			return credentialEnd{actor, turn(time.Hour)}
		},
		"a session is logged out": func() credentialEnd {
			actor := session()
			return credentialEnd{actor, func() error { return h.LogOut(ctx, actor, false) }}
		},
		"a session expires": func() credentialEnd { return credentialEnd{session(), turn(14 * 24 * time.Hour)} },
		"an API key is replaced": func() credentialEnd {
			key, err := h.RotateAPIKeyOf(ctx, operator(), root.ID)
			h.Must(err)
			h.Clock.Advance(time.Second)
			return credentialEnd{h.ActorWith(key), func() error { return none(h.RotateAPIKeyOf(ctx, operator(), root.ID)) }}
		},
		"the user is blocked": func() credentialEnd {
			_, actor := token(time.Time{})
			return credentialEnd{actor, func() error { return none(h.BlockUser(ctx, operator(), root.ID)) }}
		},
	}
}

// withEachCredentialEnd runs a test for each way in which a credential ends.
func withEachCredentialEnd(t *testing.T, test func(h *fixture, e credentialEnd)) {
	t.Helper()
	for name := range (&fixture{&directorytest.Fixture{T: t}}).credentialEnds(model.User{}) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t)
			h.AddUser("other", admin)
			test(h, h.credentialEnds(h.AddUser("root", admin))[name]())
		})
	}
}

func TestAnImportEndsWithTheCredential(t *testing.T) {
	t.Parallel()
	withEachCredentialEnd(t, func(h *fixture, e credentialEnd) {
		tally, err := h.Import(h.T.Context(), e.who, importer.Import{Name: "x"}, lineSeq(manyEntries(2500)...),
			func(importer.Step) error { return e.end() })
		wantKind(h.T, err, fault.Unauthenticated)
		if tally.Accepted != 1000 || h.total() != 1002 {
			h.T.Errorf("%d people, and the tally is %+v", h.total(), tally)
		}
	})
}

func TestADryRunEndsWithTheCredential(t *testing.T) {
	t.Parallel()
	withEachCredentialEnd(t, func(h *fixture, e credentialEnd) {
		tally, err := h.Import(h.T.Context(), e.who, importer.Import{Name: "x", DryRun: true}, lineSeq(manyEntries(2500)...),
			func(importer.Step) error { return e.end() })
		wantKind(h.T, err, fault.Unauthenticated)
		if tally.Accepted != 1000 {
			h.T.Errorf("the tally is %+v", tally)
		}
	})
}

func TestAnExportEndsWithTheCredential(t *testing.T) {
	t.Parallel()
	withEachCredentialEnd(t, func(h *fixture, e credentialEnd) {
		h.load(importer.Import{Name: "x"}, lineSeq(manyEntries(700)...))
		ended := false
		n, err := h.Export(h.T.Context(), e.who, importer.Export{}, func(importer.Entry) error {
			if ended {
				return nil
			}
			ended = true
			return e.end()
		})
		wantKind(h.T, err, fault.Unauthenticated)
		if n != 500 {
			h.T.Errorf("%d users were reported", n)
		}
	})
}

// The use of the credential does not change it.
func TestImportContinuesWhileTheCredentialIsValid(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root := h.AddUser("root", admin)
	key, err := h.RotateAPIKeyOf(t.Context(), operator(), root.ID)
	h.Must(err)
	session, err := h.AddSession("root", model.ConsoleLogin)
	h.Must(err)
	for name, text := range map[string]secret.Text{"key": key, "session": session, "token": h.AddToken(root)} {
		lines := lineSeq(entry(name), entry(name+"2"))
		tally, err := h.Import(t.Context(), h.ActorWith(text), importer.Import{Name: name}, sized(lines, 2<<20), func(importer.Step) error {
			h.Clock.Advance(time.Minute)
			h.ActorWith(text)
			return h.RunMaintenance(t.Context(), operator())
		})
		if err != nil || tally.Accepted != 2 {
			t.Errorf("%s: got %v and %+v", name, err, tally)
		}
	}
}

// sized returns lines of this size.
func sized(lines iter.Seq2[importer.Line, error], size int) iter.Seq2[importer.Line, error] {
	return func(yield func(importer.Line, error) bool) {
		for l, err := range lines {
			if l.Size = size; !yield(l, err) {
				return
			}
		}
	}
}

func TestBatchOfAnImportIsLimitedInBytes(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	_, g := h.load(importer.Import{Name: "x"}, sized(lineSeq(manyEntries(10)...), 300<<10))
	var ends []int64
	for _, step := range g.steps {
		ends = append(ends, step.Line)
	}
	if want := []int64{5, 9, 11}; !slices.Equal(ends, want) {
		t.Errorf("batches end at the lines %v, want %v", ends, want)
	}
}

func TestThirdConcurrentImportIsRejected(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	load := func(name string, inside func() error) error {
		return none(h.Import(t.Context(), operator(), importer.Import{Name: name, DryRun: true}, lineSeq(entry(name)),
			func(importer.Step) error { return inside() }))
	}
	nothing := func() error { return nil }
	third := func() error { return load("c", nothing) }
	err := load("a", func() error { return load("b", third) })
	if e, ok := errors.AsType[*fault.Error](err); !ok || e.Kind != fault.Limited || e.RetryAfter <= 0 {
		t.Errorf("got %v", err)
	}
	for range 3 {
		h.Must(load("d", func() error { return load("e", nothing) }))
	}
}

// caught returns the value with which fn panics.
func caught(fn func()) (value any) {
	defer func() { value = recover() }()
	fn()
	return nil
}

func TestPanicOfTheCallbackEndsTheImport(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	for range 3 { // more often than imports may run concurrently
		got := caught(func() {
			_, _ = h.Import(t.Context(), operator(), importer.Import{Name: "x", DryRun: true}, lineSeq(manyEntries(2500)...),
				func(importer.Step) error { panic("no words") })
		})
		if got != "no words" {
			t.Fatalf("panicked with %v", got)
		}
	}
	if tally, _ := h.load(importer.Import{Name: "x"}, lineSeq(manyEntries(2)...)); tally.Accepted != 2 {
		t.Errorf("afterwards: got %+v", tally)
	}
}

// broken is a store that panics where a position is stored.
type broken struct{ model.Store }

type brokenWriter struct{ model.Writer }

func (b broken) Update(ctx context.Context, fn func(model.Writer) error) error {
	return b.Store.Update(ctx, func(tx model.Writer) error { return fn(brokenWriter{tx}) })
}

func (brokenWriter) PutImport(model.ImportRecord) error { panic("broken") }

func TestPanicOfTheStoreRollsBackTheBatch(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	d := directory.New(broken{h.Store}, h.Hasher, h.Keyring, mail.Renderer{}, directorytest.WithDefaults(directory.Options{}))
	got := caught(func() {
		_, _ = d.Import(t.Context(), operator(), importer.Import{Name: "x"}, lineSeq(manyEntries(5)...), ignore)
	})
	if got != "broken" || h.total() != 0 {
		t.Errorf("panicked with %v, and there are %d people", got, h.total())
	}
	if tally, _ := h.load(importer.Import{Name: "x"}, lineSeq(manyEntries(5)...)); tally.Resumed || tally.Accepted != 5 {
		t.Errorf("afterwards: got %+v", tally)
	}
}

func TestPanicOfTheReaderWaitsForTheRunningBatch(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	var line atomic.Int64
	lines := func(yield func(importer.Line, error) bool) {
		for l := range lineSeq(manyEntries(1000)...) {
			if !yield(l, nil) {
				return
			}
		}
		panic("no more")
	}
	got := caught(func() {
		_, _ = h.Import(t.Context(), operator(), importer.Import{Name: "x"}, lines, func(s importer.Step) error {
			line.Store(s.Tally.Line)
			return nil
		})
	})
	if got != "no more" || line.Load() != 1001 || h.total() != 1000 {
		t.Errorf("panicked with %v; reported to line %d, and there are %d users", got, line.Load(), h.total())
	}
}
