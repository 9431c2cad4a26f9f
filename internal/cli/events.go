package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"roster.example/roster/internal/config"
	"roster.example/roster/internal/decimal"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

type eventsCommand struct {
	User   string `help:"Only events about this user: username, id, email address or uid, or the id of a deleted user." placeholder:"USER"`
	Actor  string `help:"Only events of this actor, impersonated or not." placeholder:"USER"`
	Target string `help:"Only events about this kind of object, or about one object: key, or key:3." placeholder:"KIND[:ID]" values:"targets"`
	Verb   string `help:"Only this verb, such as user.block, or all verbs with a prefix, such as user." placeholder:"VERB" values:"verbs"`
	API    choice `name:"api" help:"Only events from this API: gitlab, wekan, codebase, pm415, native, console, cli." enum:"gitlab,wekan,codebase,pm415,native,console,cli," default:"" placeholder:"API"`
	Org    string `help:"Only events about this organization: its short name, or the id of a deleted organization." placeholder:"ORG"`
	Since  string `help:"Only events from this time on: 2026-03-01, 2026-03-01T12:00:00Z, or a time ago, such as 90m or 7d." placeholder:"TIME"`
	Until  string `help:"Only events before this time, in the same format." placeholder:"TIME"`
	After  int64  `help:"The first events after this id. Default: the newest events." placeholder:"ID"`
	Before int64  `help:"Only events before this id." placeholder:"ID"`
	Limit  int    `help:"Maximum number of events, 1 to 1000." default:"100" placeholder:"N"`
	Head   bool   `help:"Print only the id and the hash of the last event, for 'roster doctor --head'."`
}

// Help is shown below the flags.
func (eventsCommand) Help() string {
	return `Lists events with actor, target, time, network address and API, the newest last. 'roster
doctor' detects changed events. Events of deleted users remain. Times are UTC.

Examples:
  roster events
  roster events --user grace --limit 20
  roster events --actor ada --verb user. --since 7d
  roster events --after 4711 --limit 1000
  roster events --head >> /mnt/elsewhere/heads`
}

// Run lists events.
func (c *eventsCommand) Run(e *environment) error {
	if err := c.check(); err != nil {
		return err
	}
	return e.execute("events", c)
}

// check rejects values that no event can match.
func (c *eventsCommand) check() error {
	if c.Limit < 1 || c.Limit > model.MaxEvents {
		return usageError(fmt.Sprintf("--limit must be 1 to %d; continue with --after and the last id shown", model.MaxEvents))
	}
	if _, _, err := parseTarget(c.Target); err != nil {
		return err
	}
	for _, at := range [][2]string{{"--since", c.Since}, {"--until", c.Until}} {
		if _, err := readTime(at[0], at[1], time.Now()); at[1] != "" && err != nil {
			return err
		}
	}
	if c.Verb == "" {
		return nil
	}
	return checkVerbs("--verb", model.Verb(c.Verb))
}

func (c *eventsCommand) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	if c.Head {
		return printHead(ctx, d, out)
	}
	filter, err := c.filter(ctx, d)
	if err != nil {
		return err
	}
	events, err := d.Events(ctx, model.Operator(), filter)
	if err != nil {
		return explain(err)
	}
	names := newUsernames(ctx, d)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row(table, "ID", "TIME", "ACTOR", "VERB", "TARGET", "API", "ADDRESS", "DETAIL")
	for _, event := range events {
		actor, target, err := names.in(event)
		if err != nil {
			return err
		}
		row(table, fmt.Sprint(event.ID), event.At.UTC().Format(time.RFC3339), actor, string(event.Verb), target,
			orDash(string(event.API)), orDash(event.Address), orDash(event.Detail))
	}
	return table.Flush()
}

func printHead(ctx context.Context, d *directory.Directory, out io.Writer) error {
	head, err := d.EventHead(ctx, model.Operator())
	if err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintf(out, "%d:%x\n", head.ID, head.Hash)
	return err
}

