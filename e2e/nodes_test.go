package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/store/postgres/pgtest"
)

// A cluster is two nodes on one database, with an administrator.
type cluster struct {
	t        testing.TB
	one, two *node
	database string
	root     string // private token of the administrator
	people   int
}

// The first administrator of a cluster.
const (
	rootName     = "root"
	rootPassword = "root-secret-1"
)

// firstAdmin is what an unattended installation is given.
func firstAdmin(settings map[string]string) map[string]string {
	all := map[string]string{"admin.username": rootName, "admin.email": "root@roster.example", "admin.password": rootPassword}
	for name, value := range settings {
		all[name] = value
	}
	return all
}

// nodesOn starts two nodes, the second with settings of its own.
func nodesOn(t testing.TB, database string, settings, second map[string]string) *cluster {
	t.Helper()
	c := &cluster{t: t, database: database}
	c.one = launch(t, database, firstAdmin(settings)).serving()
	c.two = launch(t, database, second).serving()
	c.root = c.privateToken(c.one, rootName, rootPassword)
	return c
}

func (c *cluster) privateToken(at *node, login, password string) string {
	c.t.Helper()
	var u struct {
		PrivateToken string `json:"private_token"`
	}
	c.read(at.ask(http.MethodPost, "/gitlab/api/v3/session", fmt.Sprintf(`{"login":%q,"password":%q}`, login, password)), http.StatusCreated, &u)
	return u.PrivateToken
}

