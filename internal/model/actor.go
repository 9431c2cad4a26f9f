package model

import (
	"slices"
	"time"

	"roster.example/roster/internal/unitext"
)

// API is the API through which a request came. Events record it.
type API string

// The APIs.
const (
	GitLab      API = "gitlab"
	Wekan       API = "wekan"
	Codebase    API = "codebase"
	PM415       API = "pm415"
	Native      API = "native"
	Console     API = "console"
	CommandLine API = "cli"
)

// APIs returns every API.
func APIs() []API { return []API{GitLab, Wekan, Codebase, PM415, Native, Console, CommandLine} }

// CredentialKind is the kind of credential that authenticated an actor.
type CredentialKind string

// The kinds of credential.
const (
	NoCredential  CredentialKind = ""
	ByAccessToken CredentialKind = "token"
	ByAPIKey      CredentialKind = "api_key"
	BySession     CredentialKind = "session"
	ByOperator    CredentialKind = "operator"
	ByLink        CredentialKind = "link" // one-time link from an email
)

// Authentication is the user and the credential of an [Actor]. The zero Authentication is that of an
// anonymous one.
type Authentication struct {
	User               UserID
	Impersonator       UserID // the owner of the credential: User, or the administrator that acts as User
	Org                OrgID  // the organization that the credential selects; zero if it selects none
	Credential         CredentialKind
	CredentialID       int64
	Scopes             Scopes
	Session            SessionKind // empty for other credentials
	AuthenticatedAt    time.Time   // zero for actors that cannot be revoked
	APIKeyCreatedAt    time.Time   // of an API key; tells a rotated key from the one before
	SessionCreatedAt   time.Time   // of a session
	PasswordVerifiedAt time.Time   // of a session: see [Session.PasswordVerifiedAt]
	SecondFactorAt     time.Time   // of a session: see [Session.SecondFactorAt]
	Exempt             bool        // of a session: see [Session.Exempt]
	ExpiresAt          time.Time   // upper bound for the expiry of credentials that this actor creates; zero is no bound
}

// Actor is the authenticated user of an operation, with the API, network address and user agent of
// the request. Its fields are not exported: API packages get actors with a user from the rules, which
// authenticate them. architecture_test.go lists the packages that may call
// [Actor.WithAuthentication].
type Actor struct {
	auth    Authentication
	api     API
	address string
	agent   string
}

// maxAddress is the maximum length of a stored network address. Every valid address is
// shorter.
const maxAddress = 64

// AnonymousActor returns an actor without a user: the API, network address and user agent of a
// request that is not authenticated.
func AnonymousActor(api API, address, agent string) Actor {
	return Actor{api: api, address: unitext.Truncate(address, maxAddress), agent: unitext.Truncate(agent, MaxLine)}
}

// Operator returns the actor of the command line on the server. It has every permission. Only
// package cli and the start of the server use it.
func Operator() Actor {
	return Actor{api: CommandLine, auth: Authentication{Credential: ByOperator, Scopes: FullScopes()}}
}

// WithAuthentication returns the actor of the same request with another authentication.
func (a Actor) WithAuthentication(auth Authentication) Actor {
	a.auth = auth
	return a
}

// Authentication returns the user and the credential.
func (a Actor) Authentication() Authentication { return a.auth }

// UserID returns the user; zero for anonymous actors and the operator.
func (a Actor) UserID() UserID { return a.auth.User }

// Impersonator returns the owner of the credential: the administrator that acts as the user, or
// the user if the actor impersonates no one.
func (a Actor) Impersonator() UserID { return a.auth.Impersonator }

// ImpersonatorID is Impersonator as a number, for limits per caller; 0 for anonymous actors
// and the operator.
func (a Actor) ImpersonatorID() int64 { return int64(a.auth.Impersonator) }

// OrgID returns the organization that the credential selects; zero if it selects none.
func (a Actor) OrgID() OrgID { return a.auth.Org }

// Credential returns the kind of the credential.
func (a Actor) Credential() CredentialKind { return a.auth.Credential }

// CredentialID returns the id of the credential.
func (a Actor) CredentialID() int64 { return a.auth.CredentialID }

// Scopes returns the scopes of the credential.
func (a Actor) Scopes() Scopes { return a.auth.Scopes }

// Permits reports whether the scopes of the credential include need.
func (a Actor) Permits(need Permission) bool { return a.auth.Scopes.Permits(need) }

// SessionKind returns the kind of the session; empty for other credentials.
func (a Actor) SessionKind() SessionKind { return a.auth.Session }

// AuthenticatedAt returns when the request was authenticated; zero for actors that cannot be revoked.
func (a Actor) AuthenticatedAt() time.Time { return a.auth.AuthenticatedAt }

// APIKeyCreatedAt returns when the API key of the actor was created.
func (a Actor) APIKeyCreatedAt() time.Time { return a.auth.APIKeyCreatedAt }

// SessionCreatedAt returns when the session of the actor was created.
func (a Actor) SessionCreatedAt() time.Time { return a.auth.SessionCreatedAt }

// PasswordVerifiedAt returns the last password check of the session of the actor.
func (a Actor) PasswordVerifiedAt() time.Time { return a.auth.PasswordVerifiedAt }

// MustEnrol reports whether the actor is a session that can only add a second factor: see [ScopeEnrol].
func (a Actor) MustEnrol() bool { return slices.Contains(a.auth.Scopes, ScopeEnrol) }

// ExpiresAt returns the upper bound for the expiry of credentials that the actor creates; zero is no
// bound.
func (a Actor) ExpiresAt() time.Time { return a.auth.ExpiresAt }

// API returns the API of the request.
func (a Actor) API() API { return a.api }

// Address returns the network address of the request.
func (a Actor) Address() string { return a.address }

// Agent returns the user agent of the request.
func (a Actor) Agent() string { return a.agent }

// Anonymous reports whether the request was not authenticated.
func (a Actor) Anonymous() bool { return a.auth.User == 0 && a.auth.Credential != ByOperator }

// Impersonates reports whether an administrator acts as another user.
func (a Actor) Impersonates() bool { return a.auth.Impersonator != a.auth.User }

// IsOperator reports whether the actor is the command line on the server.
func (a Actor) IsOperator() bool { return a.auth.Credential == ByOperator }

// UsesSession reports whether the session with this id is the credential of the actor.
func (a Actor) UsesSession(id SessionID) bool {
	return a.auth.Credential == BySession && a.auth.CredentialID == int64(id)
}
