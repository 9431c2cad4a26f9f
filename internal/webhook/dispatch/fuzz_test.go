package dispatch

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	published "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"roster.example/roster/internal/secret"
)

// FuzzSignature signs any body with two secrets, of which any text may be the first. What is signed is verified by
// the published library with each secret that it accepts, and not with another body.
func FuzzSignature(f *testing.F) {
	const second = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	f.Add("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "evt_1_2", []byte(`{"type":"user.create"}`))
	f.Add("C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "", []byte(nil))
	f.Add("whsec_", "a.b", []byte("\x00\xff"))
	f.Add("whsec_%%%", "evt_1_2", []byte("x"))
	f.Fuzz(func(t *testing.T, first, id string, body []byte) {
		now := time.Now()
		header, err := sign([]secret.Text{secret.Text(first), second}, id, now, body)
		if err != nil {
			if _, accepted := published.NewWebhook(first); accepted == nil {
				t.Errorf("the secret %q is rejected: %v", first, err)
			}
			return
		}
		h := http.Header{}
		h.Set("webhook-id", id)
		h.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
		h.Set("webhook-signature", header)
		for _, text := range []string{first, second} {
			verifier, err := published.NewWebhook(text)
			if err != nil || id == "" {
				continue // the library needs an id
			}
			if err := verifier.Verify(body, h); err != nil {
				t.Errorf("%q, signed for %q, is not verified: %v", body, text, err)
			}
			if verifier.Verify(append([]byte("x"), body...), h) == nil {
				t.Errorf("another body than %q is verified", body)
			}
		}
	})
}
