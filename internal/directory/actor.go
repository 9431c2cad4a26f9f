package directory

import "time"

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

func apis() []API { return []API{GitLab, Wekan, Codebase, PM415, Native, Console, CommandLine} }

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

// Actor is the authenticated user of an operation. Its fields are not exported: only
// [Directory.Authenticate] and [Directory.ActAs] return actors with a user, so API packages
// cannot create one.
type Actor struct {
	user, impersonator UserID
	org                OrgID
	credential         CredentialKind
	credentialID       int64
	authenticatedAt    time.Time // zero for actors that cannot be revoked
	apiKeyCreatedAt    time.Time // of an API key; tells a rotated key from the one before
	sessionCreatedAt   time.Time // of a session
	passwordVerifiedAt time.Time // of a session: see [Session.ProvenAt]
	expiresAt          time.Time // upper bound for the expiry of credentials that this actor creates; zero is no bound
	session            SessionKind
	scopes             Scopes
	api                API
	address            string
	agent              string
}

// maxAddress is the maximum length of a stored network address. Every valid address is
// shorter.
const maxAddress = 64

// AnonymousActor returns an actor without a user: the API, network address and user agent of a
// request that is not authenticated.
func AnonymousActor(api API, address, agent string) Actor {
	return Actor{api: api, address: truncate(address, maxAddress), agent: truncate(agent, 255)}
}

// Operator returns the actor of the command line on the server, who has every permission. Only
// package cli and the start of the server use it.
func Operator() Actor {
	return Actor{api: CommandLine, credential: ByOperator, scopes: fullScopes()}
}

// UserID returns the user; zero for anonymous actors and the operator.
func (a Actor) UserID() UserID { return a.user }

// Impersonator returns the owner of the credential: the administrator that acts as the user, or
// the user if the actor impersonates no one.
func (a Actor) Impersonator() UserID { return a.impersonator }

// ImpersonatorID is Impersonator as a number, for limits per caller; 0 for anonymous actors
// and the operator.
func (a Actor) ImpersonatorID() int64 { return int64(a.impersonator) }

// OrgID returns the organization that the credential selects; zero if it selects none.
func (a Actor) OrgID() OrgID { return a.org }

// Credential returns the kind of the credential.
func (a Actor) Credential() CredentialKind { return a.credential }

// SessionKind returns the kind of the session; empty for other credentials.
func (a Actor) SessionKind() SessionKind { return a.session }

// API returns the API of the request.
func (a Actor) API() API { return a.api }

// Anonymous reports whether the request was not authenticated.
func (a Actor) Anonymous() bool { return a.user == 0 && a.credential != ByOperator }

// Impersonates reports whether an administrator acts as another user.
func (a Actor) Impersonates() bool { return a.impersonator != a.user }

func (a Actor) isOperator() bool { return a.credential == ByOperator }

// truncate shortens text to at most n bytes without splitting a UTF-8 sequence.
func truncate(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && text[n]&0xC0 == 0x80 {
		n--
	}
	return text[:n]
}

// UsesSession reports whether the session with this id is the credential of the actor.
func (a Actor) UsesSession(id SessionID) bool {
	return a.credential == BySession && a.credentialID == int64(id)
}
