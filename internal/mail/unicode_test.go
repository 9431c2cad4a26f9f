package mail

import (
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
)

func TestRecipientDomainIsSentInASCII(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"m@bücher.example": "m@xn--bcher-kva.example", "m@ｅxample.com": "m@example.com", "m@xn--bcher-kva.example": "m@xn--bcher-kva.example",
		"m@пример.рф": "m@xn--e1afmkfd.xn--p1ai", "M@Example.org": "M@example.org",
	} {
		s := startServer(t, NoTLS)
		m := testMessage()
		m.To = given
		if err := sender(t, s, func(o *SMTPOptions) { o.TLS = NoTLS }).Send(t.Context(), m); err != nil {
			t.Errorf("%s: %v", given, err)
			continue
		}
		if got := s.received(t); len(got) != 1 || got[0].Header.Get("To") != "<"+want+">" {
			t.Errorf("%s: header To of %v", given, got)
		}
		if !slices.Equal(s.to, []string{want}) {
			t.Errorf("%s: RCPT TO %v, want %s", given, s.to, want)
		}
	}
}

func TestLocalPartOutsideOfASCIINeedsSMTPUTF8(t *testing.T) {
	t.Parallel()
	m := testMessage()
	m.To = "josé@bücher.example"
	plain := startServer(t, NoTLS)
	err := sender(t, plain, func(o *SMTPOptions) { o.TLS = NoTLS }).Send(t.Context(), m)
	if !isPermanent(err) || !strings.Contains(err.Error(), "does not offer SMTPUTF8") || len(plain.to) != 0 {
		t.Errorf("got %v and recipients %v, want a permanent error before any recipient", err, plain.to)
	}
	able := startServerWith(t, NoTLS, func(s *smtp.Server) { s.EnableSMTPUTF8 = true })
	if err := sender(t, able, func(o *SMTPOptions) { o.TLS = NoTLS }).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(able.to, []string{"josé@xn--bcher-kva.example"}) || !slices.Equal(able.utf8, []bool{true}) {
		t.Errorf("recipients %v, SMTPUTF8 %v", able.to, able.utf8)
	}
}
