//go:build !race

package e2e

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"roster.example/roster/internal/store/postgres/pgtest"
)

func TestConcurrentStartsOnAnEmptyDatabaseCreateEverythingOnce(t *testing.T) {
	t.Parallel()
	database := pgtest.Schema(t)
	var nodes []*node
	for range 3 {
		nodes = append(nodes, launch(t, database, firstAdmin(nil)))
	}
	for _, n := range nodes {
		n.waitUntilServing()
		c := &cluster{t: t, one: n}
		c.root = c.privateToken(n, rootName, rootPassword)
		var users []struct{ Username string }
		c.read(n.get("/gitlab/api/v3/users", c.root), http.StatusOK, &users)
		if len(users) != 1 {
			t.Errorf("users: %v", users)
		}
		if orgs := c.command("org", "list"); strings.Count(orgs, "home") != 1 || strings.Count(orgs, "\n") != 2 {
			t.Errorf("organizations:\n%s", orgs)
		}
	}
	if n := nodes[0].logCount("first administrator created") + nodes[1].logCount("first administrator created") + nodes[2].logCount("first administrator created"); n != 1 {
		t.Errorf("%d nodes created the first administrator", n)
	}
	if events := (&cluster{t: t, one: nodes[0]}).command("events"); strings.Contains(events, "recovered") {
		t.Errorf("a node recovered the administrator:\n%s", events)
	}
}

var setupLink = regexp.MustCompile(`create one within a day at\n  (\S+)\n`)

// setup returns the path of the setup link that the node printed. Every node serves it.
func (n *node) setup() string {
	n.t.Helper()
	found := setupLink.FindStringSubmatch(n.out.String())
	if found == nil {
		n.t.Fatalf("the node printed no setup link:\n%s", n.out.String())
	}
	link, err := url.Parse(found[1])
	if err != nil {
		n.t.Fatal(err)
	}
	return link.RequestURI()
}

func TestSetupLinksWorkOnAllNodesUntilOneIsUsed(t *testing.T) {
	t.Parallel()
	database := pgtest.Schema(t)
	one, two := launch(t, database, nil), launch(t, database, nil)
	links := []string{one.waitUntilServing().setup(), two.waitUntilServing().setup()}
	for _, at := range []*node{one, two} {
		for _, link := range links {
			if a := at.ask(http.MethodGet, link, ""); a.Status != http.StatusOK {
				t.Errorf("before one is used: %d", a.Status)
			}
		}
	}
	token := links[0][strings.LastIndex(links[0], "=")+1:]
	form := url.Values{"token": {token}, "username": {"ada"}, "email": {"ada@roster.example"}, "password": {"a long password 1"}}
	if a := two.ask(http.MethodPost, links[0], form.Encode(), "Content-Type: application/x-www-form-urlencoded"); a.Status != http.StatusOK {
		t.Fatalf("at the other node: %d %s", a.Status, a.Body)
	}
	for _, at := range []*node{one, two} {
		for _, link := range links {
			if a := at.ask(http.MethodGet, link, ""); a.Status != http.StatusGone {
				t.Errorf("after one is used: %d", a.Status)
			}
		}
	}
}

func TestCommandsBesideRunningNodesTakeEffectOnAll(t *testing.T) {
	t.Parallel()
	database := pgtest.Schema(t)
	c := nodesOn(t, database, nil, nil)
	ownFolder := environment(nodeSettings(t, database, nil)) // a data folder that no server uses
	for name, env := range map[string][]string{"ada": c.one.env, "bea": ownFolder} {
		out, err := command(t, env, "a long password 1\n", "admin", "create", "--username", name, "--email", name+"@roster.example", "--password-file", "-")
		if err != nil {
			t.Fatal(err, out)
		}
		if a := c.two.get("/gitlab/api/v3/users", c.privateToken(c.two, name, "a long password 1")); a.Status != http.StatusOK {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	c.doctorWhileNodesWrite(ownFolder)
}

// doctorWhileNodesWrite runs "roster doctor" while the nodes write.
func (c *cluster) doctorWhileNodesWrite(ownFolder []string) {
	c.t.Helper()
	stop := make(chan struct{})
	var writing sync.WaitGroup
	defer writing.Wait()
	defer close(stop)
	for i, at := range []*node{c.one, c.two} {
		writing.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				name := fmt.Sprintf("written%d-%d", i, n)
				body := fmt.Sprintf(`{"email":"%s@x.example","username":%q,"name":"N","password":"long enough 1"}`, name, name)
				if a, err := at.try(http.MethodPost, "/gitlab/api/v3/users", body, "PRIVATE-TOKEN: "+c.root); err != nil || a.Status != http.StatusCreated {
					c.t.Errorf("a write during roster doctor: %v %d %s", err, a.Status, a.Body)
					return
				}
			}
		})
	}
	for _, env := range [][]string{c.one.env, c.two.env, ownFolder} {
		if out, err := command(c.t, env, "", "doctor"); err != nil || !strings.Contains(out, "ok: 3 administrators can sign in") {
			c.t.Errorf("doctor: %v\n%s", err, out)
		}
	}
}

