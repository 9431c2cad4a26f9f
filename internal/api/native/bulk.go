package native

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/idempotency"
	"roster.example/roster/internal/model"
)

// userOperation is one operation of a bulk request.
type userOperation struct {
	Op      string             `json:"op" enum:"create,update,block,unblock,deactivate,reactivate,delete" example:"block"`
	ID      int64              `json:"id,omitempty" minimum:"1" doc:"The user. Required except for create." example:"42"`
	Create  *createUserRequest `json:"create,omitempty" doc:"For create: the user to create."`
	Update  *updateUserRequest `json:"update,omitempty" doc:"For update: the members to change."`
	IfMatch string             `json:"if_match,omitempty" minLength:"1" maxLength:"255" doc:"For update: apply only to this version (ETag)."`
}

type bulkUsersRequest struct {
	Operations []userOperation `json:"operations" minItems:"1" maxItems:"500" doc:"Executed in order, each in its own transaction." example:"[{\"op\": \"block\", \"id\": 42}]"`
}

// operationResult is the result of one operation.
type operationResult struct {
	Status  int      `json:"status" doc:"The status that the single operation would have." example:"200"`
	User    *user    `json:"user,omitempty" doc:"The user after the operation."`
	ETag    string   `json:"etag,omitempty" doc:"The version of the user."`
	Problem *problem `json:"problem,omitempty" doc:"Why the operation failed."`
}

func (a api) addBulkOperations(h huma.API) {
	add(h, operation{id: "bulkUsers", method: "POST", path: "/users/bulk", permission: model.UsersManage, tag: "bulk", first: true, keyed: true, storeLater: true,
		summary:     "Run several operations on users",
		description: "Runs the operations in order and returns one result for each. An operation that fails does not undo the others."}, a.bulkUsers)
}

func (a api) bulkUsers(ctx context.Context, actor model.Actor, in *struct {
	Keyed
	Body bulkUsersRequest
}) (*body[list[operationResult]], error) {
	if err := a.directory.Can(ctx, actor, model.UsersManage, 0); err != nil {
		return nil, err
	}
	results := make([]operationResult, 0, len(in.Body.Operations))
	for _, op := range in.Body.Operations {
		result := a.runOperation(ctx, actor, op)
		if result.Problem == nil {
			ctx = idempotency.WithoutKey(ctx) // the key belongs to the first successful operation
		}
		results = append(results, result)
	}
	return bodyOf(list[operationResult]{Items: results}), nil
}

// runOperation executes one operation and returns its result. After the deadline of the request, the remaining operations
// are reported as failed, so that the client knows which ones were executed.
func (a api) runOperation(ctx context.Context, actor model.Actor, op userOperation) operationResult {
	if ctx.Err() != nil {
		p := newProblem(http.StatusServiceUnavailable, "unavailable", "the request timed out before this operation; send it again")
		return operationResult{Status: p.Status, Problem: p}
	}
	u, err := a.applyOperation(ctx, actor, op)
	if err != nil {
		p := problemFor(err)
		return operationResult{Status: p.Status, Problem: p}
	}
	switch op.Op {
	case "delete":
		return operationResult{Status: http.StatusNoContent}
	case "create":
		return operationResult{Status: http.StatusCreated, User: pointerTo(newUser(u)), ETag: etag(u.Version())}
	}
	return operationResult{Status: http.StatusOK, User: pointerTo(newUser(u)), ETag: etag(u.Version())}
}

func (a api) applyOperation(ctx context.Context, actor model.Actor, op userOperation) (model.User, error) {
	id := model.UserID(op.ID)
	if missing := op.missingMember(); missing != "" {
		return model.User{}, &fault.Error{
			Kind: fault.Invalid, Msg: "the operation " + op.Op + " requires the member " + missing, Fields: []fault.Field{{Name: missing, Code: fault.Blank}},
		}
	}
	switch op.Op {
	case "create":
		return a.createUserAs(ctx, actor, *op.Create)
	case "update":
		change := op.Update.userChange()
		change.IfVersion = IfMatchHeader{op.IfMatch}.version()
		return a.updateUserAs(ctx, actor, id, change)
	case "block":
		return a.directory.BlockUser(ctx, actor, id)
	case "unblock":
		return a.directory.UnblockUser(ctx, actor, id)
	case "deactivate":
		return a.directory.DeactivateUser(ctx, actor, id)
	case "reactivate":
		return a.directory.ReactivateUser(ctx, actor, id)
	}
	return a.directory.DeleteUser(ctx, actor, id)
}

// missingMember returns the name of a required member that is absent, or "".
func (d userOperation) missingMember() string {
	switch {
	case d.Op != "create" && d.ID == 0:
		return "id"
	case d.Op == "create" && d.Create == nil:
		return "create"
	case d.Op == "update" && d.Update == nil:
		return "update"
	}
	return ""
}
