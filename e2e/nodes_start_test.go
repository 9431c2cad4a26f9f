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
		n.serving()
		c := &cluster{t: t, one: n}
		c.root = c.privateToken(n, rootName, rootPassword)
		var people []struct{ Username string }
		c.read(n.get("/gitlab/api/v3/users", c.root), http.StatusOK, &people)
		if len(people) != 1 {
			t.Errorf("people: %v", people)
		}
		if orgs := c.command("org", "list"); strings.Count(orgs, "home") != 1 || strings.Count(orgs, "\n") != 2 {
			t.Errorf("organizations:\n%s", orgs)
		}
	}
	if n := nodes[0].said("first administrator created") + nodes[1].said("first administrator created") + nodes[2].said("first administrator created"); n != 1 {
		t.Errorf("%d nodes made the first administrator", n)
	}
	if events := (&cluster{t: t, one: nodes[0]}).command("events"); strings.Contains(events, "recovered") {
		t.Errorf("a node took the administrator for one who was locked out:\n%s", events)
	}
}

var setupLink = regexp.MustCompile(`create one within a day at\n  (\S+)\n`)

// setup is the path of the link that the node printed, which any node serves.
func (n *node) setup() string {
	n.t.Helper()
	found := setupLink.FindStringSubmatch(n.out.String())
	if found == nil {
		n.t.Fatalf("it printed no setup link:\n%s", n.out.String())
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
	links := []string{one.serving().setup(), two.serving().setup()}
	for _, at := range []*node{one, two} {
		for _, link := range links {
			if a := at.ask(http.MethodGet, link, ""); a.Status != http.StatusOK {
				t.Errorf("before one was used: %d", a.Status)
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
				t.Errorf("after one was used: %d", a.Status)
			}
		}
	}
}

func TestCommandsBesideRunningNodesTakeEffectOnAll(t *testing.T) {
	t.Parallel()
	database := pgtest.Schema(t)
	c := nodesOn(t, database, nil, nil)
	byItself := environment(nodeSettings(t, database, nil)) // on a folder that no server owns
	for name, env := range map[string][]string{"ada": c.one.env, "bea": byItself} {
		said, err := command(t, env, "a long password 1\n", "admin", "create", "--username", name, "--email", name+"@roster.example", "--password-file", "-")
		if err != nil {
			t.Fatal(err, said)
		}
		if a := c.two.get("/gitlab/api/v3/users", c.privateToken(c.two, name, "a long password 1")); a.Status != http.StatusOK {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	c.doctorWhileNodesWrite(byItself)
}

// doctorWhileNodesWrite examines a database that changes all the time.
func (c *cluster) doctorWhileNodesWrite(byItself []string) {
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
					c.t.Errorf("a write while the doctor looks: %v %d %s", err, a.Status, a.Body)
					return
				}
			}
		})
	}
	for _, env := range [][]string{c.one.env, c.two.env, byItself} {
		if said, err := command(c.t, env, "", "doctor"); err != nil || !strings.Contains(said, "ok: 3 administrators can sign in") {
			c.t.Errorf("doctor: %v\n%s", err, said)
		}
	}
}

func TestNodeWithAnotherKeyDoesNotStart(t *testing.T) {
	t.Parallel()
	database := pgtest.Schema(t)
	launch(t, database, nil).serving()
	other := map[string]string{"key": "other //79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="}
	ownFile := map[string]string{"key": "", "data": t.TempDir()}
	for words, settings := range map[string]map[string]string{
		"encrypted with the key shared, and this server does not have it; give it the key file that belongs to the database": other,
		"the key file is missing: " + ownFile["data"] + "/secret.key":                                                        ownFile,
	} {
		status, said := launch(t, database, settings).refuses()
		if status != 1 || !strings.Contains(said, words) || strings.Contains(said, "listening") {
			t.Errorf("exit status %d: %s\nwant: %s", status, said, words)
		}
	}
	if _, err := os.Stat(filepath.Join(ownFile["data"], "secret.key")); err == nil {
		t.Error("it made a key of its own")
	}
}

const nextKey = "next //79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="

// keyRotate runs the command beside the nodes, with keys of its own.
func keyRotate(t testing.TB, database, keys string) (string, error) {
	t.Helper()
	return command(t, environment(nodeSettings(t, database, map[string]string{"key": keys})), "", "key", "rotate")
}

