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

// cluster is two nodes on one database, with an administrator.
type cluster struct {
	t        testing.TB
	one, two *node
	database string
	root     string // private token of the administrator
	users    int
}

// The first administrator of a cluster.
const (
	rootName     = "root"
	rootPassword = "root-secret-1"
)

// firstAdmin adds the settings of an unattended installation, which create an administrator.
func firstAdmin(settings map[string]string) map[string]string {
	all := map[string]string{"admin.username": rootName, "admin.email": "root@roster.example", "admin.password": rootPassword}
	for name, value := range settings {
		all[name] = value
	}
	return all
}

// nodesOn starts two nodes. second are the settings of the second.
func nodesOn(t testing.TB, database string, settings, second map[string]string) *cluster {
	t.Helper()
	c := &cluster{t: t, database: database}
	c.one = launch(t, database, firstAdmin(settings)).waitUntilServing()
	c.two = launch(t, database, second).waitUntilServing()
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

// read checks the status of a response and parses its JSON.
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

// clusterUser is a user that the first node created.
type clusterUser struct {
	ID                        int64
	UID                       string `json:"-"`
	Username, Email, Password string
}

func (c *cluster) createUser(extra string) clusterUser {
	c.t.Helper()
	c.users++
	name := fmt.Sprintf("person%d", c.users)
	p := clusterUser{Username: name, Email: name + "@people.example", Password: name + "-secret-1"}
	c.read(c.one.ask(http.MethodPost, "/gitlab/api/v3/users", fmt.Sprintf(`{"email":%q,"username":%q,"name":"N","password":%q%s}`,
		p.Email, p.Username, p.Password, extra), "PRIVATE-TOKEN: "+c.root), http.StatusCreated, &p)
	return p
}

// wekanToken signs a user in at the first node.
func (c *cluster) wekanToken(p *clusterUser) string {
	c.t.Helper()
	var login struct{ ID, Token string }
	c.read(c.one.ask(http.MethodPost, "/wekan/users/login", fmt.Sprintf(`{"username":%q,"password":%q}`, p.Username, p.Password)), http.StatusOK, &login)
	p.UID = login.ID
	return login.Token
}

// revocation revokes at one node a credential that another node has accepted.
type revocation struct {
	name string
	// begin creates a user at the first node. It returns a function that reports whether a node accepts
	// the credential, and one that revokes it at the first node.
	begin func(c *cluster) (allowed func(at *node) bool, end func())
}

// canGetOwnUser returns a function that reports whether token can get its user.
func canGetOwnUser(token string) func(at *node) bool {
	return func(at *node) bool { return at.get("/gitlab/api/v3/user", token).Status == http.StatusOK }
}

func revocations() []revocation {
	return []revocation{
		{"a blocked user", func(c *cluster) (func(*node) bool, func()) {
			p := c.createUser("")
			return canGetOwnUser(c.privateToken(c.one, p.Username, p.Password)), func() {
				c.read(c.one.ask(http.MethodPut, path("/gitlab/api/v3/users/%d/block", p.ID), "", "PRIVATE-TOKEN: "+c.root), http.StatusOK, nil)
			}
		}},
		{"a deleted user", func(c *cluster) (func(*node) bool, func()) {
			p := c.createUser("")
			return canGetOwnUser(c.privateToken(c.one, p.Username, p.Password)), func() {
				c.read(c.one.ask(http.MethodDelete, path("/gitlab/api/v3/users/%d", p.ID), "", "PRIVATE-TOKEN: "+c.root), http.StatusOK, nil)
			}
		}},
		{"a session that was signed out", func(c *cluster) (func(*node) bool, func()) {
			p := c.createUser("")
			token := c.wekanToken(&p)
			return canGetOwnUser(token), func() {
				c.read(c.one.ask(http.MethodPost, "/wekan/users/logout", "", bearer(token)), http.StatusOK, nil)
			}
		}},
		{"a session that an administrator revoked", func(c *cluster) (func(*node) bool, func()) {
			p := c.createUser("")
			token := c.wekanToken(&p)
			return canGetOwnUser(token), func() {
				c.read(c.one.ask(http.MethodPost, "/wekan/api/deletetoken", fmt.Sprintf(`{"userId":%q}`, p.UID), bearer(c.root)), http.StatusOK, nil)
			}
		}},
		{"a revoked access token", revokedToken},
		{"a rotated API key", func(c *cluster) (func(*node) bool, func()) {
			p := c.createUser("")
			key := c.privateToken(c.one, p.Username, p.Password)
			return canGetOwnUser(key), func() {
				c.read(c.one.ask(http.MethodPost, "/pm415/api/user/apikey", "", bearer(key)), http.StatusOK, nil)
			}
		}},
		{"a former administrator", func(c *cluster) (func(*node) bool, func()) {
			p := c.createUser(`,"admin":true`)
			token := c.privateToken(c.one, p.Username, p.Password)
			allowed := func(at *node) bool {
				return at.get(path("/gitlab/api/v3/users/%d/keys", p.ID), token).Status == http.StatusOK
			}
			return allowed, func() {
				c.read(c.one.ask(http.MethodPut, path("/gitlab/api/v3/users/%d", p.ID), `{"admin":false}`, "PRIVATE-TOKEN: "+c.root), http.StatusOK, nil)
			}
		}},
		{"a former Admin of an organization", changedRole},
	}
}

func revokedToken(c *cluster) (func(*node) bool, func()) {
	p := c.createUser("")
	text := c.command("token", "create", p.Username, "--name", "script")
	list := c.command("token", "list", p.Username)
	id, _, _ := strings.Cut(list[strings.Index(list, "\n")+1:], " ")
	return canGetOwnUser(strings.TrimSpace(text)), func() { c.command("token", "revoke", p.Username, id, "--yes") }
}

func changedRole(c *cluster) (func(*node) bool, func()) {
	p := c.createUser("")
	key := c.privateToken(c.one, p.Username, p.Password)
	change := func(to string) {
		c.read(c.one.ask(http.MethodPut, "/pm415/api/org/1/admin/"+to, path(`{"usersId":[%d]}`, p.ID), bearer(c.root)), http.StatusOK, nil)
	}
	change("grant")
	allowed := func(at *node) bool {
		a := at.ask(http.MethodGet, "/codebase/users/"+rootName+"/public_keys", "", basic("home", p.Username, key))
		return a.Status == http.StatusOK
	}
	return allowed, func() { change("revoke") }
}

// command runs a command on the data folder of the first node.
func (c *cluster) command(args ...string) string {
	c.t.Helper()
	out, err := c.one.command("", args...)
	if err != nil {
		c.t.Fatalf("%v: %v: %s", args, err, out)
	}
	return out
}

// checkRevocations checks that the second node accepts credentials of the first at once, and that it
// rejects them after they are revoked, although its cache has them. cut runs before the revocations.
func (c *cluster) checkRevocations(feed string, cut func()) {
	c.t.Helper()
	type started struct {
		name    string
		allowed func(at *node) bool
		end     func()
	}
	var all []started
	for _, e := range revocations() {
		allowed, end := e.begin(c)
		if !allowed(c.two) {
			c.t.Errorf("%s: the other node rejects a new credential", e.name)
		}
		all = append(all, started{e.name, allowed, end})
	}
	for range 3 { // now they are in its cache
		for _, b := range all {
			if !b.allowed(c.two) {
				c.t.Errorf("%s: rejected before the revocation", b.name)
			}
		}
	}
	cut()
	var took []time.Duration
	for _, b := range all {
		b.end()
		acknowledged := time.Now()
		c.two.waitFor("the other node rejects "+b.name, func() bool { return !b.allowed(c.two) })
		took = append(took, time.Since(acknowledged))
	}
	c.t.Logf("feed %s: rejected by the other node after %v; the longest took %v", feed, took, slices.Max(took))
}

const (
	feedWorks   = "this node answers from its cache"
	feedFails   = "the feed of other nodes does not work"
	feedSetting = "database_feed"
)

func TestAccessRevokedOnOneNodeIsRejectedByTheOther(t *testing.T) {
	t.Parallel()
	database := pgtest.Schema(t)
	feed := newDatabaseProxy(t, database)
	c := nodesOn(t, database, nil, map[string]string{feedSetting: feed.address})
	c.two.waitForLog(feedWorks, 0)
	c.checkRevocations("working", func() {})
	for i, cut := range []proxyState{silent, closed} {
		c.checkRevocations([]string{"silent", "closed"}[i], func() { feed.setState(cut) })
		c.two.waitForLog(feedFails, i)
		before := c.two.logCount(feedWorks)
		feed.setState(open)
		c.two.waitForLog(feedWorks, before)
		c.checkRevocations("restored", func() {})
	}
}

// The feed has its own connection, so it works beside a connection pooler. A node without a feed reads
// everything from the database.
func TestNodeWithoutFeedServesRequests(t *testing.T) {
	t.Parallel()
	database := pgtest.Schema(t)
	feed := newDatabaseProxy(t, database)
	feed.setState(closed)
	c := nodesOn(t, database, nil, map[string]string{feedSetting: feed.address})
	c.two.waitForLog(feedFails, 0)
	c.checkRevocations("never connected", func() {})
	if c.two.logCount(feedWorks) > 0 {
		t.Error("the node logs that its feed works")
	}
}

func TestFailedLoginsAreCountedAcrossNodes(t *testing.T) {
	t.Parallel()
	settings := map[string]string{"login.account_failures": "4"}
	c := nodesOn(t, pgtest.Schema(t), settings, settings)
	p := c.createUser("")
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
