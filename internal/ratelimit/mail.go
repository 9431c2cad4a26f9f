package ratelimit

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/throttle"
)

// Emails to one mailbox are limited over all kinds and callers, so that this server cannot be used
// to fill a mailbox. With H for Options.MailPerHour (10), and the same for a
// day, the emails of each class have a share that no other class can exhaust:
//
//	class          share            emails
//	unverified     H/5              to confirm a sign-up, or to say that the account exists; to
//	                                confirm a further address of a user without a role beyond Pending
//	request        3H/10            invitations, further addresses and resets by users with a role
//	administrator  H/10             the same by server administrators and the operator, and what
//	                                class request leaves
//	recovery       3/4 of the rest  the password was forgotten
//	known          the rest         the same, from a network that the account knows (see package
//	                                loginlimit); such a request can use class recovery first
//
// One network has half of a share of unverified and recovery, and one account half of a share
// of unverified and request. Half of 1 is 1, half of 3 is 2.
//
// An email is counted when it is queued, and not when it is requested. So addresses without
// an account count for no mailbox. Requests for a recovery or a sign-up are bounded for the
// address as it was typed, and the network, whether or not an account has the address.
//
// Only for the classes request and administrator the response says that the share is exhausted: their
// counters depend on nothing that is hidden from the caller.
//
// A notice of a changed address or credential goes to an address that the user of the account
// has verified. It is counted for that account and address and its kind of change alone, so
// other users cannot use it up, and the change is made even if the notice is not sent. Class known is counted in the
// same way where the address is verified.

// mailbox is the key of an address without what does not lead to another mailbox at
// common mail servers: a tag behind a plus sign, and dots before the @.
func mailbox(address string) string {
	local, domain, _ := emailaddress.Split(emailaddress.Key(address))
	local, _, _ = strings.Cut(local, "+")
	return strings.ReplaceAll(local, ".", "") + "@" + domain
}

// mailboxDigits make 16,777,216 buckets of mailboxes.
const mailboxDigits = 6

// MailClass is a class of emails that share a budget.
type MailClass string

const (
	UnverifiedMail    MailClass = "unverified"
	requestMail       MailClass = "request"
	administratorMail MailClass = "administrator"
	RecoveryMail      MailClass = "recovery"
	knownMail         MailClass = "known"
)

// share is the part of a budget that a class has. The shares of all classes make whole,
// if that is 5 or more.
func (c MailClass) share(whole int) int {
	unverified, request, administrator := max(1, whole/5), max(1, 3*whole/10), max(1, whole/10)
	recovery := max(1, whole-unverified-request-administrator)
	known := max(1, recovery/4)
	switch c {
	case UnverifiedMail:
		return unverified
	case administratorMail:
		return administrator
	case RecoveryMail:
		return max(1, recovery-known)
	case knownMail:
		return known
	}
	return request
}

// half is what one network or account has of a share.
func half(share int) int { return (share + 1) / 2 }

// mailSender is what an email is counted for beside its mailbox.
type mailSender struct {
	class   MailClass
	account model.UserID // one account may use half of the share; 0 is none
	silent  bool         // the caller must not learn that the email was not sent
}

// sender classifies an email. It is silent if its absence would reveal whether an address has
// an account, or if the operation must succeed without it.
func (limits *Limits) sender(tx model.Reader, actor model.Actor, l model.Message) (mailSender, error) {
	switch l.Kind {
	case model.VerifyMessage, model.AccountExistsMessage:
		return mailSender{class: UnverifiedMail, silent: true}, nil
	case model.RecoveryMessage:
		return mailSender{class: RecoveryMail, silent: true}, nil
	}
	s := mailSender{class: administratorMail, silent: l.Kind.IsNotice()}
	if actor.IsOperator() {
		return s, nil
	}
	self, err := tx.User(actor.Impersonator())
	if err != nil && fault.KindOf(err) != fault.NotFound || self.Admin {
		return s, err
	}
	s.class, s.account = requestMail, actor.Impersonator()
	if l.Kind != model.VerifyAddressMessage {
		return s, nil
	}
	memberships, err := tx.Memberships(actor.Impersonator())
	if !operation.HasRoleBeyondPending(memberships) {
		s.class, s.silent = UnverifiedMail, true
	}
	return s, err
}

// perHourAndDay are two bounds, with the limits that share makes of the settings.
func (limits *Limits) perHourAndDay(key string, share func(whole int) int) []throttle.Bound {
	return []throttle.Bound{
		{Key: key + ":hour", Limit: share(limits.options.MailPerHour), Window: time.Hour},
		{Key: key + ":day", Limit: share(limits.options.MailPerDay), Window: 24 * time.Hour},
	}
}

// half is half of the share of a class.
func (c MailClass) half(whole int) int { return half(c.share(whole)) }

