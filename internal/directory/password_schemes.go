package directory

import (
	"context"
	"sync"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

const (
	// firstSchemesBatch and schemesBatch are the numbers of password hashes that are read at once:
	// first few, because the hash that is looked for is usually among them.
	firstSchemesBatch, schemesBatch = 16, 1000
	// maxSchemeSamples bounds the schemes that are remembered. More than a few come only from
	// hashes with a cost of their own each.
	maxSchemeSamples = 64
)

// passwordSchemes remembers the schemes of stored password hashes of other products, so that
// maintenance reads only what is new. Such a hash is only written with a new user, whose id is
// higher than all before, and a login or a new password replaces it for good.
type passwordSchemes struct {
	mu sync.Mutex
	// after is the last user whose hash was read.
	after model.UserID
	// samples has the hash of each scheme with the lowest id of a user.
	samples map[string]model.ForeignHash
}

// loadPasswordSchemes finds the formats of stored password hashes of other products, so that
// logins with unknown names cost the same as with these: see [secret.Hasher.Imitate]. The first call
// reads all hashes. Later ones read those of users created since then, and one hash of each
// scheme; if that was replaced, the following hashes, up to the next one of that scheme.
//
// With several nodes, a transaction that inserts lower ids may commit after higher ids were read. If
// its scheme is new as well, this node learns it at the first login: see [secret.Hasher.Imitate].
func (d *Directory) loadPasswordSchemes(ctx context.Context) error {
	s := &d.schemes
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := d.renewSchemeSamples(ctx, s); err != nil {
		return err
	}
	err := d.eachForeignHash(ctx, s.after, func(h model.ForeignHash) bool {
		s.after = h.User
		s.add(h)
		return true
	})
	if err != nil {
		return err
	}
	texts := make(map[string]string, len(s.samples))
	for scheme, h := range s.samples {
		texts[scheme] = h.Hash
	}
	d.hasher.Imitate(texts)
	return nil
}

// add keeps h if it is the first hash of its scheme.
func (s *passwordSchemes) add(h model.ForeignHash) {
	scheme := secret.Scheme(h.Hash)
	if _, known := s.samples[scheme]; known || len(s.samples) >= maxSchemeSamples {
		return
	}
	if s.samples == nil {
		s.samples = map[string]model.ForeignHash{}
	}
	s.samples[scheme] = h
}

// renewSchemeSamples replaces the samples that are no longer stored.
func (d *Directory) renewSchemeSamples(ctx context.Context, s *passwordSchemes) error {
	if len(s.samples) == 0 {
		return nil
	}
	ids := make([]model.UserID, 0, len(s.samples))
	for _, h := range s.samples {
		ids = append(ids, h.User)
	}
	var stored map[model.UserID]string
	err := d.store.Read(ctx, func(tx model.Reader) (err error) {
		stored, err = tx.PasswordHashes(ids)
		return err
	})
	if err != nil {
		return err
	}
	for scheme, h := range s.samples {
		if stored[h.User] == h.Hash {
			continue
		}
		if err := d.renewSchemeSample(ctx, s, scheme); err != nil {
			return err
		}
	}
	return nil
}

// renewSchemeSample takes the next hash of the scheme, or forgets the scheme if there is none.
func (d *Directory) renewSchemeSample(ctx context.Context, s *passwordSchemes, scheme string) error {
	var next model.ForeignHash
	err := d.eachForeignHash(ctx, s.samples[scheme].User, func(h model.ForeignHash) bool {
		if secret.Scheme(h.Hash) == scheme {
			next = h
		}
		return next.User == 0
	})
	switch {
	case err != nil:
		return err
	case next.User == 0:
		delete(s.samples, scheme)
	default:
		s.samples[scheme] = next
	}
	return nil
}

// eachForeignHash calls fn for the hashes of users after an id, until it returns false.
func (d *Directory) eachForeignHash(ctx context.Context, after model.UserID, fn func(model.ForeignHash) bool) error {
	for limit := firstSchemesBatch; ; limit = min(4*limit, schemesBatch) {
		var page []model.ForeignHash
		err := d.store.Read(ctx, func(tx model.Reader) (err error) {
			page, err = tx.ForeignHashes(after, limit)
			return err
		})
		if err != nil {
			return err
		}
		for _, h := range page {
			after = h.User
			if !fn(h) {
				return nil
			}
		}
		if len(page) < limit {
			return nil
		}
	}
}
