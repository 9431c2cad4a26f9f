package ratelimit

import (
	"context"
	"errors"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/throttle"
)

// HashPassword returns the hash of a password, "" for none. The length was checked before.
func HashPassword(ctx context.Context, hasher *secret.Hasher, actor model.Actor, password secret.Text) (string, error) {
	if password == "" {
		return "", nil
	}
	hash, err := hasher.Hash(HashingContext(ctx, actor), password.Reveal())
	return hash, HashingBusy(err)
}

// HashingBusy turns a full queue of the hasher into Limited with RetryAfter.
func HashingBusy(err error) error {
	if errors.Is(err, secret.ErrBusy) || errors.Is(err, context.DeadlineExceeded) {
		return &fault.Error{Kind: fault.Limited, Msg: "too many sign-ins at once; try again in a moment", RetryAfter: time.Second, Err: err}
	}
	return err
}

// HashingContext returns a context whose hashes wait in the queue of the caller's network.
func HashingContext(ctx context.Context, actor model.Actor) context.Context {
	narrow, wide := throttle.Networks(actor.Address())
	return secret.WithOrigin(ctx, secret.Origin{Wide: wide, Narrow: narrow})
}
