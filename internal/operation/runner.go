package operation

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// Runner runs operations: it authorizes the actor, reserves the idempotency key, runs the operation in
// one transaction, records its events, and wakes workers after the commit. It is safe for concurrent
// use.
type Runner struct {
	store    model.Store
	keyring  *secret.Keyring
	options  Options
	Denied   denylist                    // users that this process rejects until it ends
	chain    atomic.Pointer[KeySecret]   // keys of the newest epoch that was read
	counters atomic.Pointer[counterKeys] // see counter_key.go
}

// Options are the settings of a [Runner]. Log and Now are required; the functions may be nil.
type Options struct {
	Log              *slog.Logger
	Now              func() time.Time
	Reauthenticate   time.Duration                                      // how long after a password check a session may read or change credentials; 0 is no limit
	ConsoleIdle      time.Duration                                      // how long sessions of pages and the native API may be idle
	GitLabBasicUsers bool                                               // GitLab's API shows only names, ids and state of users, as GitLab 7 and later
	Enqueue          func(tx model.Writer, events ...model.Event) error // called with the events of an operation in its transaction
	EventRecorded    func()                                             // called after a commit that recorded an event
	WriteFailed      func()                                             // called after a transaction that failed in the store
	MailQueued       func()                                             // called after a commit that queued an email
	WebhookQueued    func()                                             // called after a commit that queued a webhook delivery
}

// New returns a Runner on a store.
func New(store model.Store, keyring *secret.Keyring, options Options) *Runner {
	if options.Enqueue == nil {
		options.Enqueue = func(model.Writer, ...model.Event) error { return nil }
	}
	return &Runner{store: store, keyring: keyring, options: options}
}

// call calls an optional function.
func call(fn func()) {
	if fn != nil {
		fn()
	}
}

// RevalidateCredential returns Unauthenticated if the actor's credential was revoked or has
// expired since the request was authenticated: the body of a request may arrive much later. Every
// transaction that writes for an actor calls it, and so do reads in several transactions. That the
// user is still active is checked by [RequireActive].
func (r *Runner) RevalidateCredential(tx model.Reader, actor model.Actor) error {
	if r.Denied.containsActor(actor) {
		return Unauthenticated()
	}
	good, err := true, error(nil)
	switch actor.Credential() {
	case model.ByAccessToken:
		var token model.AccessToken
		token, err = tx.Token(model.TokenID(actor.CredentialID()))
		good = token.RevokedAt.IsZero() && (token.ExpiresAt.IsZero() || token.ExpiresAt.After(r.Now()))
	case model.BySession:
		var session model.Session
		session, err = tx.Session(actor.Impersonator(), model.SessionID(actor.CredentialID()))
		good = r.IsLive(session)
	case model.ByAPIKey:
		var key model.APIKey
		key, err = tx.APIKeyOf(actor.Impersonator())
		good = key.CreatedAt.Equal(actor.APIKeyCreatedAt())
	case model.NoCredential, model.ByOperator, model.ByLink: // cannot be revoked
	}
	if err == nil && !good {
		return Unauthenticated()
	}
	return HideCredential(err)
}

// ReadBatch is [Runner.Read] for one batch of a list. The credential is checked for each
// batch, because it may have been revoked, or have expired, since the list began.
func (r *Runner) ReadBatch(ctx context.Context, actor model.Actor, need model.Permission, org model.OrgID, fn func(tx model.Reader, self model.User) error) error {
	return r.Read(ctx, actor, need, org, func(tx model.Reader, self model.User) error {
		if err := r.RevalidateCredential(tx, actor); err != nil {
			return err
		}
		return fn(tx, self)
	})
}

// RevalidateInBatch checks the credential for filters of [model.Batches]. A single page is read right
// after the credential was checked.
func (r *Runner) RevalidateInBatch(tx model.Reader, actor model.Actor, filter model.UserFilter) error {
	if !filter.Batch {
		return nil
	}
	return r.RevalidateCredential(tx, actor)
}

// Now returns the current time in the precision of the stores: UTC, microseconds.
func (r *Runner) Now() time.Time {
	return r.options.Now().UTC().Truncate(time.Microsecond)
}

// Read authorizes the actor for need in org and runs fn on cached data. It checks the credential
// again if it was authenticated some time ago, as for a request with a slow body.
func (r *Runner) Read(ctx context.Context, actor model.Actor, need model.Permission, org model.OrgID, fn func(tx model.Reader, self model.User) error) error {
	return r.store.ReadCached(ctx, func(tx model.Reader) error {
		if r.Denied.containsActor(actor) {
			return Unauthenticated()
		}
		if r.Now().Sub(actor.AuthenticatedAt()) > revalidateAfter {
			if err := r.RevalidateCredential(tx, actor); err != nil {
				return err
			}
		}
		self, err := Authorize(tx, actor, need, org)
		if err != nil {
			return err
		}
		return fn(tx, self)
	})
}

// revalidateAfter is how long a read relies on the authentication of its request.
const revalidateAfter = time.Second

