package native

import (
	"time"

	"roster.example/roster/internal/directory"
)

type sshKey struct {
	ID          int64      `json:"id" example:"3"`
	Owner       int64      `json:"user_id" example:"42"`
	Title       string     `json:"title" example:"desk"`
	Key         string     `json:"key" doc:"The public key, without its comment." example:"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"`
	Fingerprint string     `json:"fingerprint" doc:"Unique on the server." example:"SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"`
	Type        string     `json:"type" example:"ssh-ed25519"`
	Bits        int        `json:"bits" example:"256"`
	Usage       string     `json:"usage" enum:"auth_and_signing,auth,signing"`
	CreatedAt   time.Time  `json:"created_at" example:"2026-01-02T15:04:05Z"`
	ExpiresAt   *time.Time `json:"expires_at,omitempty" doc:"Absent if never."`
	LastUsedAt  *time.Time `json:"last_used_at,omitempty" doc:"Absent if never."`
}

func newSSHKey(k directory.SSHKey) sshKey {
	return sshKey{int64(k.ID), int64(k.Owner), k.Title, k.Public, k.Fingerprint, k.Type, k.Bits, string(k.Usage), k.CreatedAt, timeOrNil(k.ExpiresAt), timeOrNil(k.LastUsedAt)}
}

type addEmailRequest struct {
	Address string `json:"address" minLength:"3" maxLength:"254" example:"ada@home.example"`
}

type addKeyRequest struct {
	Title     string     `json:"title,omitempty" maxLength:"255" doc:"If absent, the comment of the key is used." example:"desk"`
	Key       string     `json:"key" minLength:"1" maxLength:"16384" doc:"One line of an authorized_keys file." example:"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl desk"`
	Usage     string     `json:"usage,omitempty" enum:"auth_and_signing,auth,signing" default:"auth_and_signing"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"Absent if never." example:"2036-01-02T15:04:05Z"`
}

func (n addKeyRequest) newKey() directory.NewKey {
	wanted := directory.NewKey{Title: n.Title, Key: n.Key, Usage: directory.KeyUsage(n.Usage)}
	if n.ExpiresAt != nil {
		wanted.ExpiresAt = n.ExpiresAt.UTC()
	}
	return wanted
}

// Token is an access token without its secret.
type Token struct {
	ID         int64      `json:"id" example:"11"`
	Owner      int64      `json:"user_id" example:"42"`
	Name       string     `json:"name" example:"provisioning"`
	Scopes     []string   `json:"scopes" example:"[\"api\"]"`
	CreatedAt  time.Time  `json:"created_at" example:"2026-01-02T15:04:05Z"`
	ExpiresAt  *time.Time `json:"expires_at,omitempty" doc:"Absent if never."`
	LastUsedAt *time.Time `json:"last_used_at,omitempty" doc:"With a precision of one minute. Absent if never."`
	RevokedAt  *time.Time `json:"revoked_at,omitempty" doc:"Absent if the token was not revoked."`
}

func newToken(t directory.AccessToken) Token {
	return Token{
		int64(t.ID), int64(t.Owner), t.Name, mapSlice(t.Scopes, asText[directory.Scope]), t.CreatedAt,
		timeOrNil(t.ExpiresAt), timeOrNil(t.LastUsedAt), timeOrNil(t.RevokedAt),
	}
}

// tokenWithSecret is an access token with its secret, which is returned only when the token is created.
type tokenWithSecret struct {
	Token
	Text string `json:"token" doc:"The token. It is only in this answer." example:"rst_…"`
}

type createTokenRequest struct {
	Name      string     `json:"name" minLength:"1" maxLength:"255" example:"backup script"`
	Scopes    []string   `json:"scopes" minItems:"1" maxItems:"4" enum:"api,read_api,read_user,sudo" doc:"Must be within the scopes of the credential of the request." example:"[\"read_user\"]"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"Absent if never." example:"2036-01-02T15:04:05Z"`
}

func (n createTokenRequest) newToken(owner directory.UserID) directory.NewToken {
	wanted := directory.NewToken{Owner: owner, Name: n.Name, Scopes: mapSlice(n.Scopes, fromText[directory.Scope])}
	if n.ExpiresAt != nil {
		wanted.ExpiresAt = n.ExpiresAt.UTC()
	}
	return wanted
}

type session struct {
	ID        int64     `json:"id" example:"21"`
	Kind      string    `json:"kind" enum:"wekan,pm415,console" doc:"The API or the pages that created the session."`
	Current   bool      `json:"current" doc:"Whether the request was sent with this session."`
	Address   string    `json:"address" doc:"The network address that created the session." example:"192.0.2.7"`
	Agent     string    `json:"user_agent" example:"Mozilla/5.0"`
	CreatedAt time.Time `json:"created_at" example:"2026-01-02T15:04:05Z"`
	LastSeen  time.Time `json:"last_seen_at" doc:"With a precision of one minute." example:"2026-01-02T15:04:05Z"`
	ExpiresAt time.Time `json:"expires_at" example:"2026-02-02T15:04:05Z"`
}

func newSession(s directory.Session, actor directory.Actor) session {
	return session{int64(s.ID), string(s.Kind), actor.UsesSession(s.ID), s.Address, s.Agent, s.CreatedAt, s.LastUsedAt, s.ExpiresAt}
}
