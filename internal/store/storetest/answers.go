package storetest

import (
	"errors"
	"sync"
	"time"

	"roster.example/roster/internal/directory"
)

func answerPromises() []promise {
	return []promise{
		{"an answer comes back as it was claimed and then put", answerRoundTrip},
		{"a key is claimed once until it ends, and by each person", answerClaims},
		{"of many who claim a key at once, one does", answerRace},
		{"answers that have ended are dropped, and go with their person", answersGo},
	}
}

func claim(user directory.UserID, key string) directory.StoredResponse {
	return directory.StoredResponse{User: user, Key: key, Request: []byte{0, 0xff, 1}, ReservedAt: moment(), ExpiresAt: moment().Add(time.Hour)}
}

func (f fixture) claimKey(a directory.StoredResponse) {
	f.Helper()
	f.update(func(tx directory.Writer) error { return tx.AddStoredResponse(a) })
}

func answerOf(user directory.UserID, key string) func(directory.Reader) (directory.StoredResponse, error) {
	return func(tx directory.Reader) (directory.StoredResponse, error) { return tx.StoredResponse(user, key) }
}

func answerRoundTrip(f fixture) {
	ada := f.user("ada").ID
	missing(f, "a new key", answerOf(ada, "k"))
	a := claim(ada, "k \u00e9")
	f.claimKey(a)
	a.ReservedAt = time.Time{} // it says how to claim, and is not kept
	f.same("claimed", read(f, answerOf(ada, a.Key)), a)
	a.Sealed = []byte{9, 0, 8}
	f.update(func(tx directory.Writer) error { return tx.PutStoredResponse(ada, a.Key, a.Sealed) })
	f.same("answered", read(f, answerOf(ada, a.Key)), a)
	f.update(func(tx directory.Writer) error { return tx.PutStoredResponse(ada, "other", []byte("late")) })
	missing(f, "an answer to what nobody claimed", answerOf(ada, "other"))
}

func answerClaims(f fixture) {
	ada, eve := f.user("ada").ID, f.user("eve").ID
	f.claimKey(claim(ada, "k"))
	f.update(func(tx directory.Writer) error { return tx.PutStoredResponse(ada, "k", []byte("done")) })
	f.claimKey(claim(eve, "k"))
	f.claimKey(claim(ada, "K"))
	again := claim(ada, "k")
	again.ReservedAt = again.ExpiresAt.Add(-time.Microsecond)
	f.wantConflict(f.refused(func(tx directory.Writer) error { return tx.AddStoredResponse(again) }), "answer")
	f.same("refused", string(read(f, answerOf(ada, "k")).Sealed), "done")
	again.ReservedAt, again.ExpiresAt, again.Request = again.ExpiresAt, again.ExpiresAt.Add(time.Hour), []byte("another")
	f.claimKey(again)
	again.ReservedAt = time.Time{}
	f.same("claimed anew", read(f, answerOf(ada, "k")), again)
	failed := errors.New("failed")
	if err := f.store.Update(f.Context(), func(tx directory.Writer) error {
		return errors.Join(tx.AddStoredResponse(claim(eve, "undone")), failed)
	}); !errors.Is(err, failed) {
		f.Errorf("got %v", err)
	}
	missing(f, "a claim whose deed failed", answerOf(eve, "undone"))
}

func answerRace(f fixture) {
	ada := f.user("ada").ID
	var tries sync.WaitGroup
	results := make(chan error, 8)
	for range cap(results) {
		tries.Go(func() {
			results <- f.store.Update(f.Context(), func(tx directory.Writer) error { return tx.AddStoredResponse(claim(ada, "k")) })
		})
	}
	tries.Wait()
	close(results)
	done := 0
	for err := range results {
		if err == nil {
			done++
			continue
		}
		f.wantConflict(err, "answer")
	}
	f.same("claims", done, 1)
}

func answersGo(f fixture) {
	ada, eve := f.user("ada").ID, f.user("eve").ID
	late := claim(ada, "late")
	late.ExpiresAt = moment().Add(2 * time.Hour)
	f.claimKey(late)
	f.claimKey(claim(ada, "early"))
	f.claimKey(claim(eve, "late"))
	f.update(func(tx directory.Writer) error { return tx.Expire(moment().Add(90 * time.Minute)) })
	missing(f, "one that ended", answerOf(ada, "early"))
	late.ReservedAt = time.Time{}
	f.same("one that did not", read(f, answerOf(ada, "late")), late)
	f.update(func(tx directory.Writer) error { return tx.DropUser(ada) })
	missing(f, "one of who is gone", answerOf(ada, "late"))
}
