package rostertest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"roster.example/roster/rostertest"
)

// printResponse sends a request, and prints the status and a nested member of the JSON response.
func printResponse(r *http.Request, members ...string) {
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		panic(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var body any
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
		panic(err)
	}
	for _, name := range members {
		body = body.(map[string]any)[name]
	}
	fmt.Println(answer.StatusCode, body)
}

// newRequest creates a request, with a form unless form is nil.
func newRequest(method, address string, form url.Values) *http.Request {
	r, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	if err != nil {
		panic(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

// start is rostertest.Start(t) for examples, which have no t.
func start() (*rostertest.Server, func()) {
	s, err := rostertest.Open()
	if err != nil {
		panic(err)
	}
	return s, func() {
		if err := s.Close(); err != nil {
			panic(err)
		}
	}
}

// A fake of GitLab's users' API.
func ExampleServer_GitLab() {
	s, stop := start() // in a test: s := rostertest.Start(t)
	defer stop()
	gitlab := s.GitLab(s.AddUser("ada"))
	r := newRequest("GET", gitlab.URL+"/api/v3/user", nil)
	r.Header.Set("PRIVATE-TOKEN", gitlab.Token)
	printResponse(r, "username")
	// Output: 200 ada
}

// A fake of Wekan's users' API.
func ExampleServer_Wekan() {
	s, stop := start() // in a test: s := rostertest.Start(t)
	defer stop()
	wekan := s.Wekan(s.AddUser("ada"))
	login := url.Values{"username": {wekan.Username}, "password": {wekan.Password}}
	printResponse(newRequest("POST", wekan.URL+"/users/login", login), "reason")
	r := newRequest("GET", wekan.URL+"/api/user", nil)
	r.Header.Set("Authorization", "Bearer "+wekan.Token)
	printResponse(r, "username")
	// Output:
	// 200 <nil>
	// 200 ada
}

// A fake of Codebase's users' API.
func ExampleServer_Codebase() {
	s, stop := start() // in a test: s := rostertest.Start(t)
	defer stop()
	codebase := s.Codebase(s.AddUser("ada"))
	r := newRequest("GET", codebase.URL+"/profile.json", nil)
	r.SetBasicAuth(codebase.User, codebase.Key)
	printResponse(r, "user", "username")
	// Output: 200 ada
}

// A fake of pm415's users' API.
func ExampleServer_PM415() {
	s, stop := start() // in a test: s := rostertest.Start(t)
	defer stop()
	pm415 := s.PM415(s.AddUser("ada"))
	r := newRequest("GET", pm415.URL+"/api/user", nil)
	r.Header.Set("Authorization", "Bearer "+pm415.Key)
	printResponse(r, "success")
	// Output: 200 true
}
