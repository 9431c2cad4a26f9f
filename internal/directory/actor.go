package directory

import "time"

// API names the door through which a request came; events keep it.
type API string

// The doors.
const (
	GitLab      API = "gitlab"
	Wekan       API = "wekan"
	Codebase    API = "codebase"
	PM415       API = "pm415"
	Native      API = "native"
	Console     API = "console"
	CommandLine API = "cli"
)

// doors lists them all.
func apis() []API { return []API{GitLab, Wekan, Codebase, PM415, Native, Console, CommandLine} }

// CredentialKind says what an actor showed.
type CredentialKind string

// The kinds of credential.
const (
	NoCredential  CredentialKind = ""
	ByAccessToken CredentialKind = "token"
	ByAPIKey      CredentialKind = "api_key"
	BySession     CredentialKind = "session"
	ByOperator    CredentialKind = "operator"
	ByLink        CredentialKind = "link" // a one-time link that was mailed
)

// Actor is who asks. Its fields are closed: only [Directory.Authenticate] and
// [Directory.ActAs] make an actor that is somebody, so a door cannot invent one.
type Actor struct {
	user, impersonator UserID
	org                OrgID
	credential         CredentialKind
	credentialID       int64
	apiKeyCreatedAt    time.Time // of an API key: its owner has only one at a time, but not the same for ever
	sessionCreatedAt   time.Time // of a session
	passwordVerifiedAt time.Time // of a session: see [Session.ProvenAt]
	expiresAt          time.Time // no credential that this actor makes is valid for longer; zero is no bound
	session            SessionKind
	scopes             Scopes
	api                API
	address            string
	agent              string
	// What [Actor.Once] bound the next deed to. Text, so that actors compare.
	idempotencyKey, requestHash string
	encoder                     *responseEncoder // of the answer, see [Actor.Answering]
}

// maxAddress is longer than any network address; more would only fill the store.
const maxAddress = 64

// Caller is an actor of whom nothing is known yet but where the request came
// from: the API, the network address and the user agent.
func AnonymousActor(api API, address, agent string) Actor {
	return Actor{api: api, address: truncate(address, maxAddress), agent: truncate(agent, 255)}
}

// Operator is the person at the server's own command line, who owns the data
// folder and so may do everything. Only the command and the start-up code use it.
func Operator() Actor {
	return Actor{api: CommandLine, credential: ByOperator, scopes: fullScopes()}
}

// UserID is who acts; zero for anonymous callers and the operator.
func (a Actor) UserID() UserID { return a.user }

// Behind is who really acts: UserID, or the administrator who acts as that person.
func (a Actor) Impersonator() UserID { return a.impersonator }

// BehindID is Behind as a plain number, by which callers are counted; 0 for
// anonymous callers and the operator.
func (a Actor) ImpersonatorID() int64 { return int64(a.impersonator) }

// OrgID is the organization that the credential selects; zero if it selects none.
func (a Actor) OrgID() OrgID { return a.org }

// Credential is what was shown.
func (a Actor) Credential() CredentialKind { return a.credential }

// SessionKind is which login made the session; empty for other credentials.
func (a Actor) SessionKind() SessionKind { return a.session }

// API is the door the request came through.
func (a Actor) API() API { return a.api }

// Anonymous reports whether nobody was authenticated.
func (a Actor) Anonymous() bool { return a.user == 0 && a.credential != ByOperator }

// ActsAsAnother reports whether an administrator acts as somebody else.
func (a Actor) Impersonates() bool { return a.impersonator != a.user }

func (a Actor) isOperator() bool { return a.credential == ByOperator }

// clip shortens text to at most n bytes without cutting a character in two.
func truncate(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && text[n]&0xC0 == 0x80 {
		n--
	}
	return text[:n]
}

// Holds reports whether the actor came with this session.
func (a Actor) UsesSession(id SessionID) bool {
	return a.credential == BySession && a.credentialID == int64(id)
}
