package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"

	"roster.example/roster/internal/emailaddress"
)

// TLS is the encryption of the connection to the mail server.
type TLS string

// The values of TLS.
const (
	// StartTLS upgrades the connection, and fails if the server does not support it (RFC 3207).
	StartTLS TLS = "starttls"
	// ImplicitTLS is encrypted from the first byte (RFC 8314).
	ImplicitTLS TLS = "tls"
	// NoTLS is allowed only for a mail server on the same machine.
	NoTLS TLS = "none"
)

// smtpTimeout is the timeout of connecting, and of each command.
const smtpTimeout = 10 * time.Second

// SMTPOptions are the options of SMTP. Host and From are required.
type SMTPOptions struct {
	Host string
	// Port is 587 if zero, or 465 with ImplicitTLS.
	Port int
	// Username is empty for a server without authentication.
	Username string
	// Password is called for each connection. It is a function so that printed options contain
	// no secret.
	Password func() string
	// From is the sender, such as "Roster <no-reply@example.org>".
	From string
	// TLS is StartTLS if empty.
	TLS TLS
	// RootCAs are the trusted certificate authorities; nil means those of the operating system.
	RootCAs *x509.CertPool
	// Now is the clock for the Date header; nil means time.Now.
	Now func() time.Time
}

// SMTP sends emails to a mail server, with one connection for each email.
type SMTP struct {
	o    SMTPOptions
	from *mail.Address
}

// NewSMTP checks the options; it does not connect.
func NewSMTP(o SMTPOptions) (*SMTP, error) {
	from, err := parseFrom(o.From)
	if err != nil {
		return nil, err
	}
	if o.TLS == "" {
		o.TLS = StartTLS
	}
	if o.Port == 0 {
		o.Port = defaultPort(o.TLS)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	return &SMTP{o: o, from: from}, nil
}

func defaultPort(t TLS) int {
	if t == ImplicitTLS {
		return 465
	}
	return 587
}

func (o SMTPOptions) check() error {
	switch {
	case o.Host == "" || strings.ContainsAny(o.Host, "/ \t\r\n"):
		return fmt.Errorf("%q is not the name of a mail server: set mail.host to a host name or IP address", o.Host)
	case o.Port < 1 || o.Port > 65535:
		return fmt.Errorf("%d is not a port: set mail.port to 1 … 65535, usually 587", o.Port)
	case o.Username != "" && o.Password == nil:
		return errors.New("a username for the mail server needs a password: set mail.password")
	}
	switch o.TLS {
	case StartTLS, ImplicitTLS:
		return nil
	case NoTLS:
		if loopback(o.Host) {
			return nil
		}
		return fmt.Errorf("emails to %s would be sent unencrypted: set mail.tls to starttls or tls", o.Host)
	}
	return fmt.Errorf("%q is not a value of mail.tls: set it to starttls, tls or none", string(o.TLS))
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// Send returns when the server has accepted the email, or when ctx ends.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	m.To = mailAddress(m.To)
	msg, err := m.envelope(s.from, s.o.Now(), gomail.EncodingQP)
	if err != nil {
		return err
	}
	call := connection{o: s.o, ctx: ctx}
	defer call.close()
	client, err := gomail.NewClient(s.o.Host, call.options()...)
	if err != nil {
		return fmt.Errorf("prepare mail for %s: %w", s.o.Host, err)
	}
	err = sendThrough(ctx, client, msg, m.To)
	if err == nil || msg.IsDelivered() {
		// An error after the server accepted the email must not cause a second attempt.
		return nil
	}
	return classify(fmt.Errorf("send mail through %s: %w", s.o.Host, err))
}

// sendThrough rejects a recipient with a local part outside of ASCII if the server does not offer
// SMTPUTF8 (RFC 6531, section 3.1).
func sendThrough(ctx context.Context, client *gomail.Client, msg *gomail.Msg, to string) error {
	server, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return fmt.Errorf("dial failed: %w", err)
	}
	if offered, _ := server.Extension("SMTPUTF8"); !offered && !isASCII(to) {
		err = permanently("the address has characters before the @ that are not ASCII, and the mail server does not offer SMTPUTF8: " +
			"use another address for this user, or another mail server")
	} else if err = client.SendWithSMTPClient(server, msg); err != nil {
		err = fmt.Errorf("send failed: %w", err)
	}
	return errors.Join(err, client.CloseWithSMTPClient(server))
}

// mailAddress converts the domain to ASCII, which every mail server accepts.
func mailAddress(address string) string {
	at := strings.LastIndexByte(address, '@')
	domain, ok := emailaddress.ASCIIDomain(address[at+1:])
	if at < 0 || !ok {
		return address // check or the server rejects it
	}
	return address[:at+1] + domain
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII })
}

// classify returns a *PermanentError if the server rejected the email permanently. A rejected
// login or sender address (MAIL FROM) is not permanent: it is an error of the settings, which an
// operator can correct while the email is queued.
func classify(err error) error {
	if permanent, ok := errors.AsType[*PermanentError](err); ok {
		return permanent
	}
	refused, ok := errors.AsType[*gomail.SendError](err)
	if !ok || refused.ErrorCode() < 500 {
		return err
	}
	switch refused.Reason {
	case gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
		return &PermanentError{Err: err}
	}
	return err
}

// connection is a connection to the server. The library leaves a connection open if the greeting
// or the login fails, and ignores ctx after dialling. So this type closes it.
type connection struct {
	o    SMTPOptions
	ctx  context.Context
	conn net.Conn
	stop func() bool
}

func (c *connection) options() []gomail.Option {
	options := []gomail.Option{
		gomail.WithPort(c.o.Port), gomail.WithTimeout(smtpTimeout), gomail.WithoutNoop(),
		gomail.WithTLSConfig(c.tlsConfig()), gomail.WithDialContextFunc(c.dial),
		gomail.WithTLSPolicy(gomail.TLSMandatory),
	}
	if c.o.TLS != StartTLS {
		// With ImplicitTLS, dial has encrypted the connection.
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if c.o.Username != "" {
		options = append(options, gomail.WithUsername(c.o.Username),
			gomail.WithPassword(c.o.Password()), gomail.WithOpportunisticSMTPAuth(c.authTypes()...))
	}
	return options
}

// authTypes lists the supported authentication mechanisms, the best first.
func (c *connection) authTypes() []gomail.SMTPAuthType {
	if c.o.TLS == NoTLS {
		return []gomail.SMTPAuthType{gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc}
	}
	return []gomail.SMTPAuthType{gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin}
}

func (c *connection) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: c.o.Host, RootCAs: c.o.RootCAs, MinVersion: tls.VersionTLS12}
}

func (c *connection) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	// The address of the library lacks the brackets of IPv6.
	address := net.JoinHostPort(c.o.Host, strconv.Itoa(c.o.Port))
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	// The error of Close is ignored: the connection may be closed already.
	c.conn, c.stop = conn, context.AfterFunc(c.ctx, func() { _ = conn.Close() })
	if c.o.TLS != ImplicitTLS {
		return conn, nil
	}
	secured := tls.Client(conn, c.tlsConfig())
	return secured, secured.HandshakeContext(ctx)
}

func (c *connection) close() {
	if c.conn == nil {
		return
	}
	c.stop()
	_ = c.conn.Close()
}
