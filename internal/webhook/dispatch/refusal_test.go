package dispatch_test

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"roster.example/roster/internal/model"
)

// refuses fails unless the only delivery failed for this reason, before a request was sent.
func (h *fixture) refuses(r *receiver, reason string) {
	h.t.Helper()
	h.drain()
	if one := h.only(); one.State != model.Pending || one.Attempts != 1 || !strings.Contains(one.Reason, reason) {
		h.t.Errorf("the delivery is %+v, want it to fail because %q", one, reason)
	}
	r.wants(0)
}

// A literal address is refused when the webhook is made; a name shows its address only
// when it is called, and may show another one then.
func TestHostWithAPrivateAddressIsRejected(t *testing.T) {
	t.Parallel()
	h, r := newFixture(t, nil), receive(t)
	h.addWebhook("https://localhost:"+r.port()+"/", "organization.")
	h.addOrganization("Acme")
	h.refuses(r, "not public")
}

func TestHostOutsideTheAllowedNetworksIsRejected(t *testing.T) {
	t.Parallel()
	h, r := newFixture(t, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}), receive(t)
	h.addWebhook("http://localhost:"+r.port()+"/", "organization.")
	h.addOrganization("Acme")
	h.refuses(r, "not public")
}

func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	h, target := newFixture(t, loopback()), receive(t)
	first := httptest.NewServer(http.RedirectHandler(target.URL, http.StatusTemporaryRedirect))
	t.Cleanup(first.Close)
	h.addWebhook(first.URL, "organization.")
	h.addOrganization("Acme")
	h.refuses(target, "307")
}

func TestCertificateOfTheReceiverIsVerified(t *testing.T) {
	t.Parallel()
	h, r := newFixture(t, loopback()), receive(t)
	encrypted := httptest.NewUnstartedServer(r)
	encrypted.Config.ErrorLog = log.New(io.Discard, "", 0)
	encrypted.StartTLS()
	t.Cleanup(encrypted.Close)
	h.addWebhook(encrypted.URL, "organization.")
	h.addOrganization("Acme")
	h.refuses(r, "certificate")
}

func TestEndlessResponseIsCutAndJudgedByItsStatus(t *testing.T) {
	t.Parallel()
	h := newFixture(t, loopback())
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for {
			if _, err := w.Write(make([]byte, 4096)); err != nil {
				return // the caller has had enough
			}
		}
	}))
	t.Cleanup(endless.Close)
	h.addWebhook(endless.URL, "organization.")
	h.addOrganization("Acme")
	h.drain()
	if one := h.only(); one.State != model.Delivered {
		t.Errorf("the delivery is %+v", one)
	}
}

func TestClosedConnectionIsRetried(t *testing.T) {
	t.Parallel()
	h := newFixture(t, loopback())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() }) // the second time
	h.addWebhook("http://"+listener.Addr().String()+"/secret-path", "organization.")
	must(t, listener.Close())
	h.addOrganization("Acme")
	h.drain()
	one := h.only()
	if one.State != model.Pending || one.Status != 0 || one.Reason == "" || strings.Contains(one.Reason, "secret-path") {
		t.Errorf("the delivery is %+v", one)
	}
}
