package mail

import (
	"cmp"
	"context"
	"net/url"
	"strings"
	"time"

	"roster.example/roster/internal/mailqueue"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/timezone"
)

// The paths of links in emails, below the public URL of the server. They are those of pm415
// (docs/products/pm415.md, sections 5 and 6); all APIs share them.
const (
	VerifyPath     = "/account/verify/"
	ResetPath      = "/account/reset-password/"
	InvitationPath = "/account/invite/"
	SetupPath      = "/account/setup/"
	RevertPath     = "/account/revert-address/"
	SecurityPath   = "/account/security"               // of the own account, after signing in
	FactorPath     = "/account/security/second-factor" // the same
)

// Renderer renders the emails of the directory. It implements model.Renderer.
// Links are built from Base, which comes from the settings and never from a request (Zitadel
// GHSA-2wmj-46rj-qm2w).
type Renderer struct {
	// Base is the public URL of this server, such as https://people.example.org. A command does not know
	// it if the server listens on any free port; it is empty then.
	Base string
	Site string // name of this installation
	// NoPages is set if the pages are not served. Notices then have no link to the account.
	NoPages bool
	// Language is the language of emails to recipients that have chosen none; empty means the first of model.Languages.
	Language string
	// Templates are the templates; nil means the built-in ones.
	Templates *Templates
}

var renderings = map[model.MessageKind]struct {
	kind Kind
	path string
}{
	model.VerifyMessage:         {Verify, VerifyPath},
	model.VerifyAddressMessage:  {VerifyAddress, VerifyPath},
	model.RecoveryMessage:       {Recovery, ResetPath},
	model.InvitationMessage:     {Invitation, InvitationPath},
	model.ResetMessage:          {Reset, ResetPath},
	model.EmailChangedMessage:   {AddressChanged, RevertPath},
	model.AccountCreatedMessage: {AccountCreated, ""},
	model.AccountExistsMessage:  {AccountExists, ResetPath},
	model.SecondFactorMessage:   {SecondFactor, FactorPath},
	model.SecurityNoticeMessage: {SecurityNotice, SecurityPath},
	model.AccountErasedMessage:  {AccountErased, ""},
	model.SetupMessage:          {"", SetupPath},
}

// Render renders an email.
func (w Renderer) Render(l model.Message) (model.RenderedMessage, error) {
	o := renderings[l.Kind]
	link := w.link(o.path, l)
	if l.Kind == model.SetupMessage {
		return model.RenderedMessage{Link: link}, nil
	}
	m, err := w.Templates.Render(o.kind, Data{
		Site: w.Site, Organization: l.Organization, Name: l.Name, Inviter: l.Inviter,
		Link: link, Address: l.To, NewAddress: l.NewAddress, Kept: l.Revertible, Factor: string(l.Factor), Expires: inZone(l.Expires, l.TimeZone), Product: product(l.API),
		Change: string(l.Change), Item: l.Item, From: l.From, ByOther: l.ByOther, Former: l.Former, Language: cmp.Or(l.Language, w.Language),
	})
	return model.RenderedMessage{Subject: m.Subject, Text: m.Text, HTML: m.HTML, Link: m.Link}, err
}

// inZone returns t in a time zone, in UTC if it is unknown. The zero time is no time.
func inZone(t time.Time, zone string) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(timezone.Location(zone))
}

func (w Renderer) link(path string, l model.Message) string {
	switch {
	case path == SecurityPath || path == FactorPath:
		if w.NoPages || w.Base == "" {
			return ""
		}
		return strings.TrimSuffix(w.Base, "/") + path
	case path == "" || l.Token == "":
		return ""
	}
	return strings.TrimSuffix(w.Base, "/") + path + "?token=" + url.QueryEscape(l.Token.Reveal())
}

// product returns PM415 for emails that pm415's API requested.
func product(api model.API) string {
	if api == model.PM415 {
		return "PM415"
	}
	return ""
}

// Queue implements Store with the queue of the directory.
type Queue struct{ Mails *mailqueue.Queue }

// Claim implements Store. It uses the clock of the directory.
func (q Queue) Claim(ctx context.Context, _ time.Time, n int, lease time.Duration) ([]Job, error) {
	mails, err := q.Mails.Lease(ctx, n, lease)
	jobs := make([]Job, 0, len(mails))
	for _, m := range mails {
		jobs = append(jobs, Job{
			ID: m.ID, Attempts: m.Attempts,
			Message: Message{To: m.To, Subject: m.Subject, Text: m.Text, HTML: m.HTML, Link: m.Link},
		})
	}
	return jobs, err
}

// Done implements Store.
func (q Queue) Done(ctx context.Context, id int64) error { return q.Mails.Sent(ctx, id) }

// Retry implements Store.
func (q Queue) Retry(ctx context.Context, id int64, at time.Time, reason string) error {
	return q.Mails.Delay(ctx, id, at, reason)
}

// GiveUp implements Store.
func (q Queue) GiveUp(ctx context.Context, id int64, reason string) error {
	return q.Mails.GiveUp(ctx, id, reason)
}