func (c *eventsCommand) filter(ctx context.Context, d *directory.Directory) (model.EventFilter, error) {
	filter := model.EventFilter{
		After: model.EventID(c.After), Before: model.EventID(c.Before), Limit: c.Limit, Last: c.After == 0,
		Verb: model.Verb(c.Verb), API: model.API(c.API),
	}
	err := c.resolve(ctx, d, &filter)
	for _, at := range []struct {
		flag, text string
		into       *time.Time
	}{{"--since", c.Since, &filter.Since}, {"--until", c.Until, &filter.Until}} {
		if err == nil && at.text != "" {
			*at.into, err = readTime(at.flag, at.text, time.Now())
		}
	}
	return filter, err
}

// resolve looks up the users, the organization and the target of the flags.
func (c *eventsCommand) resolve(ctx context.Context, d *directory.Directory, filter *model.EventFilter) (err error) {
	for _, one := range []struct {
		name string
		into *model.UserID
	}{{c.User, &filter.User}, {c.Actor, &filter.Actor}} {
		if one.name != "" {
			if *one.into, err = findUserID(ctx, d, one.name); err != nil {
				return err
			}
		}
	}
	if c.Org != "" {
		if filter.Org, err = findOrgID(ctx, d, c.Org); err != nil {
			return err
		}
	}
	filter.Target, filter.TargetID, err = parseTarget(c.Target)
	return err
}

// readTime parses a time, or a duration before now.
func readTime(flag, text string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateTime, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	var ago config.Duration
	if ago.UnmarshalText([]byte(text)) == nil {
		return now.Add(-time.Duration(ago)), nil
	}
	return time.Time{}, usageError(flag + " takes a time, such as 2026-03-01 or 2026-03-01T12:00:00Z, or a time ago, such as 90m or 7d")
}

// findOrgID also accepts the id of a deleted organization.
func findOrgID(ctx context.Context, d *directory.Directory, text string) (model.OrgID, error) {
	org, err := findOrganization(ctx, d, text)
	if err == nil {
		return org.ID, nil
	}
	if id, ok := decimal.ParseID(strings.TrimPrefix(text, "id:")); ok && fault.KindOf(err) != fault.Conflict {
		return model.OrgID(id), nil
	}
	return 0, err
}

// findUserID also accepts the id of a deleted user.
func findUserID(ctx context.Context, d *directory.Directory, text string) (model.UserID, error) {
	u, err := findUser(ctx, d, text)
	if err == nil {
		return u.ID, nil
	}
	if id, ok := decimal.ParseID(strings.TrimPrefix(text, "id:")); ok && fault.KindOf(err) != fault.Conflict {
		return model.UserID(id), nil
	}
	return 0, err
}

// usernames caches the usernames of one command.
type usernames struct {
	ctx   context.Context
	d     *directory.Directory
	names map[model.UserID]string
}

func newUsernames(ctx context.Context, d *directory.Directory) usernames {
	return usernames{ctx, d, map[model.UserID]string{}}
}

// name returns the username, or "" for id 0, for a user without one and for a deleted user.
func (k usernames) name(id model.UserID) (string, error) {
	name, ok := k.names[id]
	if ok || id == 0 {
		return name, nil
	}
	u, err := k.d.User(k.ctx, model.Operator(), id)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return "", explain(err)
	}
	k.names[id] = u.Username
	return u.Username, nil
}

// in returns the actor and the target of an event as text.
func (k usernames) in(e model.Event) (actor, target string, err error) {
	var names [3]string
	for i, id := range []model.UserID{e.Actor, e.Impersonator, e.User} {
		if names[i], err = k.name(id); err != nil {
			return "", "", err
		}
	}
	return actorText(e, names[0], names[1]), targetText(e, names[2]), nil
}

func actorText(e model.Event, name, really string) string {
	switch {
	case e.Credential == model.ByOperator:
		return "operator"
	case e.Actor == 0:
		return "-"
	case e.Impersonator != e.Actor:
		return userText(e.Impersonator, really) + " as " + userText(e.Actor, name)
	}
	return userText(e.Actor, name)
}

func userText(id model.UserID, name string) string {
	if name == "" {
		return fmt.Sprintf("user %d", id)
	}
	return name
}

func targetText(e model.Event, name string) string {
	text := e.Target
	if e.TargetID != 0 {
		text = fmt.Sprintf("%s %d", e.Target, e.TargetID)
	}
	switch {
	case e.Target == "user" && name != "":
		return fmt.Sprintf("%s (%s)", text, name)
	case e.Target != "user" && e.User != 0:
		return text + " of " + userText(e.User, name)
	}
	return text
}
