package client

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Client sends requests to one server with one credential. It is safe for concurrent use. Printing it never reveals the
// credential. Create one with [New].
type Client struct {
	Accounts Accounts // operations without a credential
	Me       Me       // the authenticated user
	Users    Users    // user accounts
	Emails   Emails   // email addresses of users
	Keys     Keys     // SSH keys of users
	Tokens   Tokens   // access tokens of users
	Sessions Sessions // sessions of users

	Authenticators Authenticators // second factors of users
	Organizations  Organizations  // groups of users with roles
	Members        Members        // users of an organization
	Invitations    Invitations    // offers to join an organization
	Roles          Roles          // sets of permissions inside an organization
	Projects       Projects       // projects of an organization
	Events         Events         // the audit log
	Webhooks       Webhooks       // URLs that receive events

	base           *url.URL
	bearer         func() string // a function, so that printing the client cannot reveal it
	sudo           *string       // Sudo; nil for none
	idempotencyKey string
	userAgent      string
	http           *http.Client
	timeout        time.Duration
	maxAttempts    int
	retryPause     time.Duration
}

// Defaults of the options.
const (
	// DefaultTimeout limits one attempt of a request.
	DefaultTimeout = time.Minute
	// DefaultTries is the maximal number of attempts of a request.
	DefaultTries = 5
	// DefaultPause is the pause before the second attempt. It doubles with each attempt.
	DefaultPause = 200 * time.Millisecond
)

// Option configures a [Client].
type Option func(*Client)

// WithHTTPClient sends requests with h, for example with another transport. Its Timeout is ignored (see [WithTimeout]), and
// redirects are not followed.
func WithHTTPClient(h *http.Client) Option { return func(c *Client) { c.http = h } }

// WithTimeout limits one attempt of a request to d. It does not apply to streams. 0 means that only the context limits it.
func WithTimeout(d time.Duration) Option { return func(c *Client) { c.timeout = d } }

// WithRetries sends each request at most tries times. The pause before the second attempt is about pause, and doubles with
// each attempt. With tries = 1, requests are not retried.
func WithRetries(tries int, pause time.Duration) Option {
	return func(c *Client) { c.maxAttempts, c.retryPause = max(1, tries), pause }
}

// WithUserAgent sets the User-Agent. The server shows it in the list of sessions and in its log.
func WithUserAgent(name string) Option { return func(c *Client) { c.userAgent = name } }

// New returns a client for the server at baseURL, such as https://people.example.org, with an access token, an API key or
// the token of a session. It sends no request.
func New(baseURL, token string, options ...Option) (*Client, error) {
	base, err := url.Parse(strings.TrimSuffix(baseURL, "/"))
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, errors.New("the address of the server must be like https://people.example.org")
	}
	if base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, errors.New("the address of the server must not contain a user, query or fragment; pass the token separately")
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("the token contains invalid characters; check for a line break at its end")
	}
	c := &Client{
		base: base, bearer: func() string { return token }, userAgent: "roster-client",
		http: &http.Client{}, timeout: DefaultTimeout, maxAttempts: DefaultTries, retryPause: DefaultPause,
	}
	for _, option := range options {
		option(c)
	}
	c.http = withoutRedirects(c.http)
	return c.withResources(), nil
}

// withoutRedirects returns a copy of h that does not follow redirects, because they turn POST into GET, and that has no
// timeout, because streams do not end.
func withoutRedirects(h *http.Client) *http.Client {
	own := *h
	own.Timeout = 0
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

// withResources sets the resource fields of c.
func (c *Client) withResources() *Client {
	c.Accounts, c.Me, c.Users = Accounts{c}, Me{c}, Users{c}
	c.Emails, c.Keys, c.Tokens, c.Sessions, c.Authenticators = Emails{c}, Keys{c}, Tokens{c}, Sessions{c}, Authenticators{c}
	c.Organizations, c.Members, c.Invitations = Organizations{c}, Members{c}, Invitations{c}
	c.Roles, c.Projects = Roles{c}, Projects{c}
	c.Events, c.Webhooks = Events{c}, Webhooks{c}
	return c
}

// As returns a client that acts as another user, given by username or id (the header Sudo). The credential must belong to
// an administrator and have the scope sudo. Events contain both users. The server rejects an empty user, so that an empty
// variable does not select the administrator.
func (c *Client) As(user string) *Client {
	other := *c
	other.sudo = &user
	return other.withResources()
}

// AsID is [Client.As] with an id.
func (c *Client) AsID(id int64) *Client { return c.As(strconv.FormatInt(id, 10)) }

// WithToken returns a client with another credential, such as the token of a session.
func (c *Client) WithToken(token string) *Client {
	other := *c
	other.bearer = func() string { return token }
	return other.withResources()
}

// WithIdempotencyKey returns a client that sends this Idempotency-Key with the next creation. The same creation with the
// same key is executed once within 24 hours, also by another process or after a restart. Use another key for each creation.
// Without it, each creation gets a random key, which only protects its own retries.
func (c *Client) WithIdempotencyKey(key string) *Client {
	other := *c
	other.idempotencyKey = key
	return other.withResources()
}

// URL returns the address of the server.
func (c *Client) URL() string { return c.base.String() }

// Format implements [fmt.Formatter]. For every verb it prints the address, and never the credential.
func (c *Client) Format(to fmt.State, _ rune) { _, _ = fmt.Fprint(to, c.String()) }

// String returns the address of the server.
func (c *Client) String() string { return "roster client of " + c.URL() }
