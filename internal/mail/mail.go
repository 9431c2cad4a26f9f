// Package mail writes the letters of the directory and brings them out of the
// house: to a mail server, or, for a trial without one, into a folder.
//
// A letter is composed when the deed that asks for it is committed, waits in
// the store beside that deed, and is sent by a Worker afterwards. So a request
// never waits for a mail server, and no deed is lost with one.
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

// Message is one letter to one person.
type Message struct {
	// ID makes the Message-ID stable over repeated attempts. Letters, digits,
	// dots and hyphens; empty asks the sender for a random one.
	ID string
	// To is a bare address, such as ada@example.org.
	To string
	// Subject and Text are in UTF-8; Text has lines that end in \n.
	Subject, Text string
	// HTML says the same as Text, for programs that show it; empty for none.
	HTML string
	// Link is the link that Text and HTML hold, or empty. It is kept apart so that a
	// trial outbox can show it, and so that no log shows it by accident.
	Link string
}

// Sender brings one letter out. A *PermanentError says that trying again is in
// vain; every other error says that it may help.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// PermanentError is a failure that another attempt cannot mend: the server
// refused the letter for good (RFC 5321 section 4.2.1), or it cannot be written.
type PermanentError struct{ Err error }

// Error tells the cause.
func (e *PermanentError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *PermanentError) Unwrap() error { return e.Err }

func permanently(format string, args ...any) error {
	return &PermanentError{Err: fmt.Errorf(format, args...)}
}

// check refuses whatever could smuggle a header or a second recipient into the
// letter. The library would encode most of it, but most is not all.
func (m Message) check() error {
	if err := checkAddress(m.To); err != nil {
		return permanently("mail to this recipient cannot be sent: %w", err)
	}
	for name, value := range map[string]string{"subject": m.Subject, "message id": m.ID} {
		if strings.ContainsFunc(value, unicode.IsControl) {
			return permanently("the %s holds a line break or control character: remove it", name)
		}
	}
	return nil
}

// checkAddress takes one bare address. net/mail also reads display names and
// comments, which have no business here: what it found must be what it got.
func checkAddress(address string) error {
	if strings.ContainsFunc(address, unicode.IsControl) {
		return fmt.Errorf("the address holds a line break or control character: remove it")
	}
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Name != "" || parsed.Address != address {
		return fmt.Errorf("%q is not a single bare mail address: write it like ada@example.org", address)
	}
	return nil
}

// checkLink takes an absolute web address that stays one line and one link.
func checkLink(link string) error {
	parsed, err := url.Parse(link)
	bad := func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }
	switch {
	case err != nil, strings.ContainsFunc(link, bad), parsed.Host == "",
		parsed.Scheme != "http" && parsed.Scheme != "https":
		// The link is not repeated: it may hold a token.
		return fmt.Errorf("the link is not an absolute http or https address: check base_url")
	}
	return nil
}

// envelope turns a checked letter into the form of RFC 5322. Outbox files use
// encoding 8bit, which a person can read; mail servers get quoted-printable,
// which every one of them accepts.
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
	// RFC 3834 section 5: keeps holiday notes from answering us.
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

// stableID names the letter of a job: the same at each attempt, so that the
// reader's program can drop a repeated letter, but different for job 1 of a
// database that was set up anew.
func stableID(job Job) string {
	h := sha256.New()
	for _, part := range []string{job.Message.To, job.Message.Subject, job.Message.Text} {
		_, _ = fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return fmt.Sprintf("job-%d.%s", job.ID, hex.EncodeToString(h.Sum(nil)[:12]))
}

// parseFrom reads the sender's address, with or without a display name.
func parseFrom(from string) (*mail.Address, error) {
	if strings.ContainsFunc(from, unicode.IsControl) {
		return nil, fmt.Errorf("the sender's address holds a line break or control character: correct mail.from")
	}
	parsed, err := mail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("%q is not a mail address: set mail.from like Roster <no-reply@example.org>", from)
	}
	return parsed, nil
}

func encode(msg *gomail.Msg) ([]byte, error) {
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return nil, permanently("write the letter: %w", err)
	}
	return b.Bytes(), nil
}
