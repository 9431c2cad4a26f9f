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

// minSigningKey is in bytes: RFC 7518 section 3.2 wants a key at least as
// long as the hash.
const minSigningKey = 32

// signedHeader is the header of every signed token, letter by letter as pm415
// writes it (reference section 2).
const signedHeader = `{"alg":"HS256","typ":"JWT"}`

// signedClaims has its members in the order in which pm415 writes them.
type signedClaims struct {
	UserID  int64  `json:"userId"`
	OrgID   int64  `json:"orgId,omitempty"`
	Issued  int64  `json:"iat"`
	Expires int64  `json:"exp"`
	ID      string `json:"jti"`
}

// SignedToken returns a JWT of the shape that pm415's clients know: they read
// userId, orgId (left out if zero), iat and exp (seconds) from it. A random
// jti at the end makes two logins within one second differ.
//
// There is no verifier, and there shall be none: the token is looked up by
// its Fingerprint among the sessions, like any opaque token, so that logging
// out and blocking work at once and no algorithm can be confused.
// It fails only if key has less than 32 bytes.
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
