// Package idempotency carries the idempotency key of a request (Idempotency-Key in HTTP) in its
// context, from the API that received it to the operation that reserves it.
package idempotency

import (
	"context"

	"roster.example/roster/internal/secret"
)

// Key is the idempotency key of a request. The zero Key is none.
type Key struct {
	Text    string // chosen by the caller
	Request []byte // hash of the request
}

type (
	keyContext     struct{}
	encoderContext struct{}
)

// WithKey returns a context in which the next operation that writes reserves the key. request is a
// hash of the request.
func WithKey(ctx context.Context, text string, request []byte) context.Context {
	return context.WithValue(ctx, keyContext{}, Key{text, request})
}

// WithoutKey returns a context without the key, for the operations of a request after the one that
// reserved it.
func WithoutKey(ctx context.Context) context.Context { return WithKey(ctx, "", nil) }

// KeyFrom returns the key in the context; the zero Key if there is none.
func KeyFrom(ctx context.Context) Key {
	key, _ := ctx.Value(keyContext{}).(Key)
	return key
}

// An Encoder encodes the response of an operation from its result.
type Encoder func(result any) ([]byte, error)

// WithEncoder returns a context in which an operation of one transaction stores its response in
// that transaction. The encoder is called with the result before the commit, perhaps several
// times. Repeated requests get the stored response from then on, also after a crash.
func WithEncoder(ctx context.Context, encode Encoder) context.Context {
	return context.WithValue(ctx, encoderContext{}, encode)
}

// EncoderFrom returns the encoder in the context; nil if there is none.
func EncoderFrom(ctx context.Context) Encoder {
	encode, _ := ctx.Value(encoderContext{}).(Encoder)
	return encode
}

// SecretResult is the result of an operation that returns a secret once.
type SecretResult[T any] struct {
	Value  T
	Secret secret.Text
}
