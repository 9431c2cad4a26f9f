//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"roster.example/roster/bench/load"
	"roster.example/roster/bench/process"
)

// bareCommand runs the bare handler.
const bareCommand = "bare"

// bare is a handler that answers every request with the response that Roster gave. It measures the
// maximum that net/http allows.
type bare map[string]cannedAnswer // by request URI

type cannedAnswer struct {
	status int
	header http.Header
	body   []byte
}

// ServeHTTP implements http.Handler.
func (b bare) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := b[r.RequestURI]
	h := w.Header()
	for name, values := range answer.header {
		h[name] = values
	}
	w.WriteHeader(answer.status)
	// An error means that the client has closed the connection.
	_, _ = w.Write(answer.body)
}

func serveBare(ctx context.Context, file string) error {
	answers, err := readAnswers(file)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: answers, ReadHeaderTimeout: time.Minute}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	fmt.Println(listening + l.Addr().String())
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func readAnswers(file string) (bare, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var recorded map[string]load.Answer
	if err := json.Unmarshal(text, &recorded); err != nil {
		return nil, err
	}
	answers := bare{}
	for uri, a := range recorded {
		c := cannedAnswer{a.Status, http.Header{}, a.Body}
		for _, f := range a.Header {
			c.header.Add(f.Name, f.Value)
		}
		c.header.Del("Date") // net/http writes it
		answers[uri] = c
	}
	return answers, nil
}

// serveAnswers starts a bare handler with the responses of the server at address to these requests,
// and checks that its responses are equal.
func (b *bench) serveAnswers(address string, requests ...load.Request) (*server, error) {
	recorded := map[string]load.Answer{}
	for _, r := range requests {
		a, err := load.One(b.ctx, address, r)
		if err != nil {
			return nil, err
		}
		if a.Status != http.StatusOK {
			return nil, fmt.Errorf("the response to %s is %d: %s", uri(r), a.Status, a.Body)
		}
		recorded[uri(r)] = a
	}
	text, err := json.Marshal(recorded)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(b.scratch, "answers.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s, err := b.launch(process.Options{Path: self, Args: []string{bareCommand, file}}, listening)
	if err != nil {
		return nil, err
	}
	for _, r := range requests {
		if err := sameAnswer(b.ctx, s.address, r, recorded[uri(r)]); err != nil {
			return nil, errors.Join(err, s.Stop())
		}
	}
	return s, nil
}

// uri returns the request target.
func uri(r load.Request) string { return strings.SplitN(string(r), " ", 3)[1] }

func sameAnswer(ctx context.Context, address string, r load.Request, want load.Answer) error {
	got, err := load.One(ctx, address, r)
	if err != nil {
		return err
	}
	if length(got) != length(want) || string(got.Body) != string(want.Body) {
		return fmt.Errorf("%s: the bare handler does not answer the same", uri(r))
	}
	return nil
}

// length returns the size of a response without the date.
func length(a load.Answer) int {
	n := len(a.Body)
	for _, f := range slices.DeleteFunc(slices.Clone(a.Header), func(f load.Field) bool { return f.Name == "Date" }) {
		n += len(f.Name) + len(f.Value)
	}
	return n
}