func TestNodeWithAnotherKeyDoesNotStart(t *testing.T) {
	t.Parallel()
	database := pgtest.Schema(t)
	launch(t, database, nil).waitUntilServing()
	other := map[string]string{"key": "other //79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="}
	ownFile := map[string]string{"key": "", "data": t.TempDir()}
	for words, settings := range map[string]map[string]string{
		"encrypted with the key shared, and this server does not have it; give it the key file that belongs to the database": other,
		"the key file is missing: " + ownFile["data"] + "/secret.key":                                                        ownFile,
	} {
		status, out := launch(t, database, settings).waitForExit()
		if status != 1 || !strings.Contains(out, words) || strings.Contains(out, "listening") {
			t.Errorf("exit status %d: %s\nwant: %s", status, out, words)
		}
	}
	if _, err := os.Stat(filepath.Join(ownFile["data"], "secret.key")); err == nil {
		t.Error("the node created a key")
	}
}

const nextKey = "next //79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="

// keyRotate runs "roster key rotate" beside the nodes with the keys.
func keyRotate(t testing.TB, database, keys string) (string, error) {
	t.Helper()
	return command(t, environment(nodeSettings(t, database, map[string]string{"key": keys})), "", "key", "rotate")
}

// Every node gets the new key before the old one, then the key is rotated.
func TestKeyIsRotatedWhileNodesRun(t *testing.T) {
	t.Parallel()
	database := pgtest.Schema(t)
	c := nodesOn(t, database, nil, map[string]string{"key": nextKey + "\n" + sharedKey})
	p := c.createUser("")
	keys := []string{c.privateToken(c.two, p.Username, p.Password)}
	if out, err := keyRotate(t, database, sharedKey); err == nil || !strings.Contains(out, "insert the new key before the old one there, on every node") {
		t.Errorf("without a new key: %v %s", err, out)
	}
	c.one.stop()
	c.one = launch(t, database, map[string]string{"key": nextKey + "\n" + sharedKey}).waitUntilServing()
	if out, err := keyRotate(t, database, nextKey+"\n"+sharedKey); err != nil || !strings.Contains(out, "re-encrypted") {
		t.Fatalf("%v: %s", err, out)
	}
	last := launch(t, database, map[string]string{"key": nextKey}).waitUntilServing()
	for _, at := range []*node{c.one, c.two} {
		fresh := c.createUser("")
		keys = append(keys, c.privateToken(at, fresh.Username, fresh.Password))
	}
	for _, at := range []*node{c.one, c.two, last} {
		for _, key := range keys {
			if a := at.get("/gitlab/api/v3/user", key); a.Status != http.StatusOK {
				t.Errorf("an API key after the rotation: %d %s", a.Status, a.Body)
			}
		}
	}
	if status, out := launch(t, database, nil).waitForExit(); status != 1 {
		t.Errorf("a node with the old key only: %d %s", status, out)
	}
}

func TestNodeReloadsItsKeyFileAfterARotation(t *testing.T) {
	t.Parallel()
	database := pgtest.Schema(t)
	file := filepath.Join(t.TempDir(), "secret.key")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(sharedKey)
	c := nodesOn(t, database, nil, map[string]string{"key": "", "key_file": file})
	p := c.createUser("")
	key := c.privateToken(c.one, p.Username, p.Password)
	if out, err := keyRotate(t, database, nextKey+"\n"+sharedKey); err != nil {
		t.Fatal(err, out)
	}
	if a := c.two.ask(http.MethodGet, "/readyz", ""); a.Status != http.StatusServiceUnavailable {
		t.Errorf("before it has the new key: %d %s", a.Status, a.Body)
	}
	write(nextKey)
	if a := c.two.ask(http.MethodGet, "/readyz", ""); a.Status != http.StatusOK {
		t.Errorf("with the new key: %d %s", a.Status, a.Body)
	}
	if a := c.two.get("/gitlab/api/v3/user", key); a.Status != http.StatusOK {
		t.Errorf("an API key: %d %s", a.Status, a.Body)
	}
}

