package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// node is one Roster. It keeps running when its machine fails, because the trial tests the
// database.
type node struct {
	trial   *trial
	machine *machine
	url     string
	token   string
	process *process
	pooler  *process
	proxy   *process
}

func (n *node) name() string { return n.machine.name }
func (n *node) data() string { return filepath.Join(n.machine.folder, "roster") }

// serve starts the proxies to the database, and Roster.
func (n *node) serve(ctx context.Context) (err error) {
	if n.proxy, err = n.trial.start(n.machine.folder, "haproxy", nil, "haproxy", "-db", "-f", n.machine.config("haproxy.cfg")); err != nil {
		return err
	}
	if n.trial.route == "pgbouncer" {
		if n.pooler, err = n.trial.start(n.machine.folder, "pgbouncer", nil, "pgbouncer", n.machine.config("pgbouncer.ini")); err != nil {
			return err
		}
	}
	env, err := n.env()
	if err != nil {
		return err
	}
	listen := n.machine.address + ":8080"
	n.url = "http://" + listen
	return await(ctx, completeTimeout, func() bool { return n.started(ctx, env, listen) })
}

// started reports whether Roster is ready, and starts it if it does not run: Roster exits
// if the database is unreachable at its start, and systemd restarts it.
func (n *node) started(ctx context.Context, env []string, listen string) bool {
	if n.process == nil || n.process.hasEnded() {
		process, err := n.trial.start(n.machine.folder, "roster", env, n.trial.roster, "serve", "--listen", listen)
		if err != nil {
			return false
		}
		n.process = process
	}
	return n.trial.reach(ctx, n.url+"/readyz", "") == http.StatusOK
}

// env returns the settings of roster.env, and those of the trial, such as minimal password
// hashing.
func (n *node) env() ([]string, error) {
	env, err := assignments(n.machine.config("roster.env"))
	if err != nil {
		return nil, err
	}
	for i, line := range env {
		if strings.HasPrefix(line, "ROSTER_DATABASE=") {
			env[i] = "ROSTER_DATABASE=" + n.trial.database(n.machine)
		}
	}
	return append(env, "ROSTER_DATA="+n.data(), "ROSTER_LOG_FORMAT=json", "ROSTER_LOG_LEVEL=error",
		"ROSTER_PASSWORD_MEMORY_KIB=8192", "ROSTER_PASSWORD_TIME=1",
		"ROSTER_ADMIN_USERNAME=ada", "ROSTER_ADMIN_EMAIL=ada@example.org", "ROSTER_ADMIN_PASSWORD="+n.trial.secrets["ADMIN"]), nil
}

// database returns the address of the primary for a node.
func (t *trial) database(m *machine) string {
	login := "postgres://roster:" + t.secrets["ROSTER_PASSWORD"] + "@"
	switch t.route {
	case "direct":
		var hosts []string
		for _, m := range t.machines {
			hosts = append(hosts, m.address+":5432")
		}
		return login + strings.Join(hosts, ",") + "/roster?sslmode=disable&connect_timeout=2&target_session_attrs=read-write"
	case "pgbouncer":
		return login + m.address + ":6432/roster?sslmode=disable&connect_timeout=3"
	}
	return login + m.address + ":5000/roster?sslmode=disable&connect_timeout=3"
}

// run runs a command of roster while the node runs.
func (n *node) run(words ...string) (string, error) {
	env, err := n.env()
	if err != nil {
		return "", err
	}
	command := n.trial.command(append([]string{n.trial.roster}, words...)...)
	command.Env = append(command.Env, env...)
	return n.trial.output(command)
}

func (n *node) makeToken() error {
	said, err := n.run("token", "create", "ada", "--name", "trial", "--scopes", "api", "--days", "1")
	n.token = strings.TrimSpace(said)
	return err
}

// usernames returns all users of the node, read page by page.
func (n *node) usernames(ctx context.Context) (map[string]bool, error) {
	found := map[string]bool{}
	for page := "1"; page != ""; {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, n.url+"/api/v3/users?per_page=100&page="+page, nil)
		if err != nil {
			return nil, err
		}
		request.Header.Set("PRIVATE-TOKEN", n.token)
		answer, err := n.trial.client.Do(request)
		if err != nil {
			return nil, err
		}
		var people []struct{ Username string }
		err = json.NewDecoder(answer.Body).Decode(&people)
		if err = errors.Join(err, answer.Body.Close()); err != nil {
			return nil, fmt.Errorf("read page %s of the users: %w", page, err)
		}
		for _, p := range people {
			found[p.Username] = true
		}
		page = answer.Header.Get("X-Next-Page")
	}
	return found, nil
}

// unknownResults returns the ids of requests whose result is unknown to the node, according
// to its log.
func (n *node) unknownResults() (map[string]bool, error) {
	f, err := os.Open(filepath.Join(n.machine.folder, "roster.log"))
	if err != nil {
		return nil, err
	}
	ids := map[string]bool{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct{ ID, Error string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && strings.Contains(line.Error, "it is unknown whether") {
			ids[line.ID] = true
		}
	}
	return ids, errors.Join(lines.Err(), f.Close())
}

// reach returns the status of the response, 0 for none.
func (t *trial) reach(ctx context.Context, url, token string) int {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0
	}
	if token != "" {
		request.Header.Set("PRIVATE-TOKEN", token)
	}
	answer, err := t.client.Do(request)
	if err != nil {
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}
