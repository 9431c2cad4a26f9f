package directory

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
)

// Counters are rows of the store, so that they hold across restarts and for every
// node. A row lives at most a day after it was last needed; the mark of a known
// network lives for knownLife. Text that a caller
// chooses (a network address, a name without an account) is a bucket of a keyed
// hash in its key: the number of rows is bounded, and a password typed as a name is
// stored nowhere.

// bound is how much of something one key allows.
type bound struct {
	key    string
	limit  int           // 0 allows any number
	window time.Duration // over which it is counted
	lock   time.Duration // how long the key is locked then; 0 until the window ends
}

// ends is when a key is free again that reached its limit now.
func (b bound) ends(t Throttle, now time.Time) time.Time {
	if b.lock == 0 {
		return t.Since.Add(b.window)
	}
	return now.Add(b.lock)
}

// inWindow is a bound with the window and lock of failed logins.
func (d *Directory) inWindow(key string, limit int) bound {
	return bound{key, limit, d.options.Login.Window, d.options.Login.Lock}
}

const day = 24 * time.Hour

func daily(key string, limit int) bound { return bound{key: key, limit: limit, window: day} }

// bucket is the keyed hash of text, as so many hexadecimal digits.
func (d *Directory) bucket(purpose, text string, digits int) string {
	mac := hmac.New(sha256.New, d.counterKey(purpose))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))[:digits]
}

// The number of buckets of names and of networks.
const (
	nameDigits    = 5 // 1,048,576
	networkDigits = 5 // 1,048,576
)

// networks are the narrow and the wide network of an address: of IPv6 its /64, which
// one customer commonly has, and its /48; of IPv4 the address itself and its /24.
// Text that is no address stands for itself.
func networks(address string) (narrow, wide string) {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return address, address
	}
	addr = addr.Unmap().WithZone("")
	bits := [2]int{32, 24}
	if addr.Is6() {
		bits = [2]int{64, 48}
	}
	near, _ := addr.Prefix(bits[0]) // fails only for more bits than the address has
	far, _ := addr.Prefix(bits[1])
	return near.String(), far.String()
}

// narrowBucket and wideBucket return the buckets of the networks of an actor.
func (d *Directory) narrowBucket(actor Actor) string {
	narrow, _ := networks(actor.address)
	return d.bucket("network", narrow, networkDigits)
}

func (d *Directory) wideBucket(actor Actor) string {
	_, wide := networks(actor.address)
	return d.bucket("network", wide, networkDigits)
}

// fromNetwork returns a key of the narrow network of an actor.
func (d *Directory) fromNetwork(kind string, actor Actor) string {
	return kind + ":" + d.narrowBucket(actor)
}

// addressKey counts failed logins from one network, and wideAddressKey those from a
// wide one.
func (d *Directory) addressKey(actor Actor) string { return d.fromNetwork("address", actor) }

func (d *Directory) wideAddressKey(actor Actor) string { return "near:" + d.wideBucket(actor) }

// wideFactor is how many times more is allowed to a wide network than to a narrow one.
const wideFactor = 4

// networkBounds returns bounds for the narrow and the wide network of an actor.
func (d *Directory) networkBounds(kind string, actor Actor, limit int) []bound {
	return []bound{
		d.inWindow(d.fromNetwork(kind, actor), limit),
		d.inWindow(kind+":near:"+d.wideBucket(actor), wideFactor*limit),
	}
}

// tellingBounds bound answers that reveal whether an account exists.
func (d *Directory) revealingBounds(actor Actor) []bound {
	return d.networkBounds("telling", actor, d.options.Login.RevealingAnswers)
}

// resetBounds returns the bounds of a request for a password reset with an answer that reveals nothing. They have
// counters of their own, because such requests must not keep other users of the network
// from logging in.
func (d *Directory) resetBounds(actor Actor) []bound {
	return d.networkBounds("resets", actor, d.options.Login.RevealingAnswers)
}

func (d *Directory) signUpBounds(actor Actor) []bound {
	return d.networkBounds("signup", actor, d.options.Login.SignUps)
}

// emailKey counts the emails by which the addresses of one user ask to be proven:
// adding and removing an address for ever would fill a mailbox.
func emailKey(id UserID) string { return fmt.Sprintf("email:%d", id) }

// forgotKey counts recovery emails to one user.
func forgotKey(id UserID) string { return fmt.Sprintf("forgot:%d", id) }

