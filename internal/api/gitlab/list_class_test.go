package gitlab_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/api/gitlab"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/web"
)

// The parameters of a list may be in its body, also in one of unknown length. While another caller has the
// only slot of expensive reads, these are rejected and other lists are answered.
func TestParametersInTheBodyDecideTheClassOfAList(t *testing.T) {
	t.Parallel()
	f := apitest.NewFixture(t, directory.Options{})
	root := f.AddAdmin("root")
	limits := admission.New(map[admission.Class]admission.Limits{admission.ExpensiveReads: {Slots: 1, PerCaller: 1}})
	ticket, err := limits.Enter(t.Context(), admission.ExpensiveReads, "another caller")
	if err != nil {
		t.Fatal(err)
	}
	defer ticket.Leave()
	server := httptest.NewServer(web.Middleware(gitlab.New(f.Directory, gitlab.Config{}), web.Options{Admission: limits}))
	defer server.Close()
	const form, object = "application/x-www-form-urlencoded", "application/json"
	for _, c := range []struct {
		query, kind, body string
		expensive         bool
	}{
		{"", "", "", false},
		{"page=2&per_page=50", "", "", false},
		{"username=root", "", "", false},
		{"search=", "", "", false},
		{"search=a", "", "", true},
		{"x=1;se%61rch=a", "", "", true},
		{"active=false", "", "", true},
		{"blocked=1", "", "", true},
		{"page=2000&per_page=100", "", "", true},
		{"", form, "search=a", true},
		{"search=", form, "search=a", true},
		{"", form, "active=1", true},
		{"", form, "blocked=1", true},
		{"", form, "page=2000&per_page=100", true},
		{"per_page=100", form, "page=2000", true},
		{"", object, `{"search": "a"}`, true},
		{"", object, `{"page": 2000, "per_page": 100}`, true},
		{"", "", "search=a", true},
	} {
		for _, chunked := range []bool{false, true} {
			var body io.Reader = strings.NewReader(c.body)
			if chunked {
				body = struct{ io.Reader }{body} // of unknown length
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/v3/users?"+c.query, body)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", c.kind)
			r.Header.Set("PRIVATE-TOKEN", root.APIKey)
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			want := http.StatusOK
			if c.expensive {
				want = http.StatusServiceUnavailable
			}
			if answer.StatusCode != want {
				t.Errorf("query %q, body %q, chunked %v: %d, want %d", c.query, c.body, chunked, answer.StatusCode, want)
			}
		}
	}
}
