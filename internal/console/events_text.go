package console

import (
	"strconv"
	"strings"
	"time"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// eventLine is one row of the list of events.
type eventLine struct {
	At            time.Time
	Actor         string
	ActorPath     string // of the events of the actor; "" for an actor without an account
	Initials      string // "" for an actor without an account
	Impersonator  string // the administrator that acted as the actor; "" for none
	Text          string // what happened
	Object        string // with what
	ObjectPath    string // of the events about it
	Organization  string
	Before, After string // a change of a role; both are "" for other events
	Fields        string // names of the changed fields
	Detail        string
	API           string
	Verb          model.Verb
	VerbPath      string // of the events with this verb
	Address       string
}

func newEventLine(m *ui.Messages, v eventView, names directory.EventNames, e model.Event) eventLine {
	line := eventLine{
		At: e.At, Text: browser.VerbText(m, e.Verb), API: apiText(m, e.API), Verb: e.Verb, Address: e.Address,
		VerbPath: v.filtered(verbParam, string(e.Verb)),
	}
	line.setActor(m, v, names, e)
	line.setObject(m, v, names, e)
	if e.Org != 0 && e.Target != "organization" {
		line.Organization = organizationText(m, names, e.Org)
	}
	after, before, ok := directory.RoleChange(e)
	switch {
	case ok && before != 0:
		line.Before, line.After = roleText(m, names, before), roleText(m, names, after)
	case ok:
		line.Detail = m.Text("events.with_role", "role", roleText(m, names, after))
	case strings.HasSuffix(string(e.Verb), ".change"):
		line.Fields = e.Detail
	default:
		line.Detail = e.Detail
	}
	return line
}

// filtered returns the path of the list with one more condition, from its first page.
func (v eventView) filtered(name, value string) string {
	return v.With(name, value, olderParam, "", newerParam, "")
}

func (l *eventLine) setActor(m *ui.Messages, v eventView, names directory.EventNames, e model.Event) {
	switch {
	case e.Actor != 0:
		l.Actor, l.Initials = userText(m, names, e.Actor), ui.Frame{Name: userText(m, names, e.Actor)}.Initials()
		l.ActorPath = v.filtered(actorParam, strconv.FormatInt(int64(e.Actor), 10))
	case e.Credential == model.ByOperator:
		l.Actor = m.Text("events.operator")
	default:
		l.Actor = m.Text("events.anonymous")
	}
	if e.Impersonator != e.Actor && e.Impersonator != 0 {
		l.Impersonator = userText(m, names, e.Impersonator)
	}
}

// setObject names the target of an event, and its user if that is another object.
func (l *eventLine) setObject(m *ui.Messages, v eventView, names directory.EventNames, e model.Event) {
	id := strconv.FormatInt(e.TargetID, 10)
	switch {
	case e.Target == "user":
		l.Object, l.ObjectPath = userText(m, names, e.User), v.filtered(userParam, id)
	case e.User != 0:
		l.Object, l.ObjectPath = userText(m, names, e.User), v.filtered(userParam, strconv.FormatInt(int64(e.User), 10))
	case e.Target == "organization":
		l.Object = organizationText(m, names, model.OrgID(e.TargetID))
	}
	if e.Target == "user" || e.Target == "organization" || e.TargetID == 0 {
		return
	}
	object := nounText(m, e.Target) + " " + id
	if l.Object != "" {
		object += " · " + l.Object
	}
	l.Object, l.ObjectPath = object, v.With(targetParam, e.Target, targetIDParam, id, olderParam, "", newerParam, "")
}

// userText returns the name of a user, or the id if the user was deleted or cannot be seen.
func userText(m *ui.Messages, names directory.EventNames, id model.UserID) string {
	if u, ok := names.Users[id]; ok {
		return u.Label()
	}
	return m.Text("events.user_id", "id", int64(id))
}

func organizationText(m *ui.Messages, names directory.EventNames, id model.OrgID) string {
	if org, ok := names.Organizations[id]; ok {
		return org.Name
	}
	return m.Text("events.organization_id", "id", int64(id))
}

func roleText(m *ui.Messages, names directory.EventNames, id model.RoleID) string {
	if name, ok := names.Roles[id]; ok {
		return name
	}
	return m.Text("events.role_id", "id", int64(id))
}

// nounText returns the noun of a verb or of a target in words.
func nounText(m *ui.Messages, noun string) string {
	if text, err := m.Lookup("noun." + noun); err == nil {
		return text
	}
	return noun
}

func apiText(m *ui.Messages, api model.API) string {
	if text, err := m.Lookup("api." + string(api)); err == nil {
		return text
	}
	return string(api)
}
