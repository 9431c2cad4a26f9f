package native

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
)

// deed is one thing to do of many.
type userOperation struct {
	Op      string             `json:"do" enum:"create,change,block,unblock,deactivate,reactivate,delete" example:"block"`
	ID      int64              `json:"id,omitempty" minimum:"1" doc:"The person; needed but for create." example:"42"`
	Create  *createUserRequest `json:"create,omitempty" doc:"For create: the person to be made."`
	Update  *updateUserRequest `json:"change,omitempty" doc:"For change: what to change."`
	IfMatch string             `json:"if_match,omitempty" minLength:"1" maxLength:"255" doc:"For change: only this version."`
}

type bulkUsersRequest struct {
	Operations []userOperation `json:"deeds" minItems:"1" maxItems:"500" doc:"They are done one after the other, each by itself: one that fails undoes none of the others." example:"[{\"do\": \"block\", \"id\": 42}]"`
}

// outcome is what became of one deed.
type operationResult struct {
	Status  int      `json:"status" doc:"What the deed by itself would have been answered with." example:"200"`
	User    *user    `json:"user,omitempty" doc:"The person as they are now."`
	ETag    string   `json:"etag,omitempty" doc:"The version of that."`
	Problem *problem `json:"problem,omitempty" doc:"Why it was not done."`
}

func (a api) addBulkOperations(h huma.API) {
	add(h, operation{id: "doMany", method: "POST", path: "/users/bulk", permission: directory.UsersManage, tag: "bulk", first: true, keyed: true, storeLater: true,
		summary: "Make, change or block many people", description: "With a result for each deed, in their order."}, a.bulkUsers)
}

func (a api) bulkUsers(ctx context.Context, who directory.Actor, in *struct {
	Keyed
	Body bulkUsersRequest
}) (*body[list[operationResult]], error) {
	if err := a.directory.Can(ctx, who, directory.UsersManage, 0); err != nil {
		return nil, err
	}
	results := make([]operationResult, 0, len(in.Body.Operations))
	for _, one := range in.Body.Operations {
		done := a.runOperation(ctx, who, one)
		if done.Problem == nil {
			who = who.WithIdempotencyKey("", nil) // the key was for the first that is done
		}
		results = append(results, done)
	}
	return bodyOf(list[operationResult]{Items: results}), nil
}

// outcome does one deed. What comes after the time of the request is up is told of
// as not done, like every other refusal, so that the client knows what was.
func (a api) runOperation(ctx context.Context, who directory.Actor, one userOperation) operationResult {
	if ctx.Err() != nil {
		p := newProblem(http.StatusServiceUnavailable, "unavailable", "there was no time left for this one; send it again")
		return operationResult{Status: p.Status, Problem: p}
	}
	u, err := a.applyOperation(ctx, who, one)
	if err != nil {
		p := problemFor(err)
		return operationResult{Status: p.Status, Problem: p}
	}
	switch one.Op {
	case "delete":
		return operationResult{Status: http.StatusNoContent}
	case "create":
		return operationResult{Status: http.StatusCreated, User: pointerTo(fullUser(u)), ETag: etag(u.Version())}
	}
	return operationResult{Status: http.StatusOK, User: pointerTo(fullUser(u)), ETag: etag(u.Version())}
}

func (a api) applyOperation(ctx context.Context, who directory.Actor, one userOperation) (directory.User, error) {
	id := directory.UserID(one.ID)
	if missing := one.missingMember(); missing != "" {
		return directory.User{}, &fault.Error{
			Kind: fault.Invalid, Msg: one.Op + " needs the member " + missing, Fields: []fault.Field{{Name: missing, Code: fault.Blank}},
		}
	}
	switch one.Op {
	case "create":
		return a.createUserAs(ctx, who, *one.Create)
	case "change":
		change := one.Update.userChange()
		change.IfVersion = IfMatchHeader{one.IfMatch}.version()
		return a.updateUserAs(ctx, who, id, change)
	case "block":
		return a.directory.BlockUser(ctx, who, id)
	case "unblock":
		return a.directory.UnblockUser(ctx, who, id)
	case "deactivate":
		return a.directory.DeactivateUser(ctx, who, id)
	case "reactivate":
		return a.directory.ReactivateUser(ctx, who, id)
	}
	return a.directory.DeleteUser(ctx, who, id)
}

// missing is what the deed needs and has not, "" for nothing.
func (d userOperation) missingMember() string {
	switch {
	case d.Op != "create" && d.ID == 0:
		return "id"
	case d.Op == "create" && d.Create == nil:
		return "create"
	case d.Op == "change" && d.Update == nil:
		return "change"
	}
	return ""
}
