// Package mail renders the emails of the directory and sends them: to a mail server, or
// without one to files in a folder.
//
// The transaction that causes an email also stores the rendered email in a queue. A Worker
// sends it afterwards. So a request never waits for a mail server, and no email is lost if
// the server fails.
package mail

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/mail"
	"net/url"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"
)

// Message is an email to one recipient.
type Message struct {
	// ID is the local part of the Message-ID, the same at each attempt: letters, digits, dots
	// and hyphens. Empty means a random one.
	ID string
	// To is a bare address, such as ada@example.org.
	To string
	// Subject and Text are in UTF-8; Text has lines that end in \n.
	Subject, Text string
	// HTML has the same content as Text; empty for none.
	HTML string
	// Link is the link in Text and HTML, or empty. It is stored separately so that it can be
	// removed from errors and logs.
	Link string
}

// Sender sends emails. A *PermanentError means that another attempt would fail, too; after any
// other error, another attempt may succeed.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// PermanentError is an error that another attempt cannot resolve: the mail server rejected the
// email permanently (RFC 5321 section 4.2.1), or the email is invalid.
type PermanentError struct{ Err error }

// Error returns the text of the cause.
func (e *PermanentError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *PermanentError) Unwrap() error { return e.Err }

func permanently(format string, args ...any) error {
	return &PermanentError{Err: fmt.Errorf(format, args...)}
}

// check rejects values that could add a header or a second recipient. The library encodes most
// of them, but not all.
func (m Message) check() error {
	if err := checkAddress(m.To); err != nil {
		return permanently("mail to this recipient cannot be sent: %w", err)
	}
	for name, value := range map[string]string{"subject": m.Subject, "message id": m.ID} {
		if strings.ContainsFunc(value, unicode.IsControl) {
			return permanently("the %s contains a line break or control character: remove it", name)
		}
	}
	return nil
}

// checkAddress accepts one address without display name and comments, which net/mail also
// parses.
func checkAddress(address string) error {
	if strings.ContainsFunc(address, unicode.IsControl) {
		return fmt.Errorf("the address contains a line break or control character: remove it")
	}
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Name != "" || parsed.Address != address {
		return fmt.Errorf("%q is not a single email address: write it like ada@example.org", address)
	}
	return nil
}

// checkLink accepts an absolute URL that mail programs show as one link.
func checkLink(link string) error {
	parsed, err := url.Parse(link)
	bad := func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }
	switch {
	case err != nil, strings.ContainsFunc(link, bad), parsed.Host == "",
		parsed.Scheme != "http" && parsed.Scheme != "https":
		// The error omits the link, which may contain a token.
		return fmt.Errorf("the link is not an absolute http or https address: check base_url")
	}
	return nil
}

// envelope checks the email and converts it to RFC 5322. Outbox files use the encoding 8bit,
// which is readable. Mail servers get quoted-printable, which all of them accept.
func (m Message) envelope(from *mail.Address, now time.Time, encoding gomail.Encoding) (*gomail.Msg, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(encoding))
	msg.FromMailAddress(from)
	msg.ToMailAddress(&mail.Address{Address: m.To})
	msg.Subject(m.Subject)
	msg.SetDateWithValue(now.UTC())
	msg.SetMessageIDWithValue(m.messageID(from))
	// RFC 3834 section 5: prevents automatic replies.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, withCRLF(m.Text))
	if m.HTML != "" {
		// RFC 2046 section 5.1.4: the last alternative is the richest.
		msg.AddAlternativeString(gomail.TypeTextHTML, withCRLF(m.HTML))
	}
	return msg, nil
}

func withCRLF(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
}

func (m Message) messageID(from *mail.Address) string {
	id := m.ID
	if id == "" {
		id = rand.Text()
	}
	return id + "@" + from.Address[strings.LastIndexByte(from.Address, '@')+1:]
}

// stableID returns the message id of a job. It is the same at each attempt, so that mail programs
// can detect duplicates, but different for the same job id of another database.
func stableID(job Job) string {
	h := sha256.New()
	for _, part := range []string{job.Message.To, job.Message.Subject, job.Message.Text} {
		_, _ = fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return fmt.Sprintf("job-%d.%s", job.ID, hex.EncodeToString(h.Sum(nil)[:12]))
}

// parseFrom parses the sender's address, with or without a display name.
func parseFrom(from string) (*mail.Address, error) {
	if strings.ContainsFunc(from, unicode.IsControl) {
		return nil, fmt.Errorf("the sender's address contains a line break or control character: correct mail.from")
	}
	parsed, err := mail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("%q is not an email address: set mail.from like Roster <no-reply@example.org>", from)
	}
	return parsed, nil
}

func encode(msg *gomail.Msg) ([]byte, error) {
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return nil, permanently("write the email: %w", err)
	}
	return b.Bytes(), nil
}
