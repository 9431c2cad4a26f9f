package secret

import (
	"context"
	"errors"
)

// MaxPassword is the longest password in bytes that is hashed. Longer ones are
// refused before any work is spent on them.
const MaxPassword = 1024

// ErrTooLong says that a password has more than MaxPassword bytes.
var ErrTooLong = errors.New("the password has more than 1024 bytes: choose a shorter one")

// Params is the cost of one argon2id hash.
type Params struct {
	MemoryKiB uint32 // memory filled, in KiB
	Time      uint32 // passes over that memory
	Threads   uint8  // lanes
}

// DefaultParams is the first choice of the OWASP password storage cheat sheet
// for argon2id: 19 MiB, two passes, one lane.
func DefaultParams() Params { return Params{MemoryKiB: 19 * 1024, Time: 2, Threads: 1} }

// A Hasher makes and verifies stored passwords, a few at a time. It may be
// used by many goroutines.
type Hasher struct {
	params   Params
	slots    *slots
	workshop workshop
	nobody   string
	imitated imitated
	work     work
}

// NewHasher returns a Hasher that makes new hashes with p, runs at most run
// hashes at once and lets at most queue callers wait. Params that
// Verify would refuse are replaced by DefaultParams; run counts as at least one.
func NewHasher(p Params, run, queue int) *Hasher {
	if p.check() != nil {
		p = DefaultParams()
	}
	// The key is random instead of derived from a password: verifying costs the
	// same, and no password in the world matches.
	nobody := argon2Hash{params: p, salt: randomBytes(saltBytes), key: randomBytes(keyBytes)}
	return &Hasher{
		params: p, slots: newSlots(run, queue), nobody: nobody.String(),
		workshop: workshop{rest: rest, taskLimit: taskLimit},
	}
}

// Hash returns the text to store for password, as Prepare gives it, in PHC form. It
// fails with ErrTooLong, ErrBusy or the context's error.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	password = Prepare(password)
	if len(password) > MaxPassword {
		return "", ErrTooLong
	}
	if err := h.slots.take(ctx); err != nil {
		return "", err
	}
	defer h.slots.release()
	made, err := h.workshop.do(task{Params: &h.params, Password: []byte(password)}, h.params)
	if err == nil {
		h.work.note(made.Stored)
	}
	return made.Stored, err
}

// Verify reports whether password belongs to the stored text encoded, and, if
// so, whether the caller should store a fresh Hash of it: encoded is then in a
// foreign format or was made with other parameters.
//
// A password whose prepared form differs is compared in both: hashes made elsewhere, or
// before passwords were prepared, are of the raw form and are upgraded.
//
// An empty encoded means a user without a password, and never matches. Every call
// does the same work, whatever encoded is: see [Hasher.Imitate]. Verify fails with
// ErrTooLong, ErrBusy, ErrEncoded or the context's error; a wrong password is not
// an error.
func (h *Hasher) Verify(ctx context.Context, encoded, password string) (ok, upgrade bool, err error) {
	if len(password) > MaxPassword {
		return false, false, ErrTooLong
	}
	if encoded == "" {
		encoded = h.nobody
	}
	stored, err := decode(encoded)
	if err != nil {
		return false, false, err
	}
	if err := h.slots.take(ctx); err != nil {
		return false, false, err
	}
	defer h.slots.release()
	prepared := Prepare(password)
	if len(prepared) > MaxPassword {
		prepared = password
	}
	plan := h.plan(encoded, stored)
	ok, err = h.compare(plan, encoded, prepared)
	if err != nil || prepared == password {
		return ok, ok && h.outdated(stored), err
	}
	raw, err := h.compare(plan, encoded, password)
	return err == nil && (ok || raw), raw || ok && h.outdated(stored), err
}

// compare does the work of each text of plan, and reports whether password belongs to
// encoded.
func (h *Hasher) compare(plan []string, encoded, password string) (ok bool, err error) {
	for _, text := range plan {
		compared, err := h.workshop.do(task{Stored: text, Password: []byte(password)}, h.params)
		if err != nil {
			return false, err
		}
		if text == encoded {
			ok = compared.matches()
		}
		h.work.note(text)
	}
	return ok, nil
}

// VerifyNobody spends the work of Verify on a name that does not exist, so that
// the time of the answer does not reveal which names exist. It fails as Verify
// does, and otherwise returns nil: the caller answers as to a wrong password.
func (h *Hasher) VerifyNobody(ctx context.Context, password string) error {
	_, _, err := h.Verify(ctx, h.nobody, password)
	return err
}

// outdated reports whether Hash would store something else today.
func (h *Hasher) outdated(stored storedHash) bool {
	own, ok := stored.(argon2Hash)
	return !ok || own.params != h.params || len(own.salt) != saltBytes || len(own.key) != keyBytes
}