// mailboxBounds bound the emails of a class to the mailbox of an address.
func (limits *Limits) mailboxBounds(actor model.Actor, s mailSender, address string) []throttle.Bound {
	key := "mail:" + string(s.class) + ":" + limits.Bucket("mailbox", mailbox(address), mailboxDigits)
	bounds := limits.perHourAndDay(key, s.class.share)
	if s.class == UnverifiedMail || s.class == RecoveryMail {
		bounds = append(bounds, limits.perHourAndDay(key+":from:"+limits.NarrowBucket(actor), s.class.half)...)
	}
	if s.account != 0 {
		bounds = append(bounds, limits.perHourAndDay(fmt.Sprintf("%s:by:%d", key, s.account), s.class.half)...)
	}
	return bounds
}

// TypedBounds bound the requests of one network for an address that a caller without an
// account typed. They do not bound other networks, because each request would take a place
// from the owner of the address, sent or not.
func (limits *Limits) TypedBounds(actor model.Actor, c MailClass, address string) []throttle.Bound {
	key := "typed:" + string(c) + ":" + limits.Bucket("mailbox", emailaddress.Key(address), mailboxDigits)
	return limits.perHourAndDay(key+":from:"+limits.NarrowBucket(actor), c.half)
}

// ownBounds bound emails to one address of one account, and take nothing from others.
func (limits *Limits) ownBounds(kind string, l model.Message, share func(int) int) []throttle.Bound {
	return limits.perHourAndDay(fmt.Sprintf("mail:%s:%d:%s", kind, l.User, limits.Bucket("mailbox", l.To, mailboxDigits)), share)
}

func wholeShare(whole int) int { return whole }

// mailChoices are alternative bounds for one email, in the order in which they are used.
func (limits *Limits) mailChoices(actor model.Actor, s mailSender, l model.Message) [][]throttle.Bound {
	if l.Kind.IsNotice() {
		return [][]throttle.Bound{limits.ownBounds(fmt.Sprint("notice:", l.Kind, l.Factor, l.Change), l, wholeShare)}
	}
	choices := [][]throttle.Bound{limits.mailboxBounds(actor, s, l.To)}
	switch {
	case s.class == administratorMail:
		choices = append(choices, limits.mailboxBounds(actor, mailSender{class: requestMail}, l.To))
	case l.KnownNetwork && l.Verified:
		choices = append(choices, limits.ownBounds("known", l, knownMail.share))
	case l.KnownNetwork:
		choices = append(choices, limits.mailboxBounds(actor, mailSender{class: knownMail}, l.To))
	}
	return choices
}

// roomFor returns the bounds for an email that are not used up, and whether the caller must not
// learn that there are none. It is Limited where all are.
func (limits *Limits) roomFor(tx model.Reader, actor model.Actor, l model.Message) (room []throttle.Bound, silent bool, err error) {
	s, err := limits.sender(tx, actor, l)
	if err != nil {
		return nil, false, err
	}
	for _, room = range limits.mailChoices(actor, s, l) {
		if err = limits.Check(tx, throttle.Keys(room)...); fault.KindOf(err) != fault.Limited {
			break
		}
	}
	return room, s.silent, err
}

// AllowMail counts an email, and reports whether it may be sent. It is Limited where the
// caller may know that it is not.
func (limits *Limits) AllowMail(tx model.Writer, actor model.Actor, l model.Message) (bool, error) {
	room, silent, err := limits.roomFor(tx, actor, l)
	switch {
	case err == nil:
		return true, limits.CountAll(tx, room...)
	case fault.KindOf(err) != fault.Limited:
		return false, err
	case silent:
		return false, nil
	}
	return false, tooManyEmails(err)
}

// HasRoom reports whether an email may be sent, and counts nothing.
func (limits *Limits) HasRoom(tx model.Reader, actor model.Actor, l model.Message) (bool, error) {
	_, _, err := limits.roomFor(tx, actor, l)
	if fault.KindOf(err) == fault.Limited {
		return false, nil
	}
	return err == nil, err
}

// Take counts one more under each bound. It counts nothing and returns a Limited error
// if one of them is locked.
func (limits *Limits) Take(tx model.Writer, bounds []throttle.Bound) error {
	return throttle.Take(tx, limits.ops.Now(), bounds...)
}

// tooManyEmails says when the next email may be sent.
func tooManyEmails(err error) error {
	wait := time.Duration(0)
	if e, ok := errors.AsType[*fault.Error](err); ok {
		wait = e.RetryAfter
	}
	limited := fault.NewText(fault.Limited, fault.Textf("too many emails were sent to this address; try again in {wait}", "wait", wait.Round(time.Minute)),
		fault.Field{Name: "email", Code: fault.TooMany})
	limited.RetryAfter = wait
	return limited
}
