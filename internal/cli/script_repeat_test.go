package cli_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// repeat sends the same request many times, like an attacker.
func repeat(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: repeat COUNT METHOD PATH BODY [AUTH...]")
	}
	count, err := strconv.Atoi(args[0])
	ts.Check(err)
	for i := range count {
		numbered := make([]string, len(args)-1)
		for j, arg := range args[1:] {
			numbered[j] = strings.ReplaceAll(arg, "#", strconv.Itoa(i+1))
		}
		answer := ask(ts, numbered)
		ts.Check(answer.Body.Close())
		line := strconv.Itoa(answer.StatusCode)
		if answer.Header.Get("Retry-After") != "" {
			line += " later"
		}
		_, err := fmt.Fprintln(ts.Stdout(), line)
		ts.Check(err)
		of(ts).status = answer.StatusCode
	}
}

// same compares the responses to two bodies.
func same(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: same METHOD PATH BODY BODY [AUTH...]")
	}
	first := described(ts, args[0], args[1], args[2], args[4:])
	second := described(ts, args[0], args[1], args[3], args[4:])
	if first != second {
		ts.Fatalf("the answers differ:\n%s\n\n%s", first, second)
	}
}

// described returns a response without the input of the caller and without values that differ in
// each response.
func described(ts *testscript.TestScript, method, path, body string, auth []string) string {
	answer := ask(ts, append([]string{method, path, body}, auth...))
	text, err := io.ReadAll(answer.Body)
	ts.Check(errors.Join(err, answer.Body.Close()))
	of(ts).status = answer.StatusCode
	shown := strings.ReplaceAll(string(text), answer.Header.Get("X-Request-Id"), "REQUEST")
	for _, name := range named(ts, body) {
		shown = strings.ReplaceAll(shown, name, "SENT")
	}
	return fmt.Sprintln(answer.StatusCode) + headers(answer.Header) + shown
}

// named returns the names of accounts in a JSON or form body.
func named(ts *testscript.TestScript, body string) []string {
	sent := map[string]string{}
	if strings.HasPrefix(body, "{") {
		ts.Check(json.Unmarshal([]byte(body), &sent))
	} else {
		form, err := url.ParseQuery(body)
		ts.Check(err)
		for field := range form {
			sent[field] = form.Get(field)
		}
	}
	var names []string
	for _, field := range []string{"email", "username", "login"} {
		if sent[field] != "" {
			names = append(names, sent[field])
		}
	}
	return names
}

func headers(h http.Header) string {
	var lines strings.Builder
	for _, name := range slices.Sorted(maps.Keys(h)) {
		switch name {
		case "Date", "X-Request-Id", "Content-Length": // the texts that were sent differ in length
		default:
			fmt.Fprintln(&lines, name, h[name])
		}
	}
	return lines.String()
}
