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

// sink is a real mail server on loopback that keeps what it gets and refuses
// what the test tells it to.
type sink struct {
	host  string
	port  int
	roots *x509.CertPool

	mu     sync.Mutex
	mails  []string
	froms  []string
	to     []string
	utf8   []bool           // of each email: whether its sender asked for SMTPUTF8
	login  string           // user:password; empty asks for none
	refuse map[string]error // by step: from, rcpt, data
}

func startSink(t *testing.T, mode TLS) *sink {
	t.Helper()
	return startSinkWith(t, mode, func(*smtp.Server) {})
}

func startSinkWith(t *testing.T, mode TLS, change func(*smtp.Server)) *sink {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().(*net.TCPAddr)
	s := &sink{host: address.IP.String(), port: address.Port, refuse: map[string]error{}}
	certificate, roots := selfMade(t)
	s.roots = roots
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &session{sink: s}, nil
	}))
	server.Domain = "sink.example"
	server.AllowInsecureAuth = mode == NoTLS
	server.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are what some tests want
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
		// The listener goes first and by our hand: a server that is closed
		// before it has begun to serve does not know its listener yet.
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
		<-served
		_ = server.Close() // complains that the listener is closed
	})
	return s
}

// selfMade gives a certificate for 127.0.0.1 and the pool that trusts it.
func selfMade(t *testing.T) (tls.Certificate, *x509.CertPool) {
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

func (s *sink) refuseAt(step string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse[step] = err
}

func (s *sink) refusal(step string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refuse[step]
}

// received parses what arrived.
func (s *sink) received(t *testing.T) []*mail.Message {
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

// session is one conversation with the sink.
type session struct {
	sink *sink
	in   bool
}

func (c *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (c *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		c.in = user+":"+password == c.sink.login
		if !c.in {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (c *session) Mail(from string, o *smtp.MailOptions) error {
	if c.sink.login != "" && !c.in {
		return &smtp.SMTPError{Code: 530, Message: "log in first"}
	}
	c.sink.mu.Lock()
	c.sink.froms = append(c.sink.froms, from)
	c.sink.utf8 = append(c.sink.utf8, o.UTF8)
	c.sink.mu.Unlock()
	return c.sink.refusal("from")
}

func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.sink.mu.Lock()
	c.sink.to = append(c.sink.to, to)
	c.sink.mu.Unlock()
	return c.sink.refusal("rcpt")
}

func (c *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := c.sink.refusal("data"); err != nil {
		return err
	}
	c.sink.mu.Lock()
	defer c.sink.mu.Unlock()
	c.sink.mails = append(c.sink.mails, string(text))
	return nil
}

func (c *session) Reset()        {}
func (c *session) Logout() error { return nil }
