package directory

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/net/idna"
)

// Emails to one mailbox are bounded over all kinds and callers, so that no
// mailbox is filled by way of this server. What strangers can cause (invitations, and
// emails that confirm an address) takes half of that at most, together: they cannot keep
// recovery emails from the owner of an account.
// Notices of a changed address have a budget of their own, which other emails cannot
// use up; when it is used up, the address cannot be changed.

// mailbox is an address without what does not lead to another mailbox at common mail
// servers: case, a tag behind a plus sign, dots before the @, and the way that a domain
// of other letters than ASCII is written.
func mailbox(address string) string {
	at := strings.LastIndex(address, "@")
	if at < 0 {
		return Fold(address)
	}
	local, _, _ := strings.Cut(Fold(address[:at]), "+")
	domain := Fold(address[at+1:])
	if plain, err := idna.Lookup.ToASCII(domain); err == nil {
		domain = plain
	}
	return strings.ReplaceAll(local, ".", "") + "@" + strings.TrimSuffix(domain, ".")
}

// mailboxDigits make 16,777,216 buckets of mailboxes.
const mailboxDigits = 6

func (d *Directory) mailBounds(l Letter) []bound {
	to := d.bucket("mailbox", mailbox(l.To), mailboxDigits)
	hour, whole := d.options.MailPerHour, d.options.MailPerDay
	budget := func(kind string, share int) []bound {
		key := "mail:" + kind + ":" + to
		return []bound{
			{key + ":hour", max(1, hour/share), time.Hour, 0},
			{key + ":day", max(1, whole/share), day, 0},
		}
	}
	switch l.Kind {
	case AddressLetter:
		return budget("notice", 1)
	case InvitationLetter, VerifyLetter, VerifyAddressLetter, ExistsLetter:
		return append(budget("all", 1), budget("unasked", 2)...)
	}
	return budget("all", 1)
}

// silent reports whether the caller must not learn that an email was not sent: it would
// reveal whether the address has an account.
func (k LetterKind) silent() bool {
	return k == RecoveryLetter || k == ExistsLetter || k == VerifyLetter
}

// mayMail counts an email, and reports whether it may be sent. It is Limited where the
// caller may know that it is not.
func (d *Directory) mayMail(tx Writer, l Letter) (bool, error) {
	bounds := d.mailBounds(l)
	counted, err := tx.Throttles(keysOf(bounds))
	if err != nil {
		return false, err
	}
	err = d.locked(counted, keysOf(bounds)...)
	if err == nil {
		return true, d.countAll(tx, bounds...)
	}
	if l.Kind.silent() {
		return false, nil
	}
	return false, tooManyEmails(err)
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
