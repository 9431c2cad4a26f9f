package directory_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/sshkey"
)

// ending is somebody with a credential, and what ends it.
type ending struct {
	who model.Actor
	end func() error
}

// endings are the ways in which a credential of root ends.
func (h *fixture) endings(root model.User) map[string]func() ending {
	ctx := h.T.Context()
	token := func(expires time.Time) (model.AccessToken, model.Actor) {
		made, text, err := h.CreateToken(ctx, operator(), directory.NewToken{
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
	return map[string]func() ending{
		"a token is revoked": func() ending {
			made, actor := token(time.Time{})
			return ending{actor, func() error { return h.RevokeToken(ctx, operator(), root.ID, made.ID) }}
		},
		"a token is revoked with which somebody else is acted as": func() ending {
			made, actor := token(time.Time{})
			actor, err := h.ActAs(ctx, actor, "other")
			h.Must(err)
			return ending{actor, func() error { return h.RevokeToken(ctx, operator(), root.ID, made.ID) }}
		},
		"a token expires": func() ending {
			_, actor := token(h.Clock.Now().Add(time.Hour))
			return ending{actor, turn(time.Hour)}
		},
		"a session is logged out": func() ending {
			actor := session()
			return ending{actor, func() error { return h.LogOut(ctx, actor, false) }}
		},
		"a session expires": func() ending { return ending{session(), turn(14 * 24 * time.Hour)} },
		"an API key is replaced": func() ending {
			key, err := h.RotateAPIKeyOf(ctx, operator(), root.ID)
			h.Must(err)
			h.Clock.Advance(time.Second)
			return ending{h.ActorWith(key), func() error { return none(h.RotateAPIKeyOf(ctx, operator(), root.ID)) }}
		},
		"the person is blocked": func() ending {
			_, actor := token(time.Time{})
			return ending{actor, func() error { return none(h.BlockUser(ctx, operator(), root.ID)) }}
		},
	}
}

// inEveryEnding runs a test for each way in which a credential ends.
func inEveryEnding(t *testing.T, test func(h *fixture, e ending)) {
	t.Helper()
	for name := range (&fixture{&directorytest.Fixture{T: t}}).endings(model.User{}) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t)
			h.AddUser("other", admin)
			test(h, h.endings(h.AddUser("root", admin))[name]())
		})
	}
}

func TestAnImportEndsWithTheCredential(t *testing.T) {
	t.Parallel()
	inEveryEnding(t, func(h *fixture, e ending) {
		tally, err := h.Import(h.T.Context(), e.who, directory.Import{Name: "x"}, told(crowd(2500)...),
			func(directory.ImportStep) error { return e.end() })
		wantKind(h.T, err, fault.Unauthenticated)
		if tally.Accepted != 1000 || h.total() != 1002 {
			h.T.Errorf("%d people, and the tally is %+v", h.total(), tally)
		}
	})
}

func TestADryRunEndsWithTheCredential(t *testing.T) {
	t.Parallel()
	inEveryEnding(t, func(h *fixture, e ending) {
		tally, err := h.Import(h.T.Context(), e.who, directory.Import{Name: "x", DryRun: true}, told(crowd(2500)...),
			func(directory.ImportStep) error { return e.end() })
		wantKind(h.T, err, fault.Unauthenticated)
		if tally.Accepted != 1000 {
			h.T.Errorf("the tally is %+v", tally)
		}
	})
}

func TestAnExportEndsWithTheCredential(t *testing.T) {
	t.Parallel()
	inEveryEnding(t, func(h *fixture, e ending) {
		h.load(directory.Import{Name: "x"}, told(crowd(700)...))
		ended := false
		n, err := h.Export(h.T.Context(), e.who, directory.Export{}, func(directory.Entry) error {
			if ended {
				return nil
			}
			ended = true
			return e.end()
		})
		wantKind(h.T, err, fault.Unauthenticated)
		if n != 500 {
			h.T.Errorf("%d people were told", n)
		}
	})
}