// read wants a status and reads a JSON answer.
func (c *cluster) read(a answer, status int, into any) {
	c.t.Helper()
	if a.Status != status {
		c.t.Fatalf("status %d, want %d: %s", a.Status, status, a.Body)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal([]byte(a.Body), into); err != nil {
		c.t.Fatalf("%v: %s", err, a.Body)
	}
}

// somebody is a user that the first node created.
type somebody struct {
	ID                        int64
	UID                       string `json:"-"`
	Username, Email, Password string
}

func (c *cluster) somebody(extra string) somebody {
	c.t.Helper()
	c.people++
	name := fmt.Sprintf("person%d", c.people)
	p := somebody{Username: name, Email: name + "@people.example", Password: name + "-secret-1"}
	c.read(c.one.ask(http.MethodPost, "/gitlab/api/v3/users", fmt.Sprintf(`{"email":%q,"username":%q,"name":"N","password":%q%s}`,
		p.Email, p.Username, p.Password, extra), "PRIVATE-TOKEN: "+c.root), http.StatusCreated, &p)
	return p
}

// wekan signs a user in at the first node.
func (c *cluster) wekan(p *somebody) string {
	c.t.Helper()
	var login struct{ ID, Token string }
	c.read(c.one.ask(http.MethodPost, "/wekan/users/login", fmt.Sprintf(`{"username":%q,"password":%q}`, p.Username, p.Password)), http.StatusOK, &login)
	p.UID = login.ID
	return login.Token
}

// An ending revokes at one node a credential that another node has accepted.
type ending struct {
	name string
	// begin creates a user at the first node. It returns a function that checks the credential,
	// and one that revokes it at the first node.
	begin func(c *cluster) (may func(at *node) bool, end func())
}

// letIn returns a function that requests the authenticated user.
func letIn(token string) func(at *node) bool {
	return func(at *node) bool { return at.get("/gitlab/api/v3/user", token).Status == http.StatusOK }
}

func endings() []ending {
	return []ending{
		{"a person who was blocked", func(c *cluster) (func(*node) bool, func()) {
			p := c.somebody("")
			return letIn(c.privateToken(c.one, p.Username, p.Password)), func() {
				c.read(c.one.ask(http.MethodPut, path("/gitlab/api/v3/users/%d/block", p.ID), "", "PRIVATE-TOKEN: "+c.root), http.StatusOK, nil)
			}
		}},
		{"a person who was deleted", func(c *cluster) (func(*node) bool, func()) {
			p := c.somebody("")
			return letIn(c.privateToken(c.one, p.Username, p.Password)), func() {
				c.read(c.one.ask(http.MethodDelete, path("/gitlab/api/v3/users/%d", p.ID), "", "PRIVATE-TOKEN: "+c.root), http.StatusOK, nil)
			}
		}},
		{"a login that was logged out", func(c *cluster) (func(*node) bool, func()) {
			p := c.somebody("")
			token := c.wekan(&p)
			return letIn(token), func() {
				c.read(c.one.ask(http.MethodPost, "/wekan/users/logout", "", bearer(token)), http.StatusOK, nil)
			}
		}},
		{"a login that an administrator took away", func(c *cluster) (func(*node) bool, func()) {
			p := c.somebody("")
			token := c.wekan(&p)
			return letIn(token), func() {
				c.read(c.one.ask(http.MethodPost, "/wekan/api/deletetoken", fmt.Sprintf(`{"userId":%q}`, p.UID), bearer(c.root)), http.StatusOK, nil)
			}
		}},
		{"an access token that was revoked", revokedToken},
		{"an API key that was replaced", func(c *cluster) (func(*node) bool, func()) {
			p := c.somebody("")
			key := c.privateToken(c.one, p.Username, p.Password)
			return letIn(key), func() {
				c.read(c.one.ask(http.MethodPost, "/pm415/api/user/apikey", "", bearer(key)), http.StatusOK, nil)
			}
		}},
		{"an administrator who is none any more", func(c *cluster) (func(*node) bool, func()) {
			p := c.somebody(`,"admin":true`)
			token := c.privateToken(c.one, p.Username, p.Password)
			may := func(at *node) bool {
				return at.get(path("/gitlab/api/v3/users/%d/keys", p.ID), token).Status == http.StatusOK
			}
			return may, func() {
				c.read(c.one.ask(http.MethodPut, path("/gitlab/api/v3/users/%d", p.ID), `{"admin":false}`, "PRIVATE-TOKEN: "+c.root), http.StatusOK, nil)
			}
		}},
		{"an Admin of an organization who is a Member now", changedRole},
	}
}

func revokedToken(c *cluster) (func(*node) bool, func()) {
	p := c.somebody("")
	text := c.command("token", "create", p.Username, "--name", "script")
	list := c.command("token", "list", p.Username)
	id, _, _ := strings.Cut(list[strings.Index(list, "\n")+1:], " ")
	return letIn(strings.TrimSpace(text)), func() { c.command("token", "revoke", p.Username, id, "--yes") }
}

func changedRole(c *cluster) (func(*node) bool, func()) {
	p := c.somebody("")
	key := c.privateToken(c.one, p.Username, p.Password)
	change := func(to string) {
		c.read(c.one.ask(http.MethodPut, "/pm415/api/org/1/admin/"+to, path(`{"usersId":[%d]}`, p.ID), bearer(c.root)), http.StatusOK, nil)
	}
	change("grant")
	may := func(at *node) bool {
		a := at.ask(http.MethodGet, "/codebase/users/"+rootName+"/public_keys", "", basic("home", p.Username, key))
		return a.Status == http.StatusOK
	}
	return may, func() { change("revoke") }
}

// command runs a command on the folder of the first node.
func (c *cluster) command(args ...string) string {
	c.t.Helper()
	said, err := c.one.command("", args...)
	if err != nil {
		c.t.Fatalf("%v: %v: %s", args, err, said)
	}
	return said
}

// round plays all endings: what the first node made counts on the second at once;
// what it ended after the cut is refused there, although it was in memory.
func (c *cluster) round(feed string, cut func()) {
	c.t.Helper()
	type begun struct {
		name string
		may  func(at *node) bool
		end  func()
	}
	var all []begun
	for _, e := range endings() {
		may, end := e.begin(c)
		if !may(c.two) {
			c.t.Errorf("%s: the other node does not know what was made a moment ago", e.name)
		}
		all = append(all, begun{e.name, may, end})
	}
	for range 3 { // now it has them in memory
		for _, b := range all {
			if !b.may(c.two) {
				c.t.Errorf("%s: refused before the end", b.name)
			}
		}
	}
	cut()
	var took []time.Duration
	for _, b := range all {
		b.end()
		acknowledged := time.Now()
		c.two.until("the other node refuses "+b.name, func() bool { return !b.may(c.two) })
		took = append(took, time.Since(acknowledged))
	}
	c.t.Logf("feed %s: refused by the other node after %v; the longest took %v", feed, took, slices.Max(took))
}

const (
	hears      = "this node answers from its cache"
	hearsNot   = "the feed of other nodes does not work"
	hereByFeed = "database_feed"
)

func TestAccessRevokedOnOneNodeIsRejectedByTheOther(t *testing.T) {
	t.Parallel()
	database := pgtest.Schema(t)
	feed := newLine(t, database)
	c := nodesOn(t, database, nil, map[string]string{hereByFeed: feed.address})
	c.two.says(hears, 0)
	c.round("alive", func() {})
	for i, cut := range []lineState{silent, closed} {
		c.round([]string{"silent", "closed"}[i], func() { feed.turn(cut) })
		c.two.says(hearsNot, i)
		before := c.two.said(hears)
		feed.turn(open)
		c.two.says(hears, before)
		c.round("back", func() {})
	}
}

// The feed comes by a way of its own, so each node hears of others even through a
// pooler; one without any feed at all asks the database for everything.
func TestNodeWithoutFeedServesRequests(t *testing.T) {
	t.Parallel()
	database := pgtest.Schema(t)
	feed := newLine(t, database)
	feed.turn(closed)
	c := nodesOn(t, database, nil, map[string]string{hereByFeed: feed.address})
	c.two.says(hearsNot, 0)
	c.round("never there", func() {})
	if c.two.said(hears) > 0 {
		t.Error("it says that it hears of others")
	}
}

func TestFailedLoginsAreCountedAcrossNodes(t *testing.T) {
	t.Parallel()
	settings := map[string]string{"login.account_failures": "4"}
	c := nodesOn(t, pgtest.Schema(t), settings, settings)
	p := c.somebody("")
	logIn := func(at *node, password string) int {
		return at.ask(http.MethodPost, "/gitlab/api/v3/session", fmt.Sprintf(`{"login":%q,"password":%q}`, p.Username, password)).Status
	}
	for _, at := range []*node{c.one, c.two, c.one, c.two} {
		if got := logIn(at, "wrong"); got != http.StatusUnauthorized {
			t.Errorf("a wrong password: %d", got)
		}
	}
	for _, at := range []*node{c.one, c.two} {
		if got := logIn(at, p.Password); got != http.StatusTooManyRequests {
			t.Errorf("the right password after too many wrong ones: %d", got)
		}
	}
}
