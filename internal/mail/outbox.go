package mail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"

	"roster.example/roster/internal/atomicfile"
)

// OutboxOptions are the options of an Outbox.
type OutboxOptions struct {
	// Dir is the folder, usually DATA/outbox. NewOutbox creates it.
	Dir string
	// From is the sender's address; "Roster <roster@localhost>" if empty.
	From string
	// Log gets the file name of each email, but not its link, which is a credential; nil means
	// slog.Default.
	Log *slog.Logger
	// Now is the clock for names and Date headers; nil means time.Now.
	Now func() time.Time
}

// Outbox writes each email to a file, for trials without a mail server. The log names
// the file: links are in it and nowhere else.
type Outbox struct {
	o    OutboxOptions
	from *mail.Address

	mu  sync.Mutex // protects seq and the choice of a free name
	seq int
}

// NewOutbox creates the folder with mode 0700, or sets this mode, because links in emails are
// credentials. It removes temporary files of a killed process, so no other process may use the
// folder.
func NewOutbox(o OutboxOptions) (*Outbox, error) {
	from, err := parseFrom(cmp.Or(o.From, "Roster <roster@localhost>"))
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := errors.Join(atomicfile.MakeFolder(o.Dir), os.Chmod(o.Dir, 0o700), atomicfile.RemoveDrafts(o.Dir)); err != nil {
		return nil, fmt.Errorf("create the mail outbox: %w", err)
	}
	return &Outbox{o: o, from: from}, nil
}

// Send writes the email to DIR/TIME-SEQ-RECIPIENT.eml and logs the name of the file.
func (b *Outbox) Send(ctx context.Context, m Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	now := b.o.Now().UTC()
	msg, err := m.envelope(b.from, now, gomail.NoEncoding)
	if err != nil {
		return err
	}
	text, err := encode(msg)
	if err != nil {
		return err
	}
	file, err := b.put(now, m.To, text)
	if err != nil {
		return fmt.Errorf("write an email to the outbox: %w", err)
	}
	b.o.Log.InfoContext(ctx, "email written", "file", file)
	return nil
}

// put returns when the file is durable, because the email is then removed from the queue.
// Programs that watch the folder never see a partial email.
func (b *Outbox) put(now time.Time, to string, text []byte) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	file, err := b.freeName(now, to)
	if err != nil {
		return "", err
	}
	return file, atomicfile.Replace(file, text)
}

// freeName skips names of existing files, for instance of an earlier process.
func (b *Outbox) freeName(now time.Time, to string) (string, error) {
	for {
		b.seq++
		name := fmt.Sprintf("%s-%04d-%s.eml", now.Format("20060102T150405Z"), b.seq, safeName(to))
		file := filepath.Join(b.o.Dir, name)
		_, err := os.Lstat(file)
		if errors.Is(err, fs.ErrNotExist) {
			return file, nil
		}
		if err != nil {
			return "", err
		}
	}
}

// safeName replaces characters that are not safe in file names.
func safeName(address string) string {
	keep := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("@._+-", r):
			return r
		}
		return '_'
	}
	name := strings.Map(keep, address)
	return name[:min(len(name), 100)]
}