// A new key is put in front of the old one on every node before it is brought into use.
func TestKeyIsRotatedWhileNodesRun(t *testing.T) {
	t.Parallel()
	database := pgtest.Schema(t)
	c := nodesOn(t, database, nil, map[string]string{"key": nextKey + "\n" + oneKey})
	p := c.somebody("")
	keys := []string{c.privateToken(c.two, p.Username, p.Password)}
	if said, err := keyRotate(t, database, oneKey); err == nil || !strings.Contains(said, "insert the new key before the old one there, on every node") {
		t.Errorf("with nothing to change to: %v %s", err, said)
	}
	c.one.stop()
	c.one = launch(t, database, map[string]string{"key": nextKey + "\n" + oneKey}).serving()
	if said, err := keyRotate(t, database, nextKey+"\n"+oneKey); err != nil || !strings.Contains(said, "re-encrypted") {
		t.Fatalf("%v: %s", err, said)
	}
	last := launch(t, database, map[string]string{"key": nextKey}).serving()
	for _, at := range []*node{c.one, c.two} {
		fresh := c.somebody("")
		keys = append(keys, c.privateToken(at, fresh.Username, fresh.Password))
	}
	for _, at := range []*node{c.one, c.two, last} {
		for _, key := range keys {
			if a := at.get("/gitlab/api/v3/user", key); a.Status != http.StatusOK {
				t.Errorf("an API key after the change: %d %s", a.Status, a.Body)
			}
		}
	}
	if status, said := launch(t, database, nil).refuses(); status != 1 {
		t.Errorf("a node with the former key alone: %d %s", status, said)
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
	write(oneKey)
	c := nodesOn(t, database, nil, map[string]string{"key": "", "key_file": file})
	p := c.somebody("")
	key := c.privateToken(c.one, p.Username, p.Password)
	if said, err := keyRotate(t, database, nextKey+"\n"+oneKey); err != nil {
		t.Fatal(err, said)
	}
	if a := c.two.ask(http.MethodGet, "/readyz", ""); a.Status != http.StatusServiceUnavailable {
		t.Errorf("before it is given the new key: %d %s", a.Status, a.Body)
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
	p := c.somebody("")
	key, token := c.privateToken(c.one, p.Username, p.Password), c.wekan(&p)
	if said, err := keyRotate(t, database, nextKey+"\n"+oneKey); err != nil {
		t.Fatal(err, said)
	}
	if a := c.two.ask(http.MethodGet, "/readyz", ""); a.Status != http.StatusServiceUnavailable || a.Body != "the database uses another encryption key\n" {
		t.Errorf("ready: %d %q", a.Status, a.Body)
	}
	if a := c.two.ask(http.MethodGet, "/wekan/api/user", "", bearer(token)); a.Status != http.StatusOK {
		t.Errorf("a session goes on: %d %s", a.Status, a.Body)
	}
	login := fmt.Sprintf(`{"username":%q,"password":%q}`, p.Username, p.Password)
	if a := c.two.ask(http.MethodPost, "/wekan/users/login", login); a.Status != http.StatusServiceUnavailable {
		t.Errorf("a login, which is an event: %d %s", a.Status, a.Body)
	}
	if a := c.two.ask(http.MethodPost, "/pm415/api/user/apikey", "", bearer(token)); a.Status != http.StatusServiceUnavailable {
		t.Errorf("a new API key: %d %s", a.Status, a.Body)
	}
	again := launch(t, database, map[string]string{"key": nextKey}).serving()
	if a := again.get("/gitlab/api/v3/user", key); a.Status != http.StatusOK {
		t.Errorf("at a node that has the key: %d %s", a.Status, a.Body)
	}
}

// manners returns, for each compatible API, the request for the authenticated user and the response if
// the database is unavailable.
func manners(username, key string) map[string][]string {
	return map[string][]string{
		"/gitlab/api/v3/user": {"PRIVATE-TOKEN: " + key}, "/wekan/api/user": {bearer(key)},
		"/codebase/profile": {basic("home", username, key)}, "/pm415/api/user": {bearer(key)},
	}
}

func TestNodeReportsADatabaseOutageAndRecovers(t *testing.T) {
	t.Parallel()
	database := pgtest.Schema(t)
	way := newLine(t, database)
	c := nodesOn(t, database, nil, map[string]string{"database": way.address})
	p := c.somebody("")
	all := manners(p.Username, c.privateToken(c.one, p.Username, p.Password))
	statuses := func() []int {
		var got []int
		for path, headers := range all {
			got = append(got, c.two.ask(http.MethodGet, path, "", headers...).Status)
		}
		got = append(got, c.two.ask(http.MethodPost, "/gitlab/api/v3/session", fmt.Sprintf(`{"login":%q,"password":%q}`, p.Username, p.Password)).Status)
		return append(got, c.two.ask(http.MethodGet, "/readyz", "").Status)
	}
	fine := []int{200, 200, 200, 200, 201, 200}
	for range 2 {
		if got := statuses(); !slices.Equal(got, fine) {
			t.Fatalf("while all is well: %v", got)
		}
		way.turn(closed)
		c.two.until("it no longer trusts its memory", func() bool { return slices.Equal(statuses(), []int{503, 503, 503, 503, 503, 503}) })
		if a := c.two.ask(http.MethodGet, "/healthz", ""); a.Status != http.StatusOK {
			t.Errorf("alive: %d", a.Status)
		}
		if a := c.one.ask(http.MethodGet, "/readyz", ""); a.Status != http.StatusOK {
			t.Errorf("the other node: %d", a.Status)
		}
		way.turn(open)
		c.two.until("it answers again", func() bool { return slices.Equal(statuses(), fine) })
	}
}

func TestStartWithoutADatabaseFailsWithAnExplanation(t *testing.T) {
	t.Parallel()
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := nobody.Addr().String()
	if err := nobody.Close(); err != nil {
		t.Fatal(err)
	}
	status, said := launch(t, "postgres://roster:hush@"+address+"/roster", nil).refuses()
	if status != 1 || !strings.Contains(said, "open the PostgreSQL database: it cannot be reached; check that it runs, and address, user and password") {
		t.Errorf("exit status %d: %s", status, said)
	}
	if strings.Contains(said, "hush") {
		t.Error("it shows the password:", said)
	}
}