// Update authorizes the actor for need in org, reserves the idempotency key of the request if
// there is one, and runs fn, in one transaction. The credential must still be valid.
func (r *Runner) Update(ctx context.Context, actor model.Actor, need model.Permission, org model.OrgID, fn func(tx model.Writer, self model.User) error) error {
	return r.Write(ctx, func(tx model.Writer) error {
		if err := r.RevalidateCredential(tx, actor); err != nil {
			return err
		}
		self, err := Authorize(tx, actor, need, org)
		if err == nil {
			err = r.reserveIdempotencyKey(ctx, tx, actor)
		}
		if err != nil {
			return err
		}
		return fn(tx, self)
	})
}

// Write runs fn in a transaction of the store. After the commit it calls the hooks of
// [Options] for queued emails, queued deliveries and recorded events, and wakes the followers
// of events.
func (r *Runner) Write(ctx context.Context, fn func(tx model.Writer) error) error {
	var effects commitEffects
	err := r.store.Update(ctx, func(tx model.Writer) error {
		effects = commitEffects{}
		return fn(effectWriter{tx, &effects})
	})
	if kind := fault.KindOf(err); err != nil && (kind == fault.Unavailable || kind == fault.Internal) && r.options.WriteFailed != nil {
		r.options.WriteFailed()
	}
	if err != nil {
		return err
	}
	if effects.mailQueued {
		call(r.options.MailQueued)
	}
	if effects.deliveryQueued {
		call(r.options.WebhookQueued)
	}
	if effects.eventRecorded {
		call(r.options.EventRecorded)
	}
	return nil
}

// Require returns an error unless the scopes of the actor's credential include need. Routers
// call it before they read a request. Whether the user has the permission is checked by the
// operation, in its transaction.
func (r *Runner) Require(_ context.Context, actor model.Actor, need model.Permission) error {
	switch {
	case need == model.Public || actor.IsOperator():
		return nil
	case actor.Anonymous():
		return Unauthenticated()
	case !actor.Permits(need):
		return scopeError(actor, need)
	}
	return nil
}

// Can returns nil if the actor has the permission need, inside org where need is about an
// organization. Operations that validate input or hash passwords call it first, so that
// callers without permission cause no such work and get no other error. The operation checks
// again in its transaction.
func (r *Runner) Can(ctx context.Context, actor model.Actor, need model.Permission, org model.OrgID) error {
	return r.Read(ctx, actor, need, org, func(model.Reader, model.User) error { return nil })
}

const (
	maintenanceBatches = 100
)

// Repeat runs drop in transactions until one deletes fewer rows than full.
func (r *Runner) Repeat(ctx context.Context, full int, drop func(tx model.Writer) (int, error)) error {
	for range maintenanceBatches {
		n := 0
		err := r.Write(ctx, func(tx model.Writer) (err error) {
			n, err = drop(tx)
			return err
		})
		if err != nil || n < full {
			return err
		}
	}
	return nil
}

// RequireRecentAuthentication returns Forbidden with Required on "reauthentication" if the
// actor uses a session without a recent password check, and Unauthenticated if the session has
// ended since the request began.
func (r *Runner) RequireRecentAuthentication(tx model.Reader, actor model.Actor) error {
	if r.options.Reauthenticate <= 0 || actor.Credential() != model.BySession {
		return nil
	}
	session, err := ActorSession(tx, actor)
	if err != nil {
		return err
	}
	impersonator, err := tx.User(actor.Impersonator())
	if err != nil {
		return HideCredential(err)
	}
	if r.isRecent(session.AuthenticatedAt(impersonator)) {
		return nil
	}
	return reauthenticationRequired()
}

// NeedsReauthentication reports whether [Runner.RequireRecentAuthentication] would return
// an error. It is for reads, and uses the session as of the authentication of the request.
func (r *Runner) NeedsReauthentication(tx model.Reader, actor model.Actor, self model.User) (bool, error) {
	if r.options.Reauthenticate <= 0 || actor.Credential() != model.BySession {
		return false, nil
	}
	impersonator := self
	if actor.Impersonates() {
		var err error
		if impersonator, err = tx.User(actor.Impersonator()); err != nil {
			return true, HideCredential(err)
		}
	}
	session := model.Session{CreatedAt: actor.SessionCreatedAt(), PasswordVerifiedAt: actor.PasswordVerifiedAt()}
	return !r.isRecent(session.AuthenticatedAt(impersonator)), nil
}

// isRecent reports whether at is within the time of the setting. A time in the future, beyond
// the possible clock skew between nodes, was written by a wrong clock and is not recent.
func (r *Runner) isRecent(at time.Time) bool {
	return r.isWithin(at, r.options.Reauthenticate)
}

func (r *Runner) isWithin(at time.Time, limit time.Duration) bool {
	age := r.Now().Sub(at)
	return age > -clockSkew && age < limit
}

// secondFactorRecent is how long a second factor counts as recent where Reauthenticate is 0.
const secondFactorRecent = 15 * time.Minute

// RequireRecentSecondFactor returns Forbidden with Required on "reauthentication" unless the session has
// recently proven a second factor and, with it, its password or a passkey. It holds without the setting too.
func (r *Runner) RequireRecentSecondFactor(s model.Session) error {
	limit := r.options.Reauthenticate
	if limit <= 0 {
		limit = secondFactorRecent
	}
	if r.isWithin(s.SecondFactorAt, limit) && r.isWithin(s.PasswordVerifiedAt, limit) {
		return nil
	}
	return reauthenticationRequired()
}