// A credential that was used meanwhile is still the same one.
func TestAnImportGoesOnWhileTheCredentialStands(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root := h.AddUser("root", admin)
	key, err := h.RotateAPIKeyOf(t.Context(), operator(), root.ID)
	h.Must(err)
	session, err := h.AddSession("root", model.ConsoleLogin)
	h.Must(err)
	for name, text := range map[string]secret.Text{"key": key, "session": session, "token": h.AddToken(root)} {
		lines := told(entry(name), entry(name+"2"))
		tally, err := h.Import(t.Context(), h.ActorWith(text), directory.Import{Name: name}, sized(lines, 2<<20), func(directory.ImportStep) error {
			h.Clock.Advance(time.Minute)
			h.ActorWith(text)
			return h.RunMaintenance(t.Context(), operator())
		})
		if err != nil || tally.Accepted != 2 {
			t.Errorf("%s: got %v and %+v", name, err, tally)
		}
	}
}

// sized gives each line this size.
func sized(lines iter.Seq2[directory.ImportLine, error], size int) iter.Seq2[directory.ImportLine, error] {
	return func(yield func(directory.ImportLine, error) bool) {
		for l, err := range lines {
			if l.Size = size; !yield(l, err) {
				return
			}
		}
	}
}

func TestABatchOfAnImportIsBoundedInBytes(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	_, g := h.load(directory.Import{Name: "x"}, sized(told(crowd(10)...), 300<<10))
	var ends []int64
	for _, step := range g.steps {
		ends = append(ends, step.Line)
	}
	if want := []int64{5, 9, 11}; !slices.Equal(ends, want) {
		t.Errorf("batches end at the lines %v, want %v", ends, want)
	}
}

func TestAThirdImportAtOnceIsLimited(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	load := func(name string, inside func() error) error {
		return none(h.Import(t.Context(), operator(), directory.Import{Name: name, DryRun: true}, told(entry(name)),
			func(directory.ImportStep) error { return inside() }))
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

// caught is what fn panics with.
func caught(fn func()) (value any) {
	defer func() { value = recover() }()
	fn()
	return nil
}

func TestAPanicWhileABatchIsToldIsOneOfTheImport(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	for range 3 { // more often than imports may be under way
		got := caught(func() {
			_, _ = h.Import(t.Context(), operator(), directory.Import{Name: "x", DryRun: true}, told(crowd(2500)...),
				func(directory.ImportStep) error { panic("no words") })
		})
		if got != "no words" {
			t.Fatalf("panicked with %v", got)
		}
	}
	if tally, _ := h.load(directory.Import{Name: "x"}, told(crowd(2)...)); tally.Accepted != 2 {
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

func TestAPanicOfTheStoreInAnImportKeepsNothingOfTheBatch(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	d := directory.New(broken{h.Store}, h.Hasher, h.Keyring, mail.Renderer{}, directory.Options{KeyLimits: sshkey.DefaultLimits()})
	got := caught(func() {
		_, _ = d.Import(t.Context(), operator(), directory.Import{Name: "x"}, told(crowd(5)...), ignore)
	})
	if got != "broken" || h.total() != 0 {
		t.Errorf("panicked with %v, and there are %d people", got, h.total())
	}
	if tally, _ := h.load(directory.Import{Name: "x"}, told(crowd(5)...)); tally.Resumed || tally.Accepted != 5 {
		t.Errorf("afterwards: got %+v", tally)
	}
}

func TestAnImportWhoseLinesPanicWaitsForTheBatchThatIsWritten(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	var line atomic.Int64
	lines := func(yield func(directory.ImportLine, error) bool) {
		for l := range told(crowd(1000)...) {
			if !yield(l, nil) {
				return
			}
		}
		panic("no more")
	}
	got := caught(func() {
		_, _ = h.Import(t.Context(), operator(), directory.Import{Name: "x"}, lines, func(s directory.ImportStep) error {
			line.Store(s.Tally.Line)
			return nil
		})
	})
	if got != "no more" || line.Load() != 1001 || h.total() != 1000 {
		t.Errorf("panicked with %v; told to line %d, and there are %d people", got, line.Load(), h.total())
	}
}
