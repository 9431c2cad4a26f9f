package storetest

import (
	"errors"
	"sync"
	"time"

	"roster.example/roster/internal/model"
)

func idempotencyTests() []contractTest {
	return []contractTest{
		{"a stored response is read as it was written", responseRoundTrip},
		{"an idempotency key is reserved once per user until it expires", keyReservedOnce},
		{"of many concurrent reservations of a key, one succeeds", keyReservedByOne},
		{"expired responses are deleted, and with a user all their responses", expiredResponses},
	}
}

func keyReservation(user model.UserID, key string) model.StoredResponse {
	return model.StoredResponse{User: user, Key: key, Request: []byte{0, 0xff, 1}, ReservedAt: sampleTime(), ExpiresAt: sampleTime().Add(time.Hour)}
}

func (f fixture) reserveKey(a model.StoredResponse) {
	f.Helper()
	f.update(func(tx model.Writer) error { return tx.AddStoredResponse(a) })
}

func storedResponse(user model.UserID, key string) func(model.Reader) (model.StoredResponse, error) {
	return func(tx model.Reader) (model.StoredResponse, error) { return tx.StoredResponse(user, key) }
}

func responseRoundTrip(f fixture) {
	ada := f.user("ada").ID
	wantNotFound(f, "a new key", storedResponse(ada, "k"))
	a := keyReservation(ada, "k \u00e9")
	f.reserveKey(a)
	a.ReservedAt = time.Time{} // used by the reservation, not stored
	f.wantEqual("claimed", readValue(f, storedResponse(ada, a.Key)), a)
	a.Sealed = []byte{9, 0, 8}
	f.update(func(tx model.Writer) error { return tx.PutStoredResponse(ada, a.Key, a.Sealed) })
	f.wantEqual("answered", readValue(f, storedResponse(ada, a.Key)), a)
	f.update(func(tx model.Writer) error { return tx.PutStoredResponse(ada, "other", []byte("late")) })
	wantNotFound(f, "a response for a key that was not reserved", storedResponse(ada, "other"))
}

func keyReservedOnce(f fixture) {
	ada, eve := f.user("ada").ID, f.user("eve").ID
	f.reserveKey(keyReservation(ada, "k"))
	f.update(func(tx model.Writer) error { return tx.PutStoredResponse(ada, "k", []byte("done")) })
	f.reserveKey(keyReservation(eve, "k"))
	f.reserveKey(keyReservation(ada, "K"))
	again := keyReservation(ada, "k")
	again.ReservedAt = again.ExpiresAt.Add(-time.Microsecond)
	f.wantConflict(f.failedUpdate(func(tx model.Writer) error { return tx.AddStoredResponse(again) }), "answer")
	f.wantEqual("refused", string(readValue(f, storedResponse(ada, "k")).Sealed), "done")
	again.ReservedAt, again.ExpiresAt, again.Request = again.ExpiresAt, again.ExpiresAt.Add(time.Hour), []byte("another")
	f.reserveKey(again)
	again.ReservedAt = time.Time{}
	f.wantEqual("claimed anew", readValue(f, storedResponse(ada, "k")), again)
	failed := errors.New("failed")
	if err := f.store.Update(f.Context(), func(tx model.Writer) error {
		return errors.Join(tx.AddStoredResponse(keyReservation(eve, "undone")), failed)
	}); !errors.Is(err, failed) {
		f.Errorf("got %v", err)
	}
	wantNotFound(f, "a claim whose deed failed", storedResponse(eve, "undone"))
}

func keyReservedByOne(f fixture) {
	ada := f.user("ada").ID
	var tries sync.WaitGroup
	results := make(chan error, 8)
	for range cap(results) {
		tries.Go(func() {
			results <- f.store.Update(f.Context(), func(tx model.Writer) error { return tx.AddStoredResponse(keyReservation(ada, "k")) })
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
	f.wantEqual("claims", done, 1)
}

func expiredResponses(f fixture) {
	ada, eve := f.user("ada").ID, f.user("eve").ID
	late := keyReservation(ada, "late")
	late.ExpiresAt = sampleTime().Add(2 * time.Hour)
	f.reserveKey(late)
	f.reserveKey(keyReservation(ada, "early"))
	f.reserveKey(keyReservation(eve, "late"))
	f.update(func(tx model.Writer) error { return expireAll(tx, sampleTime().Add(90*time.Minute)) })
	wantNotFound(f, "one that ended", storedResponse(ada, "early"))
	late.ReservedAt = time.Time{}
	f.wantEqual("one that did not", readValue(f, storedResponse(ada, "late")), late)
	f.update(func(tx model.Writer) error { return tx.DropUser(ada) })
	wantNotFound(f, "a response of a deleted user", storedResponse(ada, "late"))
}
