package directory

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Emails to one mailbox are bounded over all kinds and callers, so that no mailbox is
// filled by way of this server. With H for Options.MailPerHour (10), and the same for a
// day, the emails of each class have a share that no other class can use up:
//
//	class     share            emails
//	stranger  H/5              to confirm a sign-up, or to say that the account exists
//	request   H/2              asked for by users: invitations, more addresses, resets
//	recovery  what is left     the password was forgotten
//
// So sign-ups, which need no account, can use up neither invitations nor recovery. The
// caller is told that a share is used up for class request alone, and that class counts
// nothing whose number depends on what the caller must not learn. The others count the
// address as it was typed, whether or not an account has it.
//
// A notice of a changed address goes to an address that the user of the account has
// verified. It is counted for that account and address alone, so other users cannot use
// it up, and the change is made even if the notice is not sent.

// mailbox is the key of an address without what does not lead to another mailbox at
// common mail servers: a tag behind a plus sign, and dots before the @.
func mailbox(address string) string {
	local, domain, _ := cutAddress(AddressKey(address))
	local, _, _ = strings.Cut(local, "+")
	return strings.ReplaceAll(local, ".", "") + "@" + domain
}

// mailboxDigits make 16,777,216 buckets of mailboxes.
const mailboxDigits = 6

// mailClass is a class of emails that share a budget.
type mailClass string

const (
	strangerMail mailClass = "stranger"
	requestMail  mailClass = "request"
	recoveryMail mailClass = "recovery"
)

func (k LetterKind) class() mailClass {
	switch k {
	case VerifyLetter, ExistsLetter:
		return strangerMail
	case RecoveryLetter:
		return recoveryMail
	}
	return requestMail
}

// share is the part of a budget that a class has. The shares of all classes make whole,
// if that is 3 or more.
func (c mailClass) share(whole int) int {
	stranger, request := max(1, whole/5), max(1, whole/2)
	switch c {
	case strangerMail:
		return stranger
	case recoveryMail:
		return max(1, whole-stranger-request)
	}
	return request
}

// mailboxBounds bound the emails of a class to the mailbox of an address.
func (d *Directory) mailboxBounds(c mailClass, address string) []bound {
	key := "mail:" + string(c) + ":" + d.bucket("mailbox", mailbox(address), mailboxDigits)
	return []bound{
		{key + ":hour", c.share(d.options.MailPerHour), time.Hour, 0},
		{key + ":day", c.share(d.options.MailPerDay), day, 0},
	}
}

// typedBounds are mailboxBounds of an address that a caller without an account typed. One
// network has two thirds of them, so that it cannot use them up alone.
func (d *Directory) typedBounds(who Actor, c mailClass, address string) []bound {
	bounds := d.mailboxBounds(c, address)
	for _, b := range bounds {
		b.key, b.limit = b.key+":from:"+d.narrowBucket(who), (2*b.limit+2)/3
		bounds = append(bounds, b)
	}
	return bounds
}

// mailBounds bound one email. An address that was typed was counted when it was.
func (d *Directory) mailBounds(l Letter) []bound {
	switch {
	case l.Kind == AddressLetter:
		key := fmt.Sprintf("mail:notice:%d:%s", l.User, d.bucket("mailbox", l.To, mailboxDigits))
		return []bound{
			{key + ":hour", d.options.MailPerHour, time.Hour, 0},
			{key + ":day", d.options.MailPerDay, day, 0},
		}
	case l.Typed != "" && mailbox(l.Typed) == mailbox(l.To):
		return nil
	}
	return d.mailboxBounds(l.Kind.class(), l.To)
}

// silent reports whether the caller must not learn that an email was not sent: it would
// reveal whether the address has an account, or it must not keep the operation from being done.
func (k LetterKind) silent() bool { return k.class() != requestMail || k == AddressLetter }

// mayMail counts an email, and reports whether it may be sent. It is Limited where the
// caller may know that it is not.
func (d *Directory) mayMail(tx Writer, l Letter) (bool, error) {
	may, err := d.within(tx, d.mailBounds(l))
	if KindOf(err) != Limited {
		return may, err
	}
	if l.Kind.silent() {
		return false, nil
	}
	return false, tooManyEmails(err)
}

// within counts one more under each bound. It counts nothing and is Limited when one of them
// is used up.
func (d *Directory) within(tx Writer, bounds []bound) (bool, error) {
	counted, err := tx.Throttles(keysOf(bounds))
	if err != nil {
		return false, err
	}
	if err := d.locked(counted, keysOf(bounds)...); err != nil {
		return false, err
	}
	return true, d.countAll(tx, bounds...)
}

// tooManyEmails says when the next email may be sent.
func tooManyEmails(err error) error {
	wait := time.Duration(0)
	if e, ok := errors.AsType[*Error](err); ok {
		wait = e.RetryAfter
	}
	return &Error{Kind: Limited, RetryAfter: wait, Faults: []Fault{{Field: "email", Code: TooMany}},
		Msg: fmt.Sprintf("too many emails were sent to this address; try again in %s", wait.Round(time.Minute))}
}
