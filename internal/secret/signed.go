package secret

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// minSigningKey is in bytes: RFC 7518 section 3.2 requires a key at least as long as the
// hash.
const minSigningKey = 32

// signedHeader is the header of every signed token, byte for byte as pm415 writes it
// (docs/products/pm415.md).
const signedHeader = `{"alg":"HS256","typ":"JWT"}`

// signedClaims has its members in the order of pm415.
type signedClaims struct {
	UserID  int64  `json:"userId"`
	OrgID   int64  `json:"orgId,omitempty"`
	Issued  int64  `json:"iat"`
	Expires int64  `json:"exp"`
	ID      string `json:"jti"`
}

// SignedToken returns a JWT for pm415's clients, which read userId, orgId (omitted if
// zero), iat and exp (seconds) from it. A random jti distinguishes two logins within one
// second. It returns an error only if key has less than 32 bytes.
//
// There is no verifier on purpose: the token is looked up by its Fingerprint among the
// sessions, like an opaque token, so that logout and blocking take effect at once and no
// algorithm confusion is possible.
func SignedToken(key []byte, userID, orgID int64, issued, expires time.Time) (Text, error) {
	if len(key) < minSigningKey {
		return "", errors.New("the signing key has less than 32 bytes: take one from the keyring")
	}
	claims, err := json.Marshal(signedClaims{
		UserID: userID, OrgID: orgID, Issued: issued.Unix(), Expires: expires.Unix(),
		ID: NewOpaque(22, URLSafe).Reveal(),
	})
	if err != nil {
		return "", fmt.Errorf("write token claims: %w", err)
	}
	enc := base64.RawURLEncoding
	signed := enc.EncodeToString([]byte(signedHeader)) + "." + enc.EncodeToString(claims)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(signed))
	return Text(signed + "." + enc.EncodeToString(mac.Sum(nil))), nil
}
