package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"roster.example/roster/internal/directory"
)

type eventsCommand struct {
	User  string `help:"Only what concerns this person: username, id, address or uid; the id of somebody who was deleted." placeholder:"USER"`
	After int64  `help:"The first events after the one with this number; without it, the newest." placeholder:"ID"`
	Limit int    `help:"How many to show, 1 to 1000." default:"100" placeholder:"N"`
}

// maxEvents is how many events one call shows.
const maxEvents = 1000

// Help is shown below the flags.
func (eventsCommand) Help() string {
	return `Shows who did what to whom, when, from where and through which API: the newest at
the end. Events cannot be changed without 'roster doctor' noticing; they name people by
id, and so outlive them. Times are UTC.

Examples:
  roster events
  roster events --user grace --limit 20
  roster events --after 4711 --limit 1000`
}

// Run shows events.
func (c *eventsCommand) Run(e *environment) error {
	if c.Limit < 1 || c.Limit > maxEvents {
		return fmt.Errorf("--limit must be 1 to %d; go on with --after and the last number shown", maxEvents)
	}
	return e.perform("events", c)
}

func (c *eventsCommand) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	filter := directory.EventFilter{After: directory.EventID(c.After), Limit: c.Limit, Last: c.After == 0}
	if c.User != "" {
		id, err := whoeverWas(ctx, d, c.User)
		if err != nil {
			return err
		}
		filter.User = id
	}
	events, err := d.Events(ctx, directory.Operator(), filter)
	if err != nil {
		return explain(err)
	}
	people := newKnown(ctx, d)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line(table, "ID", "TIME", "ACTOR", "VERB", "TARGET", "API", "ADDRESS", "DETAIL")
	for _, event := range events {
		actor, target, err := people.in(event)
		if err != nil {
			return err
		}
		line(table, fmt.Sprint(event.ID), event.At.UTC().Format(time.RFC3339), actor, string(event.Verb), target,
			dash(string(event.API)), dash(event.Address), dash(event.Detail))
	}
	return table.Flush()
}

// whoeverWas also takes the id of a person who is no more.
func whoeverWas(ctx context.Context, d *directory.Directory, text string) (directory.UserID, error) {
	u, err := findUser(ctx, d, text)
	if err == nil {
		return u.ID, nil
	}
	if id, wrong := strconv.ParseInt(text, 10, 64); wrong == nil && id > 0 {
		return directory.UserID(id), nil
	}
	return 0, err
}

// known gives people their names, each looked up once.
type known struct {
	ctx   context.Context
	d     *directory.Directory
	names map[directory.UserID]string
}

func newKnown(ctx context.Context, d *directory.Directory) known {
	return known{ctx, d, map[directory.UserID]string{}}
}

// name is the username; "" for nobody, for who has none and for who is no more.
func (k known) name(id directory.UserID) (string, error) {
	name, ok := k.names[id]
	if ok || id == 0 {
		return name, nil
	}
	u, err := k.d.User(k.ctx, directory.Operator(), id)
	if err != nil && directory.KindOf(err) != directory.NotFound {
		return "", explain(err)
	}
	k.names[id] = u.Username
	return u.Username, nil
}

// in says who acts in an event, and on what.
func (k known) in(e directory.Event) (actor, target string, err error) {
	var names [3]string
	for i, id := range []directory.UserID{e.Actor, e.Real, e.User} {
		if names[i], err = k.name(id); err != nil {
			return "", "", err
		}
	}
	return actorText(e, names[0], names[1]), targetText(e, names[2]), nil
}

func actorText(e directory.Event, name, really string) string {
	switch {
	case e.Credential == directory.ByOperator:
		return "operator"
	case e.Actor == 0:
		return "-"
	case e.Real != e.Actor:
		return person(e.Real, really) + " as " + person(e.Actor, name)
	}
	return person(e.Actor, name)
}

func person(id directory.UserID, name string) string {
	if name == "" {
		return fmt.Sprintf("user %d", id)
	}
	return name
}

func targetText(e directory.Event, name string) string {
	text := e.Target
	if e.TargetID != 0 {
		text = fmt.Sprintf("%s %d", e.Target, e.TargetID)
	}
	switch {
	case e.Target == "user" && name != "":
		return fmt.Sprintf("%s (%s)", text, name)
	case e.Target != "user" && e.User != 0:
		return text + " of " + person(e.User, name)
	}
	return text
}
