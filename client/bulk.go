package client

import (
	"context"
	"slices"
)

// Operation is one operation of a bulk request. Create it with [CreateOp], [UpdateOp] or [UserOp].
type Operation struct {
	Op      Op          `json:"op"`
	ID      int64       `json:"id,omitempty"`       // the user; required except for OpCreate
	Create  *NewUser    `json:"create,omitempty"`   // for OpCreate
	Update  *UserUpdate `json:"update,omitempty"`   // for OpUpdate
	IfMatch string      `json:"if_match,omitempty"` // for OpUpdate: only this version
}

// Op is the kind of an operation.
type Op string

// The operations of bulk requests.
const (
	OpCreate     Op = "create"
	OpUpdate     Op = "update"
	OpBlock      Op = "block"
	OpUnblock    Op = "unblock"
	OpDeactivate Op = "deactivate"
	OpReactivate Op = "reactivate"
	OpDelete     Op = "delete"
)

// CreateOp returns an operation that creates a user.
func CreateOp(n NewUser) Operation { return Operation{Op: OpCreate, Create: &n} }

// UpdateOp returns an operation that updates a user.
func UpdateOp(id int64, change UserUpdate) Operation {
	return Operation{Op: OpUpdate, ID: id, Update: &change, IfMatch: change.IfMatch}
}

// UserOp returns an operation that needs only the id of the user.
func UserOp(op Op, id int64) Operation { return Operation{Op: op, ID: id} }

// OperationResult is the result of one operation.
type OperationResult struct {
	Status int    // the status that the single operation would have
	User   *User  // the user after the operation; nil after a deletion and if Err is set
	Err    *Error // nil if the operation succeeded
}

// operationResult is the JSON form of OperationResult.
type operationResult struct {
	Status  int      `json:"status"`
	User    *User    `json:"user"`
	ETag    string   `json:"etag"`
	Problem *problem `json:"problem"`
}

func (o operationResult) export() OperationResult {
	shown := OperationResult{Status: o.Status, User: o.User}
	if o.User != nil {
		o.User.ETag = o.ETag
	}
	if o.Problem != nil {
		shown.Err = o.Problem.err()
	}
	return shown
}

// maxBulk is the maximum number of operations or invitations of one request. A test compares it with the server.
const maxBulk = 500

// bulkUsersRequest is the body of a bulk request.
type bulkUsersRequest struct {
	Operations []Operation `json:"operations"`
}

// Bulk executes operations in order, each in its own transaction, and returns one result for each, in the same order. More
// than 500 take several requests: if one fails, the results of the previous requests are returned with the error.
func (s Users) Bulk(ctx context.Context, wanted []Operation) ([]OperationResult, error) {
	outcomes := make([]OperationResult, 0, len(wanted))
	for some := range slices.Chunk(wanted, maxBulk) {
		page, err := post[Page[operationResult]](ctx, s.c, "/users/bulk", bulkUsersRequest{some})
		if err != nil {
			return outcomes, err
		}
		for _, o := range page.Items {
			outcomes = append(outcomes, o.export())
		}
	}
	return outcomes, nil
}
