package mail

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"math/big"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// smtpServer is a mail server on loopback. It stores emails, and rejects steps in refuse.
type smtpServer struct {
	host  string
	port  int
	roots *x509.CertPool

	mu     sync.Mutex
	mails  []string
	froms  []string
	to     []string
	utf8   []bool           // of each email: whether the client requested SMTPUTF8
	login  string           // user:password; empty for no authentication
	refuse map[string]error // by step: from, rcpt, data
}

func startServer(t *testing.T, mode TLS) *smtpServer {
	t.Helper()
	return startServerWith(t, mode, func(*smtp.Server) {})
}

func startServerWith(t *testing.T, mode TLS, change func(*smtp.Server)) *smtpServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().(*net.TCPAddr)
	s := &smtpServer{host: address.IP.String(), port: address.Port, refuse: map[string]error{}}
	certificate, roots := selfSigned(t)
	s.roots = roots
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &session{smtpServer: s}, nil
	}))
	server.Domain = "sink.example"
	server.AllowInsecureAuth = mode == NoTLS
	server.ErrorLog = log.New(io.Discard, "", 0) // some tests expect failed handshakes
	change(server)
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	switch mode {
	case StartTLS:
		server.TLSConfig = config
	case ImplicitTLS:
		listener = tls.NewListener(listener, config)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		// Close the listener first: a server that is closed before it serves does not know its
		// listener.
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
		<-served
		_ = server.Close() // the listener is closed already
	})
	return s
}

// selfSigned returns a certificate for 127.0.0.1 and a pool with it.
func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	raw, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, roots
}

func (s *smtpServer) refuseAt(step string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse[step] = err
}

func (s *smtpServer) refusal(step string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refuse[step]
}

// received parses the received emails.
func (s *smtpServer) received(t *testing.T) []*mail.Message {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*mail.Message
	for _, text := range s.mails {
		m, err := mail.ReadMessage(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// session is one connection.
type session struct {
	smtpServer *smtpServer
	in         bool
}

func (c *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (c *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		c.in = user+":"+password == c.smtpServer.login
		if !c.in {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (c *session) Mail(from string, o *smtp.MailOptions) error {
	if c.smtpServer.login != "" && !c.in {
		return &smtp.SMTPError{Code: 530, Message: "log in first"}
	}
	c.smtpServer.mu.Lock()
	c.smtpServer.froms = append(c.smtpServer.froms, from)
	c.smtpServer.utf8 = append(c.smtpServer.utf8, o.UTF8)
	c.smtpServer.mu.Unlock()
	return c.smtpServer.refusal("from")
}

func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.smtpServer.mu.Lock()
	c.smtpServer.to = append(c.smtpServer.to, to)
	c.smtpServer.mu.Unlock()
	return c.smtpServer.refusal("rcpt")
}

func (c *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := c.smtpServer.refusal("data"); err != nil {
		return err
	}
	c.smtpServer.mu.Lock()
	defer c.smtpServer.mu.Unlock()
	c.smtpServer.mails = append(c.smtpServer.mails, string(text))
	return nil
}

func (c *session) Reset()        {}
func (c *session) Logout() error { return nil }
