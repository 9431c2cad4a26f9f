package directory

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
)

// A recovery or a sign-up whose answer must not reveal whether an address has an account
// is queued beside the emails, and carried out when the mail worker takes it. The caller
// is answered after the same work for every address: one row is added.

// mailRequest is such a request.
type mailRequest struct {
	kind    string
	actor   Actor // an anonymous one: API, network address and user agent
	address string
	// Of a sign-up: what was entered, and the hash of the password.
	registration Registration
	hash         string
}

const (
	recoveryRequest = "recovery"
	signUpRequest   = "sign-up"
)

// isRequest tells a request from an email, which has a recipient.
func (m Mail) isRequest() bool { return m.To == "" }

// queueRequest queues a request, unless the network of the caller made too many of its class
// for the typed address. The caller does not learn that.
func (d *Directory) queueRequest(tx Writer, class mailClass, r mailRequest) error {
	if err := d.within(tx, d.typedBounds(r.actor, class, r.address)); err != nil {
		if fault.KindOf(err) == fault.Limited {
			return nil
		}
		return err
	}
	if err := d.useCurrentKey(tx); err != nil {
		return err
	}
	m := Mail{Subject: r.kind, CreatedAt: d.now()}
	m.Text, _ = d.keyring.Seal(mailTextPurpose, 0, []byte(r.encode()))
	return tx.AddMail(&m)
}

// fields are all parts of a request that are written, in their order.
func (r *mailRequest) fields() []*string {
	g := &r.registration
	return []*string{
		&r.kind, (*string)(&r.actor.api), &r.actor.address, &r.actor.agent, &r.address, &r.hash,
		&g.Username, &g.Email, &g.GivenName, &g.FamilyName, &g.Organization, (*string)(&g.Invitation),
	}
}

func (r mailRequest) encode() string {
	var lines []string
	for _, field := range r.fields() {
		lines = append(lines, strconv.Quote(*field))
	}
	return strings.Join(lines, "\n")
}

func decodeRequest(text string) (r mailRequest, err error) {
	lines, fields := strings.Split(text, "\n"), r.fields()
	if len(lines) != len(fields) {
		return r, fmt.Errorf("a queued request has %d fields, not %d", len(lines), len(fields))
	}
	for i, field := range fields {
		if *field, err = strconv.Unquote(lines[i]); err != nil {
			return r, fmt.Errorf("field %d of a queued request: %w", i, err)
		}
	}
	return r, nil
}

// maxRequestAttempts is how often a request is tried that the store did not carry out.
const maxRequestAttempts = 10

// carryOut carries out a queued request and removes it. One that fails for good is removed,
// as its caller was answered long ago; one that the store could not keep is tried again.
func (d *Directory) runMailRequest(ctx context.Context, m Mail) error {
	err := d.executeMailRequest(ctx, m)
	if err == nil {
		return nil
	}
	if kind := fault.KindOf(err); (kind == fault.Unavailable || kind == fault.Internal) && m.Attempts < maxRequestAttempts {
		return d.store.Update(ctx, func(tx Writer) error {
			return ignoreNotFound(tx.DelayMail(m.ID, d.now().Add(time.Minute), truncate(err.Error(), 500)))
		})
	}
	d.options.Log.WarnContext(ctx, "queued request dropped", "request", m.Subject, "error", err)
	return d.store.Update(ctx, func(tx Writer) error { return ignoreNotFound(tx.DropMail(m.ID)) })
}

// perform does nothing if the request is gone: another node carried it out after the lease
// of this one ended.
func (d *Directory) executeMailRequest(ctx context.Context, m Mail) error {
	text, err := d.keyring.Open(mailTextPurpose, 0, m.Text)
	if err != nil {
		return fault.New(fault.Conflict, mailKeyLost)
	}
	r, err := decodeRequest(string(text))
	if err != nil {
		return fault.New(fault.Conflict, err.Error())
	}
	return d.write(ctx, func(tx Writer) error {
		if err := tx.DropMail(m.ID); err != nil {
			return ignoreNotFound(err)
		}
		if r.kind == signUpRequest {
			return d.executeSignUp(tx, r)
		}
		return d.executeRecovery(tx, r)
	})
}

// recover mails a link to the user with the typed address, if there is one.
func (d *Directory) executeRecovery(tx Writer, r mailRequest) error {
	u, err := d.accountByEmail(tx, r.actor, r.address)
	if err != nil {
		return ignoreNotFound(err)
	}
	return d.sendRecovery(tx, r.actor, u, RecoveryMessage)
}

// signUp makes the account, or tells its owner that there is one. A username or an
// organization name that was taken since the request does not matter: both are assigned
// when the link is opened, with a number if necessary (see [Directory.arrive]). There is no
// account without an email that confirms it.
func (d *Directory) executeSignUp(tx Writer, r mailRequest) error {
	_, addressed, err := tx.HoldersOf("", r.registration.Email)
	if err != nil {
		return err
	}
	if addressed == 0 {
		if r.registration, err = d.withoutClosedInvitation(tx, r.registration); err != nil {
			return err
		}
		if may, err := d.hasRoom(tx, r.actor, Message{Kind: VerifyMessage, To: r.address}); err != nil || !may {
			return err
		}
		_, err := d.register(tx, r.actor, r.registration, r.hash)
		return err
	}
	u, err := tx.User(addressed)
	if err != nil {
		return err
	}
	return d.sendRecovery(tx, r.actor, u, AccountExistsMessage)
}

// withoutDeadInvitation returns r as a plain sign-up if its invitation ended while the request
// was queued. Where a plain sign-up is closed, it returns the error of that.
func (d *Directory) withoutClosedInvitation(tx Reader, r Registration) (Registration, error) {
	_, _, err := d.invitationFor(tx, r)
	if fault.KindOf(err) != fault.Expired {
		return r, err
	}
	r.Invitation, r.Organization = "", "" // an invitation leaves out the organization
	return r, d.requireSignUpOpen(r)
}

// RequestRecovery mails a link to a verified address of the user who has the given one. The
// answer and its work are the same if no account has it; the link is made and queued by
// the mail worker.
func (d *Directory) RequestRecovery(ctx context.Context, actor Actor, address string) error {
	address = unitext.Trim(address)
	var f fault.List
	emailaddress.Check(&f, address)
	if err := f.Err(); err != nil {
		return err
	}
	return d.write(ctx, func(tx Writer) error {
		if err := d.within(tx, d.resetBounds(actor)); err != nil {
			return err
		}
		return d.queueRequest(tx, recoveryMail, mailRequest{kind: recoveryRequest, actor: actor, address: address})
	})
}

// requestSignUp queues a registration whose answer does not reveal whether the address has
// an account.
func (d *Directory) requestSignUp(tx Writer, actor Actor, r Registration, hash string) error {
	if _, err := d.checkAvailable(tx, r); err != nil {
		return err
	}
	r.Password = secret.Text("")
	return d.queueRequest(tx, strangerMail, mailRequest{kind: signUpRequest, actor: actor, address: r.Email, registration: r, hash: hash})
}
