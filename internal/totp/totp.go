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

// maxLabel is the maximum length of an issuer and of an account, as a URL writes them. A QR code of this
// level of correction has 2,331 bytes (ISO/IEC 18004, table 7), and phones read small ones best.
const maxLabel = 300

// URL returns the otpauth URL of a secret, which apps read from a QR code. issuer and account are
// shown by the app. A colon separates them, so colons inside of them become blanks. Long ones are cut.
func URL(secret []byte, issuer, account string) string {
	issuer, account = label(issuer), label(account)
	query := url.Values{
		"secret": {Text(secret)}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {fmt.Sprint(digits)}, "period": {fmt.Sprint(period)},
	}
	return "otpauth://totp/" + url.PathEscape(issuer+":"+account) + "?" + escapeBlanks(query.Encode())
}

// label returns the part of a name that fits into a URL.
func label(name string) string {
	name = strings.ReplaceAll(name, ":", " ")
	length := 0
	for at, r := range name {
		if length += len(escapeBlanks(url.QueryEscape(string(r)))); length > maxLabel {
			return name[:at]
		}
	}
	return name
}

// escapeBlanks replaces the plus signs of a query: some apps show one where a blank is meant.
func escapeBlanks(query string) string { return strings.ReplaceAll(query, "+", "%20") }
