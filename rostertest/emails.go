package rostertest

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Email is an email that the server sent.
type Email struct {
	To      string
	Subject string
	Text    string
	HTML    string // empty if there is none
	Link    string // the first link to the server in Text, or empty
}

// emailTimeout limits WaitForEmail.
const emailTimeout = 10 * time.Second

// Emails returns the emails sent so far, the oldest first. Emails are sent shortly after the operation that causes them:
// see [Server.WaitForEmail].
func (s *Server) Emails() []Email {
	s.helper()
	files, err := s.emailFiles()
	s.must(err)
	emails := make([]Email, 0, len(files))
	for _, file := range files {
		l, err := s.readEmail(file)
		s.must(err)
		emails = append(emails, l)
	}
	return emails
}

// WaitForEmail waits for the oldest email to an address that it has not returned before, and returns it.
func (s *Server) WaitForEmail(to string) Email {
	s.helper()
	for deadline := time.Now().Add(emailTimeout); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		l, found, err := s.nextUnread(to)
		s.must(err)
		if found {
			return l
		}
	}
	s.must(fmt.Errorf("no email to %s was sent within %s", to, emailTimeout))
	return Email{}
}

func (s *Server) nextUnread(to string) (Email, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	files, err := s.emailFiles()
	for _, file := range files {
		if s.read[file] {
			continue
		}
		l, err := s.readEmail(file)
		if err != nil {
			return l, false, err
		}
		if strings.EqualFold(l.To, to) {
			s.read[file] = true
			return l, true, nil
		}
	}
	return Email{}, false, err
}

// emailFiles returns the files of the outbox. Their names begin with time and number, so they are in order.
func (s *Server) emailFiles() ([]string, error) {
	return filepath.Glob(filepath.Join(s.dir, "data", "outbox", "*.eml"))
}

func (s *Server) readEmail(file string) (l Email, err error) {
	f, err := os.Open(file)
	if err != nil {
		return l, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	m, err := mail.ReadMessage(f)
	if err != nil {
		return l, fmt.Errorf("read an email: %w", err)
	}
	to, err := mail.ParseAddress(m.Header.Get("To"))
	if err != nil {
		return l, fmt.Errorf("read an email: %w", err)
	}
	l.To = to.Address
	if l.Subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		return l, fmt.Errorf("read an email: %w", err)
	}
	if err := l.readPart(m.Header.Get, m.Body); err != nil {
		return l, fmt.Errorf("read an email: %w", err)
	}
	l.Link = regexp.MustCompile(regexp.QuoteMeta(s.URL) + `[^\s<>"]*`).FindString(l.Text)
	return l, nil
}

// readPart reads a part of the email, or all of it.
func (l *Email) readPart(header func(string) string, body io.Reader) error {
	kind, params, err := mime.ParseMediaType(header("Content-Type"))
	if err != nil {
		return err
	}
	if strings.HasPrefix(kind, "multipart/") {
		return l.readParts(multipart.NewReader(body, params["boundary"]))
	}
	if strings.EqualFold(header("Content-Transfer-Encoding"), "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	switch kind {
	case "text/plain":
		l.Text = strings.ReplaceAll(string(text), "\r\n", "\n")
	case "text/html":
		l.HTML = strings.ReplaceAll(string(text), "\r\n", "\n")
	}
	return err
}

func (l *Email) readParts(parts *multipart.Reader) error {
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = l.readPart(part.Header.Get, part)
		}
		if err != nil {
			return err
		}
	}
}
