package webhook_test

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"roster.example/roster/internal/directory"
)

// refuses wants that the only delivery failed for this reason, and reached nobody.
func (h *house) refuses(r *receiver, reason string) {
	h.t.Helper()
	h.drain()
	if one := h.only(); one.State != directory.Pending || one.Attempts != 1 || !strings.Contains(one.Reason, reason) {
		h.t.Errorf("the delivery is %+v, want it to fail because %q", one, reason)
	}
	r.wants(0)
}

// A literal address is refused when the webhook is made; a name shows its address only
// when it is called, and may show another one then.
func TestNameThatResolvesToAPrivateAddressIsRefused(t *testing.T) {
	t.Parallel()
	h, r := open(t, nil), receive(t)
	h.hook("https://localhost:"+r.port()+"/", "organization.")
	h.org("Acme")
	h.refuses(r, "not public")
}

func TestNameThatResolvesToAnotherThanTheAllowedAddressesIsRefused(t *testing.T) {
	t.Parallel()
	h, r := open(t, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}), receive(t)
	h.hook("http://localhost:"+r.port()+"/", "organization.")
	h.org("Acme")
	h.refuses(r, "not public")
}

func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	h, target := open(t, loopback()), receive(t)
	first := httptest.NewServer(http.RedirectHandler(target.URL, http.StatusTemporaryRedirect))
	t.Cleanup(first.Close)
	h.hook(first.URL, "organization.")
	h.org("Acme")
	h.refuses(target, "307")
}

func TestCertificateOfTheReceiverIsVerified(t *testing.T) {
	t.Parallel()
	h, r := open(t, loopback()), receive(t)
	encrypted := httptest.NewUnstartedServer(r)
	encrypted.Config.ErrorLog = log.New(io.Discard, "", 0)
	encrypted.StartTLS()
	t.Cleanup(encrypted.Close)
	h.hook(encrypted.URL, "organization.")
	h.org("Acme")
	h.refuses(r, "certificate")
}

func TestEndlessAnswerIsCutOffAndCountsByItsStatus(t *testing.T) {
	t.Parallel()
	h := open(t, loopback())
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for {
			if _, err := w.Write(make([]byte, 4096)); err != nil {
				return // the caller has had enough
			}
		}
	}))
	t.Cleanup(endless.Close)
	h.hook(endless.URL, "organization.")
	h.org("Acme")
	h.drain()
	if one := h.only(); one.State != directory.Delivered {
		t.Errorf("the delivery is %+v", one)
	}
}

func TestReceiverThatHangsUpIsTriedAgain(t *testing.T) {
	t.Parallel()
	h := open(t, loopback())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() }) // the second time
	h.hook("http://"+listener.Addr().String()+"/secret-path", "organization.")
	must(t, listener.Close())
	h.org("Acme")
	h.drain()
	one := h.only()
	if one.State != directory.Pending || one.Status != 0 || one.Reason == "" || strings.Contains(one.Reason, "secret-path") {
		t.Errorf("the delivery is %+v", one)
	}
}
