// Package totp implements time-based one-time codes (RFC 6238) with the parameters that every
// authenticator app supports: HMAC-SHA-1, six digits, steps of 30 seconds.
package totp

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

const (
	secretBytes = 20 // the length that RFC 4226, section 4, recommends
	digits      = 6
	period      = 30 // seconds
	// skew is the number of steps before and after the current one whose codes are accepted
	// (RFC 6238, section 5.2).
	skew = 1
)

// NewSecret returns a random secret.
func NewSecret() []byte {
	secret := make([]byte, secretBytes)
	_, _ = rand.Read(secret) // never fails
	return secret
}

// Step returns the number of the time step that contains t.
func Step(t time.Time) int64 { return t.Unix() / period }

// Code returns the code of a step.
func Code(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	number := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	return fmt.Sprintf("%0*d", digits, number%1_000_000)
}

// Match returns the step that code belongs to: the current one, the one before or the one after.
// A step up to last does not match, so that a code is accepted once. All three codes are computed
// and compared in constant time, whichever matches.
func Match(secret []byte, code string, now time.Time, last int64) (step int64, ok bool) {
	current := Step(now)
	for s := current - skew; s <= current+skew; s++ {
		if subtle.ConstantTimeCompare([]byte(Code(secret, s)), []byte(code)) == 1 && s > last {
			step, ok = s, true
		}
	}
	return step, ok
}

// IsCode reports whether text has the form of a code.
func IsCode(text string) bool {
	return len(text) == digits && strings.Trim(text, "0123456789") == ""
}

// Text returns a secret in the form in which it is typed into an app.
func Text(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// URL returns the otpauth URL of a secret, which apps read from a QR code. issuer and account are
// shown by the app. A colon separates them, so colons inside of them become blanks.
func URL(secret []byte, issuer, account string) string {
	issuer, account = strings.ReplaceAll(issuer, ":", " "), strings.ReplaceAll(account, ":", " ")
	query := url.Values{
		"secret": {Text(secret)}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {fmt.Sprint(digits)}, "period": {fmt.Sprint(period)},
	}
	// Some apps show a plus sign where a blank is meant.
	return "otpauth://totp/" + url.PathEscape(issuer+":"+account) + "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
}
