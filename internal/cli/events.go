package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"roster.example/roster/internal/config"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
)

type eventsCommand struct {
	User   string `help:"Only what concerns this person: username, id, address or uid; the id of somebody who was deleted." placeholder:"USER"`
	Actor  string `help:"Only what this person did, or what was done in their name." placeholder:"USER"`
	Target string `help:"Only about this kind of thing, or this one thing: key, or key:3." placeholder:"KIND[:ID]"`
	Verb   string `help:"Only this verb, such as user.block; with a dot at its end all of its kind: user." placeholder:"VERB"`
	API    string `name:"api" help:"Only what came through this API: gitlab, wekan, codebase, pm415, native, console, cli." enum:"gitlab,wekan,codebase,pm415,native,console,cli," default:"" placeholder:"API"`
	Org    string `help:"Only about this organization: its slug, or the id of one that was deleted." placeholder:"ORG"`
	Since  string `help:"Only from then on: 2026-03-01, 2026-03-01T12:00:00Z, or how long ago, such as 90m or 7d." placeholder:"TIME"`
	Until  string `help:"Only before then; likewise." placeholder:"TIME"`
	After  int64  `help:"The first events after the one with this number; without it, the newest." placeholder:"ID"`
	Before int64  `help:"Only before the one with this number." placeholder:"ID"`
	Limit  int    `help:"How many to show, 1 to 1000." default:"100" placeholder:"N"`
	Head   bool   `help:"Print number and hash of the last event, and nothing else; see 'roster doctor --head'."`
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
  roster events --actor ada --verb user. --since 7d
  roster events --after 4711 --limit 1000
  roster events --head >> /mnt/elsewhere/heads`
}

// Run shows events.
func (c *eventsCommand) Run(e *environment) error {
	if err := c.check(); err != nil {
		return err
	}
	return e.execute("events", c)
}

// check refuses what no event can be like.
func (c *eventsCommand) check() error {
	if c.Limit < 1 || c.Limit > maxEvents {
		return usageError(fmt.Sprintf("--limit must be 1 to %d; go on with --after and the last number shown", maxEvents))
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
	return checkVerbs("--verb", directory.Verb(c.Verb))
}

func (c *eventsCommand) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	if c.Head {
		return printHead(ctx, d, out)
	}
	filter, err := c.filter(ctx, d)
	if err != nil {
		return err
	}
	events, err := d.Events(ctx, directory.Operator(), filter)
	if err != nil {
		return explain(err)
	}
	people := newUsernames(ctx, d)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row(table, "ID", "TIME", "ACTOR", "VERB", "TARGET", "API", "ADDRESS", "DETAIL")
	for _, event := range events {
		actor, target, err := people.in(event)
		if err != nil {
			return err
		}
		row(table, fmt.Sprint(event.ID), event.At.UTC().Format(time.RFC3339), actor, string(event.Verb), target,
			orDash(string(event.API)), orDash(event.Address), orDash(event.Detail))
	}
	return table.Flush()
}

func printHead(ctx context.Context, d *directory.Directory, out io.Writer) error {
	head, err := d.EventHead(ctx, directory.Operator())
	if err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintf(out, "%d:%x\n", head.ID, head.Hash)
	return err
}

func (c *eventsCommand) filter(ctx context.Context, d *directory.Directory) (directory.EventFilter, error) {
	filter := directory.EventFilter{
		After: directory.EventID(c.After), Before: directory.EventID(c.Before), Limit: c.Limit, Last: c.After == 0,
		Verb: directory.Verb(c.Verb), API: directory.API(c.API),
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

// about reads whom and what the flags name.
func (c *eventsCommand) resolve(ctx context.Context, d *directory.Directory, filter *directory.EventFilter) (err error) {
	for _, one := range []struct {
		name string
		into *directory.UserID
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

// readTime reads a moment, or how long ago it was.
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
	return time.Time{}, usageError(flag + " takes a time, such as 2026-03-01 or 2026-03-01T12:00:00Z, or how long ago it was, such as 90m or 7d")
}

// whicheverWas also takes the id of an organization that is no more.
func findOrgID(ctx context.Context, d *directory.Directory, text string) (directory.OrgID, error) {
	org, err := findOrganization(ctx, d, text)
	if err == nil {
		return org.ID, nil
	}
	if id, wrong := strconv.ParseInt(strings.TrimPrefix(text, "id:"), 10, 64); wrong == nil && id > 0 && fault.KindOf(err) != fault.Conflict {
		return directory.OrgID(id), nil
	}
	return 0, err
}

// whoeverWas also takes the id of a person who is no more.
func findUserID(ctx context.Context, d *directory.Directory, text string) (directory.UserID, error) {
	u, err := findUser(ctx, d, text)
	if err == nil {
		return u.ID, nil
	}
	if id, wrong := strconv.ParseInt(strings.TrimPrefix(text, "id:"), 10, 64); wrong == nil && id > 0 && fault.KindOf(err) != fault.Conflict {
		return directory.UserID(id), nil
	}
	return 0, err
}

// known gives people their names, each looked up once.
type usernames struct {
	ctx   context.Context
	d     *directory.Directory
	names map[directory.UserID]string
}

func newUsernames(ctx context.Context, d *directory.Directory) usernames {
	return usernames{ctx, d, map[directory.UserID]string{}}
}

// name is the username; "" for nobody, for who has none and for who is no more.
func (k usernames) name(id directory.UserID) (string, error) {
	name, ok := k.names[id]
	if ok || id == 0 {
		return name, nil
	}
	u, err := k.d.User(k.ctx, directory.Operator(), id)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return "", explain(err)
	}
	k.names[id] = u.Username
	return u.Username, nil
}

// in says who acts in an event, and on what.
func (k usernames) in(e directory.Event) (actor, target string, err error) {
	var names [3]string
	for i, id := range []directory.UserID{e.Actor, e.Impersonator, e.User} {
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
	case e.Impersonator != e.Actor:
		return userText(e.Impersonator, really) + " as " + userText(e.Actor, name)
	}
	return userText(e.Actor, name)
}

func userText(id directory.UserID, name string) string {
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
		return text + " of " + userText(e.User, name)
	}
	return text
}
