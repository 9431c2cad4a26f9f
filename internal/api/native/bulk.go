package native

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
)

// deed is one thing to do of many.
type deed struct {
	Do      string      `json:"do" enum:"create,change,block,unblock,deactivate,reactivate,delete" example:"block"`
	ID      int64       `json:"id,omitempty" minimum:"1" doc:"The person; needed but for create." example:"42"`
	Create  *newUser    `json:"create,omitempty" doc:"For create: the person to be made."`
	Change  *userChange `json:"change,omitempty" doc:"For change: what to change."`
	IfMatch string      `json:"if_match,omitempty" minLength:"1" maxLength:"255" doc:"For change: only this version."`
}

type deeds struct {
	Deeds []deed `json:"deeds" minItems:"1" maxItems:"500" doc:"They are done one after the other, each by itself: one that fails undoes none of the others." example:"[{\"do\": \"block\", \"id\": 42}]"`
}

// outcome is what became of one deed.
type outcome struct {
	Status  int      `json:"status" doc:"What the deed by itself would have been answered with." example:"200"`
	User    *user    `json:"user,omitempty" doc:"The person as they are now."`
	ETag    string   `json:"etag,omitempty" doc:"The version of that."`
	Problem *problem `json:"problem,omitempty" doc:"Why it was not done."`
}

func (a api) bulk(h huma.API) {
	add(h, operation{id: "doMany", method: "POST", path: "/users/bulk", needs: directory.UsersManage, tag: "bulk", first: true, keyed: true, late: true,
		summary: "Make, change or block many people", about: "With a result for each deed, in their order."}, a.doMany)
}

func (a api) doMany(ctx context.Context, who directory.Actor, in *struct {
	Keyed
	Body deeds
}) (*body[list[outcome]], error) {
	if err := a.directory.Can(ctx, who, directory.UsersManage, 0); err != nil {
		return nil, err
	}
	results := make([]outcome, 0, len(in.Body.Deeds))
	for _, one := range in.Body.Deeds {
		done := a.outcome(ctx, who, one)
		if done.Problem == nil {
			who = who.Once("", nil) // the key was for the first that is done
		}
		results = append(results, done)
	}
	return bodyOf(list[outcome]{Items: results}), nil
}

// outcome does one deed. What comes after the time of the request is up is told of
// as not done, like every other refusal, so that the client knows what was.
func (a api) outcome(ctx context.Context, who directory.Actor, one deed) outcome {
	if ctx.Err() != nil {
		p := newProblem(http.StatusServiceUnavailable, "unavailable", "there was no time left for this one; send it again")
		return outcome{Status: p.Status, Problem: p}
	}
	u, err := a.do(ctx, who, one)
	if err != nil {
		p := explain(err)
		return outcome{Status: p.Status, Problem: p}
	}
	switch one.Do {
	case "delete":
		return outcome{Status: http.StatusNoContent}
	case "create":
		return outcome{Status: http.StatusCreated, User: ref(inFull(u)), ETag: etag(u.Version())}
	}
	return outcome{Status: http.StatusOK, User: ref(inFull(u)), ETag: etag(u.Version())}
}

func (a api) do(ctx context.Context, who directory.Actor, one deed) (directory.User, error) {
	id := directory.UserID(one.ID)
	if missing := one.missing(); missing != "" {
		return directory.User{}, &directory.Error{
			Kind: directory.Invalid, Msg: one.Do + " needs the member " + missing, Faults: []directory.Fault{{Field: missing, Code: directory.Blank}},
		}
	}
	switch one.Do {
	case "create":
		return a.create(ctx, who, *one.Create)
	case "change":
		change := one.Change.change()
		change.IfVersion = OnCondition{one.IfMatch}.version()
		return a.change(ctx, who, id, change)
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
func (d deed) missing() string {
	switch {
	case d.Do != "create" && d.ID == 0:
		return "id"
	case d.Do == "create" && d.Create == nil:
		return "create"
	case d.Do == "change" && d.Change == nil:
		return "change"
	}
	return ""
}
