package directory

import (
	"context"

	"roster.example/roster/internal/model"
)

// Require returns an error unless the scopes of the actor's credential include need. Routers
// call it before they read a request. Whether the user has the permission is checked by the
// operation, in its transaction.
func (d *Directory) Require(ctx context.Context, actor model.Actor, need model.Permission) error {
	return d.ops.Require(ctx, actor, need)
}

// Can returns nil if the actor has the permission need, inside org where need is about an
// organization. The operation checks again in its transaction.
func (d *Directory) Can(ctx context.Context, actor model.Actor, need model.Permission, org model.OrgID) error {
	return d.ops.Can(ctx, actor, need, org)
}

// LookupResponse returns the stored response of a request with an idempotency key if the request
// was made before, and nil if it is new: see [operation.Runner.LookupResponse].
func (d *Directory) LookupResponse(ctx context.Context, actor model.Actor, key string, request []byte) ([]byte, error) {
	return d.ops.LookupResponse(ctx, actor, key, request)
}

// StoreResponse stores the response of a request with several transactions, the first of which
// reserved the idempotency key in ctx.
func (d *Directory) StoreResponse(ctx context.Context, actor model.Actor, response []byte) error {
	return d.ops.StoreResponse(ctx, actor, response)
}
