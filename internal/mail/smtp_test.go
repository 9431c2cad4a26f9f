package mail

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

var testTime = time.Date(2026, 11, 5, 14, 3, 0, 0, time.UTC)

func testMessage() Message {
	return Message{ID: "job-7.abc", To: "ada@example.org", Subject: "Grüße", Link: "https://roster.example/x?token=s3cret-0123456789",
		Text: "Hello Ada,\n\nhttps://roster.example/x?token=s3cret-0123456789\n\nYours, Jürgen\n"}
}

func sender(t *testing.T, s *smtpServer, change func(*SMTPOptions)) *SMTP {
	t.Helper()
	o := SMTPOptions{Host: s.host, Port: s.port, From: "Roster <no-reply@example.org>",
		RootCAs: s.roots, Now: func() time.Time { return testTime }}
	if change != nil {
		change(&o)
	}
	smtp, err := NewSMTP(o)
	if err != nil {
		t.Fatal(err)
	}
	return smtp
}

func isPermanent(err error) bool {
	_, ok := errors.AsType[*PermanentError](err)
	return ok
}

func TestEmailIsSentInEachTLSMode(t *testing.T) {
	t.Parallel()
	for _, mode := range []TLS{StartTLS, ImplicitTLS, NoTLS} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			s := startServer(t, mode)
			s.login = "roster:right"
			out := sender(t, s, func(o *SMTPOptions) {
				o.TLS, o.Username, o.Password = mode, "roster", func() string { return "right" }
			})
			if err := out.Send(t.Context(), testMessage()); err != nil {
				t.Fatal(err)
			}
			checkArrived(t, s)
		})
	}
}

func checkArrived(t *testing.T, s *smtpServer) {
	t.Helper()
	got := s.received(t)
	if len(got) != 1 {
		t.Fatalf("%d emails arrived, want 1", len(got))
	}
	for name, want := range map[string]string{
		"From": `"Roster" <no-reply@example.org>`, "To": "<ada@example.org>",
		"Date": "Thu, 05 Nov 2026 14:03:00 +0000", "Message-Id": "<job-7.abc@example.org>",
		"Auto-Submitted": "auto-generated", "User-Agent": "", "X-Mailer": "",
	} {
		if v := got[0].Header.Get(name); v != want {
			t.Errorf("%s: %q, want %q", name, v, want)
		}
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(got[0].Header.Get("Subject"))
	if err != nil || subject != "Grüße" {
		t.Errorf("subject %q, error %v", subject, err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(got[0].Body))
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.ReplaceAll(testMessage().Text, "\n", "\r\n"); string(body) != want {
		t.Errorf("body %q, want %q", body, want)
	}
	if s.froms[0] != "no-reply@example.org" {
		t.Errorf("envelope sender %q", s.froms[0])
	}
}

func TestServerWithoutStartTLSGetsNoEmail(t *testing.T) {
	t.Parallel()
	s := startServer(t, NoTLS)
	err := sender(t, s, nil).Send(t.Context(), testMessage())
	if err == nil || isPermanent(err) || len(s.received(t)) != 0 {
		t.Errorf("got %v and %d emails, want an error that can be retried and none", err, len(s.received(t)))
	}
}

func TestUntrustedCertificateIsRejected(t *testing.T) {
	t.Parallel()
	for _, mode := range []TLS{StartTLS, ImplicitTLS} {
		s := startServer(t, mode)
		out := sender(t, s, func(o *SMTPOptions) { o.TLS, o.RootCAs = mode, nil })
		err := out.Send(t.Context(), testMessage())
		if err == nil || !strings.Contains(err.Error(), "certificate") || len(s.received(t)) != 0 {
			t.Errorf("%s: got %v, want a certificate error", mode, err)
		}
	}
}

func TestFailedAuthenticationIsRetriedAndShowsNoPassword(t *testing.T) {
	t.Parallel()
	s := startServer(t, StartTLS)
	s.login = "roster:right"
	out := sender(t, s, func(o *SMTPOptions) {
		o.Username, o.Password = "roster", func() string { return "hunter2wrong" }
	})
	err := out.Send(t.Context(), testMessage())
	if err == nil || isPermanent(err) || !strings.Contains(err.Error(), "535") {
		t.Fatalf("got %v, want 535 that can be retried", err)
	}
	if strings.Contains(err.Error(), "hunter2wrong") {
		t.Errorf("the error tells the password: %v", err)
	}
}

func TestOnlyRejectionsOfTheEmailArePermanent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		step      string
		code      int
		permanent bool
	}{
		{"rcpt", 450, false}, {"rcpt", 550, true}, {"data", 451, false},
		{"data", 554, true}, {"from", 550, false}, {"from", 421, false},
	} {
		s := startServer(t, StartTLS)
		s.refuseAt(c.step, &smtp.SMTPError{Code: c.code, Message: "no"})
		err := sender(t, s, nil).Send(t.Context(), testMessage())
		if err == nil || isPermanent(err) != c.permanent {
			t.Errorf("%s %d: got %v, want permanent %t", c.step, c.code, err, c.permanent)
		}
	}
}

