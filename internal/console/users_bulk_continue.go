package console

import (
	"encoding/json"
	"net/http"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// bulkStatePage names the continuation for [directory.Directory.SealPageState].
const bulkStatePage = "users"

// continuation is the state of an operation on all users of a view after some of them. Op, View, Org, Role and
// Project are those of the requests before, whose form was confirmed. Until is the last user when the operation began.
type continuation struct {
	Op, View, Org, Project string
	Role                   model.RoleID
	After, Until           model.UserID
	Done, Failed           int
	Failures               []string
}

// now returns the continuation after this request.
func (b *bulk) now() continuation {
	c := b.before
	c.Op, c.View, c.Org, c.Project, c.Role = b.op.name, b.view.With(), b.org.Slug, b.project, b.role
	return c
}

// readContinuation reads the state of the requests before. It returns a Conflict if this request is for
// another operation or view.
func (p *pages) readContinuation(r *http.Request, a admin, b *bulk, text string) error {
	if text == "" || !b.all {
		return nil
	}
	state, err := p.Directory.OpenPageState(r.Context(), a.Actor, bulkStatePage, text)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(state), &b.before); err != nil {
		return err
	}
	if b.before.Op != b.op.name || b.before.View != b.view.With() {
		return otherContinuation()
	}
	return nil
}

// continues reports whether a request before was confirmed and carried out.
func (b *bulk) continues() bool { return b.before.After > 0 }

// requireSameParameters returns a Conflict if the parameters are not those of the requests before.
func (b *bulk) requireSameParameters() error {
	if now := b.now(); b.continues() && (b.before.Org != now.Org || b.before.Role != now.Role || b.before.Project != now.Project) {
		return otherContinuation()
	}
	return nil
}

func otherContinuation() error {
	return fault.New(fault.Conflict, "this form has expired or was changed; open its page again")
}

// continueForm returns the form that continues after the last user.
func (p *pages) continueForm(r *http.Request, a admin, b *bulk) (*ui.Form, error) {
	state, err := json.Marshal(b.now())
	if err != nil {
		return nil, err
	}
	form := &ui.Form{Action: bulkPath, Submit: p.UI.MessagesFor(r).Text("console.continue"), Small: true, Again: b.selection()}
	form.Again = append(form.Again, b.arguments()...)
	form.Again = append(form.Again, ui.SentField{Name: "continuation", Value: p.Directory.SealPageState(r.Context(), a.Actor, bulkStatePage, string(state))})
	return form, nil
}