func TestNodeWithoutTheCurrentKeyReportsItAndEncryptsNothing(t *testing.T) {
	t.Parallel()
	database := pgtest.Schema(t)
	c := nodesOn(t, database, nil, nil)
	p := c.createUser("")
	key, token := c.privateToken(c.one, p.Username, p.Password), c.wekanToken(&p)
	if out, err := keyRotate(t, database, nextKey+"\n"+sharedKey); err != nil {
		t.Fatal(err, out)
	}
	if a := c.two.ask(http.MethodGet, "/readyz", ""); a.Status != http.StatusServiceUnavailable || a.Body != "the database uses another encryption key\n" {
		t.Errorf("ready: %d %q", a.Status, a.Body)
	}
	if a := c.two.ask(http.MethodGet, "/wekan/api/user", "", bearer(token)); a.Status != http.StatusOK {
		t.Errorf("an existing session: %d %s", a.Status, a.Body)
	}
	login := fmt.Sprintf(`{"username":%q,"password":%q}`, p.Username, p.Password)
	if a := c.two.ask(http.MethodPost, "/wekan/users/login", login); a.Status != http.StatusServiceUnavailable {
		t.Errorf("a sign-in, which records an event: %d %s", a.Status, a.Body)
	}
	if a := c.two.ask(http.MethodPost, "/pm415/api/user/apikey", "", bearer(token)); a.Status != http.StatusServiceUnavailable {
		t.Errorf("a new API key: %d %s", a.Status, a.Body)
	}
	again := launch(t, database, map[string]string{"key": nextKey}).waitUntilServing()
	if a := again.get("/gitlab/api/v3/user", key); a.Status != http.StatusOK {
		t.Errorf("at a node with the key: %d %s", a.Status, a.Body)
	}
}

// ownUserHeaders returns, for each compatible API, the request for the authenticated user and the response if
// the database is unavailable.
func ownUserHeaders(username, key string) map[string][]string {
	return map[string][]string{
		"/gitlab/api/v3/user": {"PRIVATE-TOKEN: " + key}, "/wekan/api/user": {bearer(key)},
		"/codebase/profile": {basic("home", username, key)}, "/pm415/api/user": {bearer(key)},
	}
}

func TestNodeReportsADatabaseOutageAndRecovers(t *testing.T) {
	t.Parallel()
	database := pgtest.Schema(t)
	proxy := newDatabaseProxy(t, database)
	c := nodesOn(t, database, nil, map[string]string{"database": proxy.address})
	p := c.createUser("")
	all := ownUserHeaders(p.Username, c.privateToken(c.one, p.Username, p.Password))
	statuses := func() []int {
		var got []int
		for path, headers := range all {
			got = append(got, c.two.ask(http.MethodGet, path, "", headers...).Status)
		}
		got = append(got, c.two.ask(http.MethodPost, "/gitlab/api/v3/session", fmt.Sprintf(`{"login":%q,"password":%q}`, p.Username, p.Password)).Status)
		return append(got, c.two.ask(http.MethodGet, "/readyz", "").Status)
	}
	working := []int{200, 200, 200, 200, 201, 200}
	for range 2 {
		if got := statuses(); !slices.Equal(got, working) {
			t.Fatalf("before the outage: %v", got)
		}
		proxy.setState(closed)
		c.two.waitFor("the node no longer uses its cache", func() bool { return slices.Equal(statuses(), []int{503, 503, 503, 503, 503, 503}) })
		if a := c.two.ask(http.MethodGet, "/healthz", ""); a.Status != http.StatusOK {
			t.Errorf("/healthz: %d", a.Status)
		}
		if a := c.one.ask(http.MethodGet, "/readyz", ""); a.Status != http.StatusOK {
			t.Errorf("the other node: %d", a.Status)
		}
		proxy.setState(open)
		c.two.waitFor("the node responds again", func() bool { return slices.Equal(statuses(), working) })
	}
}

func TestStartWithoutADatabaseFailsWithAnExplanation(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	status, out := launch(t, "postgres://roster:hush@"+address+"/roster", nil).waitForExit()
	if status != 1 || !strings.Contains(out, "open the PostgreSQL database: it cannot be reached; check that it runs, and address, user and password") {
		t.Errorf("exit status %d: %s", status, out)
	}
	if strings.Contains(out, "hush") {
		t.Error("the output contains the password:", out)
	}
}
