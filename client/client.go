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

// Client speaks to one server with one credential. It is safe for concurrent use.
// It never prints the credential. Make one with [New].
type Client struct {
	Accounts      Accounts      // what people do before they are known
	Me            Me            // whoever the credential belongs to
	Users         Users         // people
	Emails        Emails        // mail addresses of people
	Keys          Keys          // SSH keys of people
	Tokens        Tokens        // access tokens of people
	Sessions      Sessions      // logins of people
	Organizations Organizations // groups of people with roles
	Members       Members       // who belongs to an organization
	Invitations   Invitations   // letters that ask somebody to join
	Roles         Roles         // sets of permissions inside an organization
	Projects      Projects      // what people are assigned to
	Events        Events        // who did what to whom
	Webhooks      Webhooks      // other servers that are told of events

	base           *url.URL
	bearer         func() string // a function, so that no printer of values sees the text
	sudo           string
	idempotencyKey string
	userAgent      string
	http           *http.Client
	timeout        time.Duration
	maxAttempts    int
	retryPause     time.Duration
}

// The defaults of the options.
const (
	// DefaultTimeout is how long one attempt at a request may take.
	DefaultTimeout = time.Minute
	// DefaultTries is how often a request is made at most.
	DefaultTries = 5
	// DefaultPause is the wait before the second attempt; it doubles each time.
	DefaultPause = 200 * time.Millisecond
)

// Option changes how a [Client] works.
type Option func(*Client)

// WithHTTPClient takes h for requests, for instance for another transport. Its
// Timeout does not count (see [WithTimeout]), and redirects are never followed.
func WithHTTPClient(h *http.Client) Option { return func(c *Client) { c.http = h } }

// WithTimeout limits one attempt at a request to d; streams are not held to it.
// 0 means no limit but that of the context.
func WithTimeout(d time.Duration) Option { return func(c *Client) { c.timeout = d } }

// WithRetries makes each request at most tries times, and waits for about pause
// before the second, twice as long before the third, and so on. 1 never tries again.
func WithRetries(tries int, pause time.Duration) Option {
	return func(c *Client) { c.maxAttempts, c.retryPause = max(1, tries), pause }
}

// WithUserAgent says who calls; the server shows it among the logins and in its log.
func WithUserAgent(name string) Option { return func(c *Client) { c.userAgent = name } }

// New makes a client of the server at baseURL, such as https://people.example.org,
// with an access token, an API key or the token of a login. Nothing is sent yet.
func New(baseURL, token string, options ...Option) (*Client, error) {
	base, err := url.Parse(strings.TrimSuffix(baseURL, "/"))
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, errors.New("the address of the server must be like https://people.example.org")
	}
	if base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, errors.New("the address of the server must have neither user, query nor fragment; give the token by itself")
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("the token has characters that no token has; is a line break at its end?")
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

// steady is a copy of h for requests with an end and for streams alike. A redirect
// would turn a POST into a GET, so it is told instead of followed.
func withoutRedirects(h *http.Client) *http.Client {
	own := *h
	own.Timeout = 0
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

// wired hangs the nouns on c.
func (c *Client) withResources() *Client {
	c.Accounts, c.Me, c.Users = Accounts{c}, Me{c}, Users{c}
	c.Emails, c.Keys, c.Tokens, c.Sessions = Emails{c}, Keys{c}, Tokens{c}, Sessions{c}
	c.Organizations, c.Members, c.Invitations = Organizations{c}, Members{c}, Invitations{c}
	c.Roles, c.Projects = Roles{c}, Projects{c}
	c.Events, c.Webhooks = Events{c}, Webhooks{c}
	return c
}

// As gives a client that acts as another person, named by username or id (the
// header Sudo). It takes an administrator, and a token with the scope sudo. Events
// name both.
func (c *Client) As(user string) *Client {
	other := *c
	other.sudo = user
	return other.withResources()
}

// AsID is [Client.As] by id.
func (c *Client) AsID(id int64) *Client { return c.As(strconv.FormatInt(id, 10)) }

// WithToken gives a client with another credential, such as that of a login.
func (c *Client) WithToken(token string) *Client {
	other := *c
	other.bearer = func() string { return token }
	return other.withResources()
}

// Once gives a client whose next creation carries this Idempotency-Key: the same
// creation with the same key is done once within a day, also by another process or
// after a restart. Take another key for each creation. Without it every creation
// gets a random key, which is good for its retries alone.
func (c *Client) WithIdempotencyKey(key string) *Client {
	other := *c
	other.idempotencyKey = key
	return other.withResources()
}

// URL is the address of the server.
func (c *Client) URL() string { return c.base.String() }

// Format implements [fmt.Formatter], for every verb: the address alone, and never
// the credential.
func (c *Client) Format(to fmt.State, _ rune) { _, _ = fmt.Fprint(to, c.String()) }

// String says which server the client speaks to.
func (c *Client) String() string { return "roster client of " + c.URL() }
