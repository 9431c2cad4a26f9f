package secret

import (
	"context"
	"errors"
)

// MaxPassword is the maximum length of a password in bytes, because the cost of hashing grows with it.
// Longer passwords are rejected before any work.
const MaxPassword = 1024

// ErrTooLong reports that a password has more than MaxPassword bytes.
var ErrTooLong = errors.New("the password has more than 1024 bytes: choose a shorter one")

// Params is the cost of one argon2id hash.
type Params struct {
	MemoryKiB uint32 // memory in KiB
	Time      uint32 // passes over the memory
	Threads   uint8  // lanes
}

// fallbackParams is the first choice of the OWASP password storage cheat sheet for argon2id: 19 MiB, two
// passes, one lane.
func fallbackParams() Params { return Params{MemoryKiB: 19 * 1024, Time: 2, Threads: 1} }

// A Hasher computes and verifies password hashes, a bounded number at a time. It is safe for
// concurrent use.
type Hasher struct {
	params    Params
	slots     *slots
	pool      workerPool
	dummyHash string
	imitated  imitated
	work      workCounter
}

// NewHasher returns a Hasher for new hashes with parameters p. At most run hashes, and at
// least one, run at the same time; at most queue requests of one origin wait. It uses
// fallbackParams if Verify would reject p.
func NewHasher(p Params, run, queue int) *Hasher {
	if p.check() != nil {
		p = fallbackParams()
	}
	// The key is random and not derived from a password: verifying has the same cost, and
	// no password matches.
	dummy := argon2Hash{params: p, salt: randomBytes(saltBytes), key: randomBytes(keyBytes)}
	return &Hasher{
		params: p, slots: newSlots(run, queue), dummyHash: dummy.String(),
		pool: workerPool{idleLimit: idleLimit, taskLimit: taskLimit},
	}
}

// Hash returns the hash of Prepare(password) as a PHC string, to be stored. It returns
// ErrTooLong, ErrBusy or the error of ctx.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	password = Prepare(password)
	if len(password) > MaxPassword {
		return "", ErrTooLong
	}
	if err := h.slots.take(ctx); err != nil {
		return "", err
	}
	defer h.slots.release()
	made, err := h.pool.run(task{Params: &h.params, Password: []byte(password)}, h.params)
	if err == nil {
		h.work.count(made.Stored)
	}
	return made.Stored, err
}

// Verify reports whether password matches the stored hash encoded. If it does, upgrade
// reports whether to store a new Hash of it, because encoded has another format or other
// parameters.
//
// A password whose prepared form differs is compared in both forms: imported hashes, and
// hashes from before passwords were prepared, have the raw form and are upgraded.
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
		encoded = h.dummyHash
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

// compare compares password with every hash of plan, so that the time does not depend on encoded,
// and reports whether it matches encoded, which is one of them.
func (h *Hasher) compare(plan []string, encoded, password string) (ok bool, err error) {
	for _, text := range plan {
		compared, err := h.pool.run(task{Stored: text, Password: []byte(password)}, h.params)
		if err != nil {
			return false, err
		}
		if text == encoded {
			ok = compared.matches()
		}
		h.work.count(text)
	}
	return ok, nil
}

// VerifyDummy does the work of Verify for an unknown user, so that the response time does
// not reveal which users exist. It returns the errors of Verify, and nil otherwise: respond
// as to a wrong password.
func (h *Hasher) VerifyDummy(ctx context.Context, password string) error {
	_, _, err := h.Verify(ctx, h.dummyHash, password)
	return err
}

// outdated reports whether stored differs in format or parameters from a new hash.
func (h *Hasher) outdated(stored storedHash) bool {
	own, ok := stored.(argon2Hash)
	return !ok || own.params != h.params || len(own.salt) != saltBytes || len(own.key) != keyBytes
}
