package loginlimit

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/throttle"
	"roster.example/roster/internal/unitext"
)

// knownLife is how long a network is known to an account.
const knownLife = 30 * day

// Limits counts logins. It has no operation, so the directory does not embed it.
type Limits struct {
	ops      *operation.Runner
	networks *ratelimit.Limits
	log      *slog.Logger
	options  ratelimit.LoginLimits
	reveals  func(model.API) bool
}

// New returns the limits. reveals reports whether failed logins at an API reveal that an account exists.
func New(ops *operation.Runner, networks *ratelimit.Limits, log *slog.Logger, options ratelimit.LoginLimits, reveals func(model.API) bool) *Limits {
	return &Limits{ops, networks, log, options, reveals}
}

// Subject is the user that a login names.
type Subject struct {
	ID   model.UserID // of a known user; then Name is the id as text
	Name string       // as it was typed
}

// guessBounds count wrong passwords for a typed name, or for an account.
type guessBounds struct {
	prefix string           // of the keys
	pair   []throttle.Bound // from one network
	others []throttle.Bound // from a wide network, and from all
}

// Limit is what counts against one login.
type Limit struct {
	known     string           // key of the mark that the network is known to the account
	named     guessBounds      // the name as it was typed
	account   guessBounds      // the account; none where the caller is known to be its user
	callers   []throttle.Bound // the network alone
	revealing []throttle.Bound // answers to the network that revealed accounts; see revealingBounds
	network   throttle.Bound   // successful logins from the network
	logins    throttle.Bound   // successful logins of the account
}

// AccountPrefix begins the keys of counters against one user.
func AccountPrefix(id model.UserID) string { return fmt.Sprintf("account:%d:", id) }

// KnownKey returns the key of the mark that an account knows the network of an actor.
func (l *Limits) KnownKey(account string, actor model.Actor) string {
	return account + "known:" + l.networks.NarrowBucket(actor)
}

// namePrefix begins the keys of counters of a name as it was typed.
func (l *Limits) namePrefix(typed string) string {
	return "name:" + l.networks.Bucket("name", loginKey(unitext.Truncate(typed, 320)), ratelimit.NameDigits) + ":"
}

// accountKeys is AccountPrefix. A name without an account has the counters of an account
// too, so that both take the same work.
func (l *Limits) accountKeys(s Subject, found model.User) string {
	if found.ID != 0 {
		return AccountPrefix(found.ID)
	}
	return "no:" + l.namePrefix(s.Name)
}

// loginKey is one for all spellings of a name or address.
func loginKey(name string) string {
	if strings.Contains(name, "@") {
		return emailaddress.Key(name)
	}
	return unitext.Fold(name)
}

// For returns what counts against a login. found is the user that it names, zero if there is none.
func (l *Limits) For(actor model.Actor, s Subject, found model.User) Limit {
	a, limits := l.accountKeys(s, found), l.options
	limit := Limit{
		known: l.KnownKey(a, actor),
		named: l.guessBounds(l.namePrefix(s.Name), actor), account: l.guessBounds(a, actor),
		callers: []throttle.Bound{
			l.networks.InWindow(l.networks.AddressKey(actor), limits.AddressFailures), l.networks.InWindow(l.networks.WideAddressKey(actor), ratelimit.WideFactor*limits.AddressFailures),
		},
		revealing: l.revealingBounds(actor, s),
		network:   throttle.Bound{Key: l.networks.FromNetwork("logins", actor), Limit: limits.AddressLogins, Window: time.Minute},
		logins:    throttle.Bound{Key: a + "logins", Limit: limits.AccountLogins, Window: time.Minute},
	}
	if s.ID != 0 {
		limit.named, limit.account = limit.account, guessBounds{}
	}
	return limit
}

// revealingBounds returns the bounds of a login if its answer can reveal that an account exists. There
// are none at APIs that reveal nothing, nor where the user is known already by a session.
func (l *Limits) revealingBounds(actor model.Actor, s Subject) []throttle.Bound {
	if s.ID != 0 || !l.reveals(actor.API()) {
		return nil
	}
	return l.networks.RevealingBounds(actor)
}

// guessBounds are the bounds whose keys begin with prefix.
func (l *Limits) guessBounds(prefix string, actor model.Actor) guessBounds {
	n, from, near := l.options.AccountFailures, prefix+"from:"+l.networks.NarrowBucket(actor), prefix+"near:"+l.networks.WideBucket(actor)
	return guessBounds{
		prefix: prefix,
		pair:   []throttle.Bound{l.networks.InWindow(from, n), ratelimit.Daily(from+":day", 10*n)},
		others: []throttle.Bound{
			l.networks.InWindow(near, 2*n), ratelimit.Daily(near+":day", 4*n),
			l.networks.InWindow(prefix+"all", 5*n), ratelimit.Daily(prefix+"all:day", 10*n),
		},
	}
}

const day = 24 * time.Hour
