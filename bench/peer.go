//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"roster.example/roster/bench/dataset"
	"roster.example/roster/bench/load"
	"roster.example/roster/bench/process"
)

// The addresses of the administrator and the member in PocketBase (bench/peers).
const (
	peerAdmin  = "chief@example.org"
	peerMember = "ada@example.org"
)

// peer compares Roster with PocketBase, both with default settings, on the same users,
// with the most similar requests and the same load.
func (b *bench) peer() (err error) {
	program, err := b.buildPeer()
	if err != nil {
		return err
	}
	folder, err := b.peerFolder(program, b.sizes.large)
	if err != nil {
		return err
	}
	pocket, err := b.launch(process.Options{Path: program, Args: []string{"serve", "--dir", folder, "--http", "127.0.0.1:0"}}, listening)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pocket.Stop()) }()
	h, err := b.temporaryCopy(b.sizes.large)
	if err != nil {
		return err
	}
	s, err := b.serve(h)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	if _, err := b.settle(h, s); err != nil {
		return err
	}
	calls, err := b.peerCalls(h, s, pocket)
	if err != nil {
		return err
	}
	for _, c := range calls {
		all, err := b.alternate(
			side{name: "Roster: " + c.what, on: s, next: c.roster, conns: c.conns},
			side{name: "PocketBase: " + c.what, on: pocket, next: c.pocket, conns: c.conns},
		)
		if err != nil {
			return err
		}
		b.report.row("Roster ÷ PocketBase, "+c.what, "", over(all[0], all[1], rate))
	}
	return nil
}

func (b *bench) buildPeer() (string, error) {
	program := filepath.Join(b.scratch, "peers")
	_, err := process.Run(b.ctx, process.Options{
		Path: "go", Args: []string{"-C", filepath.Join(b.root, "bench", "peers"), "build", "-trimpath", "-o", program, "."},
		Env: append(os.Environ(), "CGO_ENABLED=0"),
	}, "")
	return program, err
}

// peerFolder returns PocketBase's data folder with this number of users. It is kept for later runs;
// created users make it only a little larger.
func (b *bench) peerFolder(program string, n int) (string, error) {
	folder := filepath.Join(b.data, fmt.Sprintf("pocketbase-%d", n))
	finished := filepath.Join(folder, "finished")
	if _, err := os.Stat(finished); err == nil {
		return folder, nil
	}
	if err := os.RemoveAll(folder); err != nil {
		return "", err
	}
	b.printf("   filling PocketBase with %d users", n)
	var file strings.Builder
	if err := dataset.Size(n).WriteCSV(&file); err != nil {
		return "", err
	}
	if _, err := process.Run(b.ctx, process.Options{Path: program, Args: []string{"seed", folder}}, file.String()); err != nil {
		return "", err
	}
	return folder, os.WriteFile(finished, nil, 0o600)
}

// A peerCall is one request to both.
type peerCall struct {
	what           string
	roster, pocket func() load.Request
	conns          int
}

func (b *bench) peerCalls(h dataFolder, s, pocket *server) ([]peerCall, error) {
	key, err := b.command(h, "", "user", "api-key", admin, "--yes")
	if err != nil {
		return nil, err
	}
	adminToken, _, err := b.pocketLogin(pocket, "_superusers", peerAdmin)
	if err != nil {
		return nil, err
	}
	own, id, err := b.pocketLogin(pocket, "users", peerMember)
	if err != nil {
		return nil, err
	}
	names, err := b.rareNames(h, s)
	if err != nil {
		return nil, err
	}
	roster, _ := once(names)
	request := func(format string, args ...any) load.Request {
		return load.Get("/api/collections/users/records"+fmt.Sprintf(format, args...), "Authorization: "+adminToken)
	}
	var theirs, ours []load.Request
	for i := range hotUsers {
		ours = append(ours, h.list("/%d", seeded+1+i*(h.users/hotUsers)))
		theirs = append(theirs, request("/bench%010d", i*(h.users/hotUsers)))
	}
	last := h.users / pageSize
	return []peerCall{
		{"own record by token", always(load.Get("/api/v3/user", "PRIVATE-TOKEN: "+h.MemberToken)),
			always(load.Get("/api/collections/users/records/"+id, "Authorization: "+own)), 0},
		{"a user by id", each(ours), each(theirs), 0},
		{"first page of 20, with the total", always(h.page(1)), always(request("?page=1&perPage=%d", pageSize)), 0},
		{"last page of 20, with the total", always(h.page(last)), always(request("?page=%d&perPage=%d", last, pageSize)), 0},
		{"search for part of a name, 20 hits", roster, pocketSearch(h, request), 0},
		{"create, with a password, 4 connections", h.creating(), pocketCreate("users", adminToken), 4},
		{"create, without a password (Codebase's invitation; a plain record), 64 connections", inviting(key), pocketCreate("members", adminToken), manyWriters},
	}, nil
}

// pocketSearch returns searches for rare names in the fields that Roster searches: names and addresses.
func pocketSearch(h dataFolder, request func(string, ...any) load.Request) func() load.Request {
	size := dataset.Size(h.users)
	var n atomic.Int64
	return func() load.Request {
		name := strings.ToLower(size.RareName(int(n.Add(1)) % size.Rare()))
		filter := url.QueryEscape(fmt.Sprintf("name ~ '%s' || email ~ '%s'", name, name))
		return request("?perPage=%d&filter=%s", pageSize, filter)
	}
}

// pocketCreate returns requests that each create another record.
func pocketCreate(collection, token string) func() load.Request {
	var n atomic.Int64
	begun := time.Now().UnixNano() // the folder is kept, so usernames must differ between runs
	return func() load.Request {
		p := dataset.Size(1 << 30).User(int(n.Add(1)))
		body := fmt.Sprintf(`{"username":"%d.%s","email":"%d.%s","name":%q,"password":%q,"passwordConfirm":%q}`,
			begun, p.Username, begun, p.Email, p.Name(), password, password)
		return load.Post("/api/collections/"+collection+"/records", "application/json", body, "Authorization: "+token)
	}
}

// pocketLogin returns a token and the id of its owner.
func (b *bench) pocketLogin(pocket *server, collection, address string) (token, id string, err error) {
	body := fmt.Sprintf(`{"identity":%q,"password":%q}`, address, password)
	a, err := load.One(b.ctx, pocket.address, load.Post("/api/collections/"+collection+"/auth-with-password", "application/json", body))
	if err != nil {
		return "", "", err
	}
	var output struct {
		Token  string
		Record struct{ ID string }
	}
	if err := json.Unmarshal(a.Body, &output); err != nil || a.Status != http.StatusOK {
		return "", "", fmt.Errorf("PocketBase answers its login with %d: %s", a.Status, a.Body)
	}
	return output.Token, output.Record.ID, nil
}
