// Package throttle counts attempts in the store and locks what reached its limit.
//
// Counters are rows of the store, so that they hold across restarts and for every node. Text that a
// caller chooses, such as a network address or a name without an account, is part of a key as a
// [Bucket] only: the number of rows is bounded, and a password typed as a name is stored nowhere.
package throttle

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"time"

	"roster.example/roster/internal/fault"
)

// Counter is what was counted under one key, for instance failed logins of one account.
type Counter struct {
	Key      string
	Failures int
	Since    time.Time // when counting began
	Until    time.Time // locked until then; zero if it is not
}

// Reader reads counters inside a transaction.
type Reader interface {
	Throttle(key string) (Counter, error) // a zero one when nothing was counted
	Throttles(keys []string) (map[string]Counter, error)
	ThrottlesUnder(prefix string) ([]Counter, error) // with this prefix of the key, by key
}

// Writer writes counters inside a transaction.
type Writer interface {
	PutThrottle(c Counter) error
	DropThrottle(key string) error
	DropThrottles(prefix string) error // all with this prefix of the key
}

// ReadWriter reads and writes counters inside one transaction.
type ReadWriter interface {
	Reader
	Writer
}

// Bound limits how often something happens under one key.
type Bound struct {
	Key    string
	Limit  int           // 0 allows any number
	Window time.Duration // over which it is counted
	Lock   time.Duration // how long the key is locked at the limit; 0 until the window ends
}

// end is when the lock of a key ends that reaches its limit now.
func (b Bound) end(c Counter, now time.Time) time.Time {
	if b.Lock == 0 {
		return c.Since.Add(b.Window)
	}
	return now.Add(b.Lock)
}

// next is a counter with one more attempt.
func (b Bound) next(c Counter, now time.Time) Counter {
	if c.Since.IsZero() || now.Sub(c.Since) > b.Window {
		c = Counter{Key: b.Key, Since: now}
	}
	c.Failures++
	if c.Failures >= b.Limit {
		c.Until = b.end(c, now)
	}
	return c
}

// Keys returns the keys of the bounds.
func Keys(bounds []Bound) []string {
	keys := make([]string, len(bounds))
	for i, b := range bounds {
		keys[i] = b.Key
	}
	return keys
}

// Check returns a Limited error if one of the keys is locked.
func Check(tx Reader, now time.Time, keys ...string) error {
	counted, err := tx.Throttles(keys)
	if err != nil {
		return err
	}
	return Locked(counted, now, keys...)
}

// Locked returns a Limited error if one of the keys is locked in counted. RetryAfter is the
// longest of the locks.
func Locked(counted map[string]Counter, now time.Time, keys ...string) error {
	wait := time.Duration(0)
	for _, key := range keys {
		wait = max(wait, counted[key].Until.Sub(now))
	}
	if wait > 0 {
		return Limited(wait)
	}
	return nil
}

// Limited returns the error of a locked key.
func Limited(wait time.Duration) error {
	return &fault.Error{Kind: fault.Limited, Msg: "too many tries; wait before the next one", RetryAfter: wait}
}

// Count adds one attempt to each bound, and locks those that reach their limit.
func Count(tx ReadWriter, now time.Time, bounds ...Bound) error {
	counted, err := tx.Throttles(Keys(bounds))
	if err != nil {
		return err
	}
	for _, b := range bounds {
		if b.Limit == 0 {
			continue
		}
		if err := tx.PutThrottle(b.next(counted[b.Key], now)); err != nil {
			return err
		}
	}
	return nil
}

// Take is Check and Count: it counts nothing where one of the bounds is locked.
func Take(tx ReadWriter, now time.Time, bounds ...Bound) error {
	if err := Check(tx, now, Keys(bounds)...); err != nil {
		return err
	}
	return Count(tx, now, bounds...)
}

// Reservation is an attempt that was counted before its result was known.
type Reservation struct {
	at     time.Time
	bounds []Bound
	before map[string]Counter
}

// Reserve is Take for an attempt that counts only with some results: see [Reservation.GiveBack].
// Attempts that run at the same time are limited by it as well.
func Reserve(tx ReadWriter, now time.Time, bounds ...Bound) (Reservation, error) {
	r := Reservation{at: now, bounds: bounds}
	var err error
	if r.before, err = tx.Throttles(Keys(bounds)); err != nil {
		return r, err
	}
	return r, Take(tx, now, bounds...)
}

// GiveBack takes the attempt back, and its lock if fewer attempts than the limit remain.
// A window that began after the reservation does not contain the attempt.
func (r Reservation) GiveBack(tx ReadWriter) error {
	counted, err := tx.Throttles(Keys(r.bounds))
	if err != nil {
		return err
	}
	for _, b := range r.bounds {
		c := counted[b.Key]
		if b.Limit == 0 || c.Failures == 0 || c.Since.After(r.at) {
			continue
		}
		if err := put(tx, b.without(c, r.before[b.Key])); err != nil {
			return err
		}
	}
	return nil
}

// without is c with one attempt less; before is the counter before that attempt.
func (b Bound) without(c, before Counter) Counter {
	c.Failures--
	switch {
	case c.Failures == before.Failures && c.Since.Equal(before.Since):
		c.Until = before.Until
	case c.Failures < b.Limit:
		c.Until = time.Time{}
	}
	return c
}

// put writes c, or drops it if it counts nothing.
func put(tx Writer, c Counter) error {
	if c.Failures == 0 {
		return tx.DropThrottle(c.Key)
	}
	return tx.PutThrottle(c)
}

// Rewrite writes the counters of the bounds unchanged. It takes as long as Count.
func Rewrite(tx ReadWriter, now time.Time, bounds ...Bound) error {
	counted, err := tx.Throttles(Keys(bounds))
	if err != nil {
		return err
	}
	for _, b := range bounds {
		c := counted[b.Key]
		if c.Key == "" || c.Since.IsZero() {
			c = Counter{Key: b.Key, Since: now}
		}
		if err := tx.PutThrottle(c); err != nil {
			return err
		}
	}
	return nil
}

// Bucket returns the keyed hash of text, cut to a number of hexadecimal digits.
func Bucket(key []byte, text string, digits int) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))[:digits]
}

// Networks returns the narrow and the wide network of an address: for IPv6 the /64, which
// one customer commonly has, and the /48; for IPv4 the address itself and the /24. Text that is
// no address stands for itself.
func Networks(address string) (narrow, wide string) {
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

// Forgive deletes the counters, and returns the highest count, because one failed login
// is counted under several keys.
func Forgive(tx ReadWriter, now time.Time, keys ...string) (failures int, locked bool, err error) {
	for _, key := range keys {
		t, err := tx.Throttle(key)
		if err != nil {
			return 0, false, err
		}
		failures = max(failures, t.Failures)
		locked = locked || t.Until.After(now)
		if err := tx.DropThrottle(key); err != nil {
			return 0, false, err
		}
	}
	return failures, locked, nil
}