// hashing returns a context whose hashes wait in the queue of the caller's network.
func hashing(ctx context.Context, actor Actor) context.Context {
	narrow, wide := networks(actor.address)
	return secret.WithOrigin(ctx, secret.Origin{Wide: wide, Narrow: narrow})
}

// unthrottled refuses while one of the keys is locked.
func (d *Directory) unthrottled(tx Reader, keys ...string) error {
	counted, err := tx.Throttles(keys)
	if err != nil {
		return err
	}
	return d.locked(counted, keys...)
}

// locked refuses while one of the keys is, for as long as the last of them.
func (d *Directory) locked(counted map[string]Throttle, keys ...string) error {
	now := d.now()
	wait := time.Duration(0)
	for _, key := range keys {
		wait = max(wait, counted[key].Until.Sub(now))
	}
	if wait > 0 {
		return limited(wait)
	}
	return nil
}

func limited(wait time.Duration) error {
	return &fault.Error{Kind: fault.Limited, Msg: "too many tries; wait before the next one", RetryAfter: wait}
}

// count adds one to key and locks it when limit is reached.
func (d *Directory) count(tx Writer, key string, limit int) error {
	return d.countAll(tx, d.inWindow(key, limit))
}

// countAll adds one to each bound, and locks those that reach their limit.
func (d *Directory) countAll(tx Writer, bounds ...bound) error {
	counted, err := tx.Throttles(keysOf(bounds))
	if err != nil {
		return err
	}
	for _, b := range bounds {
		if b.limit == 0 {
			continue
		}
		if err := tx.PutThrottle(d.oneMore(counted[b.key], b)); err != nil {
			return err
		}
	}
	return nil
}

// rewriteAll writes the counters of the bounds as they are: as much work as countAll.
func (d *Directory) rewriteAll(tx Writer, bounds ...bound) error {
	counted, err := tx.Throttles(keysOf(bounds))
	if err != nil {
		return err
	}
	for _, b := range bounds {
		t := counted[b.key]
		if t.Key == "" || t.Since.IsZero() {
			t = Throttle{Key: b.key, Since: d.now()}
		}
		if err := tx.PutThrottle(t); err != nil {
			return err
		}
	}
	return nil
}

func keysOf(bounds []bound) []string {
	keys := make([]string, len(bounds))
	for i, b := range bounds {
		keys[i] = b.key
	}
	return keys
}

// oneMore is a counter after one more.
func (d *Directory) oneMore(t Throttle, b bound) Throttle {
	now := d.now()
	if t.Since.IsZero() || now.Sub(t.Since) > b.window {
		t = Throttle{Key: b.key, Since: now}
	}
	t.Failures++
	if t.Failures >= b.limit {
		t.Until = b.ends(t, now)
	}
	return t
}

// telling wraps an operation of an anonymous caller whose error would reveal whether
// an account exists: after many such answers the address has to wait.
func (d *Directory) limitRevealingAnswers(ctx context.Context, actor Actor, operation func() error) error {
	bounds := d.revealingBounds(actor)
	err := d.store.Read(ctx, func(tx Reader) error { return d.unthrottled(tx, keysOf(bounds)...) })
	if err != nil {
		return err
	}
	verdict := operation()
	if kind := fault.KindOf(verdict); verdict == nil || kind != fault.NotFound && kind != fault.Conflict {
		return verdict
	}
	if err := d.write(ctx, func(tx Writer) error { return d.countAll(tx, bounds...) }); err != nil {
		return err
	}
	return verdict
}

// inviterKey counts the invitations of one user, invitingBounds those from one network,
// and orgInvitationsKey those of one organization: anyone may found an organization
// and fill mailboxes by it.
func inviterKey(id UserID) string { return fmt.Sprintf("inviter:%d", id) }

func (d *Directory) invitingBounds(actor Actor) []bound {
	return d.networkBounds("inviting", actor, d.options.Login.Invitations)
}

func orgInvitationsKey(id OrgID) string { return fmt.Sprintf("invitations:%d", id) }

// countInvitation refuses more invitations than are plausible. Administrators and the
// operator are bound by what one address may get alone: see [Directory.post].
func (d *Directory) countInvitation(tx Writer, actor Actor, self User, org OrgID) error {
	if actor.isOperator() || self.Admin {
		return nil
	}
	bounds := d.invitingBounds(actor)
	for _, key := range []string{inviterKey(self.ID), orgInvitationsKey(org)} {
		bounds = append(bounds, d.inWindow(key, d.options.Login.Invitations))
	}
	if err := d.unthrottled(tx, keysOf(bounds)...); err != nil {
		return err
	}
	return d.countAll(tx, bounds...)
}
