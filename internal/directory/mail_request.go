package directory

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
)

// A recovery or sign-up whose response must not reveal whether an address has an account is
// queued beside the emails and executed by the mail worker. The request does the same work for
// every address: it adds one row.

// mailRequest is a queued recovery or sign-up.
type mailRequest struct {
	kind    string
	actor   model.Actor // the actor of the request; after decoding anonymous, from the next three
	api     model.API
	network string
	agent   string
	address string
	// Of a sign-up: the input, and the hash of the password.
	registration registration.Input
	hash         string
}

const (
	recoveryRequest = "recovery"
	signUpRequest   = "sign-up"
)

// queueRequest queues a request, unless the network of the actor has made too many requests of
// this class for the address. The caller gets no error in that case.
func (d *Directory) queueRequest(tx model.Writer, class ratelimit.MailClass, r mailRequest) error {
	if err := d.limits.Take(tx, d.limits.TypedBounds(r.actor, class, r.address)); err != nil {
		if fault.KindOf(err) == fault.Limited {
			return nil
		}
		return err
	}
	return d.mails.AddRequest(tx, r.kind, r.encode())
}

// fields returns the stored fields of a request, in their order.
func (r *mailRequest) fields() []*string {
	g := &r.registration
	return []*string{
		&r.kind, (*string)(&r.api), &r.network, &r.agent, &r.address, &r.hash,
		&g.Username, &g.Email, &g.GivenName, &g.FamilyName, &g.Organization, (*string)(&g.Invitation),
		&g.Language,
	}
}

func (r mailRequest) encode() string {
	r.api, r.network, r.agent = r.actor.API(), r.actor.Address(), r.actor.Agent()
	var lines []string
	for _, field := range r.fields() {
		lines = append(lines, strconv.Quote(*field))
	}
	return strings.Join(lines, "\n")
}

func decodeRequest(text string) (r mailRequest, err error) {
	lines, fields := strings.Split(text, "\n"), r.fields()
	if len(lines) == len(fields)-1 {
		lines = append(lines, `""`) // queued by a version that stored no language
	}
	if len(lines) != len(fields) {
		return r, fmt.Errorf("a queued request has %d fields, not %d", len(lines), len(fields))
	}
	for i, field := range fields {
		if *field, err = strconv.Unquote(lines[i]); err != nil {
			return r, fmt.Errorf("field %d of a queued request: %w", i, err)
		}
	}
	r.actor = model.AnonymousActor(r.api, r.network, r.agent)
	return r, nil
}

// maxRequestAttempts is the maximum number of attempts after failures of the store.
const maxRequestAttempts = 10

// runMailRequest executes a queued request and deletes it. After a failure of the store it is
// retried; after any other error it is dropped, because its caller got a response long ago.
func (d *Directory) runMailRequest(ctx context.Context, m model.Mail) error {
	err := d.executeMailRequest(ctx, m)
	if err == nil {
		return nil
	}
	if kind := fault.KindOf(err); (kind == fault.Unavailable || kind == fault.Internal) && m.Attempts < maxRequestAttempts {
		return d.store.Update(ctx, func(tx model.Writer) error {
			return fault.IgnoreNotFound(tx.DelayMail(m.ID, d.ops.Now().Add(time.Minute), unitext.Truncate(err.Error(), 500)))
		})
	}
	d.options.Log.WarnContext(ctx, "queued request dropped", "request", m.Subject, "error", err)
	return d.store.Update(ctx, func(tx model.Writer) error { return fault.IgnoreNotFound(tx.DropMail(m.ID)) })
}

// executeMailRequest does nothing if the request was deleted: another node executed it after
// the lease of this one ended.
func (d *Directory) executeMailRequest(ctx context.Context, m model.Mail) error {
	text, err := d.mails.RequestText(m)
	if err != nil {
		return err
	}
	r, err := decodeRequest(text)
	if err != nil {
		return fault.New(fault.Conflict, err.Error())
	}
	return d.ops.Write(ctx, func(tx model.Writer) error {
		if err := tx.DropMail(m.ID); err != nil {
			return fault.IgnoreNotFound(err)
		}
		if r.kind == signUpRequest {
			return d.executeSignUp(tx, r)
		}
		return d.executeRecovery(tx, r)
	})
}

// executeRecovery mails a link to the user with the address, if there is one.
func (d *Directory) executeRecovery(tx model.Writer, r mailRequest) error {
	u, err := login.AccountByEmail(tx, d.Logins, r.actor, r.address)
	if err != nil {
		return fault.IgnoreNotFound(err)
	}
	return d.sendRecovery(tx, r.actor, u, model.RecoveryMessage)
}

// executeSignUp creates the account, or mails the owner of the address that there is one. A
// username or an organization name that was taken since the request is no error: names are
// assigned when the link is opened, with a number if necessary (see
// [registration.Apply]). Without a confirmation email there is no account. An
// account that only claims the address is not its owner: see [registration.YieldsEmail].
func (d *Directory) executeSignUp(tx model.Writer, r mailRequest) error {
	_, addressed, err := tx.HoldersOf(0, "", r.registration.Email)
	if err != nil {
		return err
	}
	if addressed != 0 {
		u, err := tx.User(addressed)
		if err != nil {
			return err
		}
		if !registration.YieldsEmail(u, r.registration.Email) {
			return d.sendRecovery(tx, r.actor, u, model.AccountExistsMessage)
		}
	}
	if r.registration, err = registration.WithoutClosedInvitation(tx, d.SignUps, r.registration); err != nil {
		return err
	}
	if may, err := d.limits.HasRoom(tx, r.actor, model.Message{Kind: model.VerifyMessage, To: r.address}); err != nil || !may {
		return err
	}
	_, err = registration.Create(tx, d.SignUps, r.actor, r.registration, r.hash)
	return err
}

// RequestRecovery mails a recovery link to the user with the address. Response and work are
// the same if no account has it; the mail worker creates and queues the link.
func (d *Directory) RequestRecovery(ctx context.Context, actor model.Actor, address string) error {
	address = unitext.Trim(address)
	var f fault.List
	emailaddress.Check(&f, address)
	if err := f.Err(); err != nil {
		return err
	}
	return d.ops.Write(ctx, func(tx model.Writer) error {
		if err := d.limits.Take(tx, d.limits.ResetBounds(actor)); err != nil {
			return err
		}
		return d.queueRequest(tx, ratelimit.RecoveryMail, mailRequest{kind: recoveryRequest, actor: actor, address: address})
	})
}

// requestSignUp queues a sign-up whose response does not reveal whether the address has an
// account.
func (d *Directory) requestSignUp(tx model.Writer, actor model.Actor, r registration.Input, hash string) error {
	if _, err := registration.CheckAvailable(tx, d.SignUps, r); err != nil {
		return err
	}
	r.Password = secret.Text("")
	return d.queueRequest(tx, ratelimit.UnverifiedMail, mailRequest{kind: signUpRequest, actor: actor, address: r.Email, registration: r, hash: hash})
}