func TestHeaderInjectionIsRejected(t *testing.T) {
	t.Parallel()
	s := startServer(t, StartTLS)
	out := sender(t, s, nil)
	for name, change := range map[string]func(*Message){
		"line break in recipient":   func(m *Message) { m.To = "ada@example.org\r\nBcc: eve@example.org" },
		"two recipients":            func(m *Message) { m.To = "ada@example.org, eve@example.org" },
		"display name":              func(m *Message) { m.To = "Ada <ada@example.org>" },
		"comment":                   func(m *Message) { m.To = "ada@example.org (Ada)" },
		"no address":                func(m *Message) { m.To = "notmail" },
		"line break in subject":     func(m *Message) { m.Subject = "x\nBcc: eve@example.org" },
		"carriage return in id":     func(m *Message) { m.ID = "x\r" },
		"control character subject": func(m *Message) { m.Subject = "x\x00" },
	} {
		m := testMessage()
		change(&m)
		if err := out.Send(t.Context(), m); !isPermanent(err) {
			t.Errorf("%s: got %v, want a permanent error", name, err)
		}
	}
	if n := len(s.received(t)); n != 0 {
		t.Errorf("%d emails were sent", n)
	}
}

func TestInvalidOptionsAreRejected(t *testing.T) {
	t.Parallel()
	good := SMTPOptions{Host: "127.0.0.1", From: "a@example.org"}
	if _, err := NewSMTP(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*SMTPOptions){
		"mail.host":                func(o *SMTPOptions) { o.Host = "" },
		"mail.port":                func(o *SMTPOptions) { o.Port = 70000 },
		"mail.password":            func(o *SMTPOptions) { o.Username = "x" },
		"mail.from like":           func(o *SMTPOptions) { o.From = "nobody" },
		"correct mail.from":        func(o *SMTPOptions) { o.From = "a@example.org\r\nX: y" },
		"be sent unencrypted":      func(o *SMTPOptions) { o.Host, o.TLS = "mail.example.org", NoTLS },
		"starttls, tls or none":    func(o *SMTPOptions) { o.TLS = "maybe" },
		"not the name of a mail s": func(o *SMTPOptions) { o.Host = "a b" },
	} {
		o := good
		change(&o)
		if _, err := NewSMTP(o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want mention of %q", err, name)
		}
	}
}

func TestSendEndsWithTheContextIfTheServerDoesNotRespond(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
	})
	at := listener.Addr().(*net.TCPAddr)
	out := sender(t, &smtpServer{host: at.IP.String(), port: at.Port}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	held := make(chan net.Conn, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			t.Error(err)
		}
		held <- conn
		cancel()
	}()
	err = out.Send(ctx, testMessage())
	if err == nil || isPermanent(err) {
		t.Errorf("got %v, want an error that can be retried", err)
	}
	if !errors.Is(err, net.ErrClosed) && !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the end of the context and not that of the library's patience", err)
	}
	if err := (<-held).Close(); err != nil {
		t.Error(err)
	}
}
