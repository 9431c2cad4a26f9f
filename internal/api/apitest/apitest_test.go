package apitest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// guestHandler is a small server with one guest.
func guestHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /guests", func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Name string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Request-Id", "r-1")
		w.Header().Set("Server-Date", "Mon, 1 Jan")
		w.WriteHeader(http.StatusCreated)
		writef(w, `{"id":7,"name":%q,"url":"http://lab.example/guests/7?from=%s","created":"2026-01-01T00:00:00.5Z",`+
			`"tags":["new",{"a":[1,2]}],"request":"r-1","manager":null}`, in.Name, r.URL.Query().Get("from"))
	})
	mux.HandleFunc("GET /guests/7", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("User") != "ada" || r.URL.Query().Get("token") != "t0ken" {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		writef(w, "Ada, 1 of 3\nsecond line\n")
	})
	mux.HandleFunc("DELETE /guests/7", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-Match") == "7" {
			w.WriteHeader(http.StatusNoContent)
		}
	})
	return mux
}

func writef(w io.Writer, format string, args ...any) {
	if _, err := fmt.Fprintf(w, format, args...); err != nil {
		panic(err)
	}
}

func newTarget(*testing.T) Target {
	events := []string{"guest.create 7"}
	return Target{
		Handler: guestHandler(),
		Vars:    map[string]string{"KNOWN": "7"},
		Authorize: func(name string, r *http.Request) error {
			if name != "ada" {
				return errors.New("unknown user")
			}
			r.Header.Set("User", name)
			return nil
		},
		Mail: func(address string) (string, error) {
			if address != "ada@lab.example" {
				return "", errors.New("no email to " + address)
			}
			return "Dear Ada,\nplease open https://lab.example/confirm/t0ken soon.\nYour code 1234.\n", nil
		},
		Events: func() ([]string, error) {
			list := events
			events = nil
			return list, nil
		},
	}
}

func TestTranscriptsPass(t *testing.T) {
	t.Parallel()
	Run(t, "testdata/*.txtar", newTarget)
}

func TestDifferencesFail(t *testing.T) {
	t.Parallel()
	get := "-- request as ada --\nGET /guests/7?token=t0ken\n"
	post := "-- request --\nPOST /guests\n\n{\"name\":\"Ada\"}\n"
	fine := "-- response --\n200 text/plain\n\nAda, 1 of 3\nsecond line\n"
	for name, c := range map[string]struct{ transcript, want string }{
		"no sections":          {"", "no sections"},
		"unknown section":      {get + fine + "-- audit --\n", "unknown section"},
		"unknown user":         {"-- request as bob --\nGET /guests/7\n", "unknown user"},
		"no request":           {fine, "no request"},
		"no response":          {get, "no response section"},
		"request unanswered":   {get + get + fine, "no response section"},
		"bad request line":     {"-- request --\nguests\n", "not a method"},
		"bad request header":   {"-- request --\nGET /guests\nrubbish\n", "not a header"},
		"unkept reference":     {"-- request --\nGET /guests/${UNKNOWN}\n", "not stored"},
		"wrong status":         {get + "-- response --\n201 text/plain\n\n<<any>>\n", "want 201, got 200"},
		"wrong type":           {get + "-- response --\n200 application/json\n\n<<any>>\n", "content type"},
		"wrong charset":        {get + "-- response --\n200 text/plain; charset=ascii\n\n<<any>>\n", "content type"},
		"type instead of none": {get + "-- response --\n200 none\n\n<<any>>\n", "want none"},
		"wrong text":           {get + "-- response --\n200\n\nAda\n", "want \"Ada\""},
		"body not expected":    {get + "-- response --\n200\n", `want ""`},
		"not an int":           {get + "-- response --\n200\n\n<<int>>\n", "want"},
		"odd placeholder":      {get + "-- response --\n200\n\n<<whatever>>\n", "invalid placeholder"},
		"bad expression":       {get + "-- response --\n200\n\n<<re:(>>\n", "missing closing"},
		"unkept in a body":     {get + "-- response --\n200\n\n${UNKNOWN}\n", "not stored"},
		"two values, one name": {get + "-- response --\n200\n\n<<X re:A>>da, <<X re:1>> of 3\nsecond line\n", "want"},
		"kept value differs":   {get + "-- response --\n200\n\nAda, <<KNOWN>> of 3\nsecond line\n", "want"},
		"missing header":       {get + "-- response --\n200\nLink: <<any>>\n\n<<any>>\n", "missing"},
		"wrong header":         {post + "-- response --\n201\nX-Request-Id: r-2\n\n<<any>>\n", "r-2"},
		"header regexp":        {post + "-- response --\n201\nX-Request-Id: /^x/\n\n<<any>>\n", "/^x/"},
		"bad header regexp":    {post + "-- response --\n201\nX-Request-Id: /(/\n\n<<any>>\n", "missing closing"},
		"header to be absent":  {post + "-- response --\n201\n!X-Request-Id\n\n<<any>>\n", "want none"},
		"wrong JSON":           {post + "-- response --\n201\n\n{\"id\": 8}\n", "$.id: want 8, got 7"},
		"secret in the body":   {get + fine + "-- absent --\nsecond\n", `contains "second"`},
		"secret in a header":   {post + "-- response --\n201\n\n<<any>>\n-- absent --\nr-1\n", `contains "r-1"`},
		"no such mail":         {"-- mail to bob@lab.example --\n", "no email to bob"},
		"text not in the mail": {"-- mail to ada@lab.example --\nDear Bob\n", "Dear Bob"},
		"unexpected event":     {"-- events --\n", "guest.create"},
		"event missing":        {"-- events --\nguest.create 7\nguest.drop 7\n", "guest.drop"},
		"unreadable curl":      {"-- request --\ncurl -o x http://lab.example/\n", "-o is not supported"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := Play([]byte("# A transcript.\n"+c.transcript), newTarget(t))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestTranscriptNeedsAComment(t *testing.T) {
	t.Parallel()
	if err := Play([]byte("-- request --\nGET /\n-- response --\n404\n\n<<any>>\n"), newTarget(t)); err == nil {
		t.Error("a transcript without a comment was accepted")
	}
}

func TestTargetHasOneServer(t *testing.T) {
	t.Parallel()
	for _, w := range []Target{{}, {Handler: guestHandler(), BaseURL: "http://127.0.0.1:1"}} {
		if err := Play([]byte("# x\n-- request --\nGET /\n-- response --\n404\n\n<<any>>\n"), w); err == nil {
			t.Errorf("%v was accepted", w)
		}
	}
}

func TestHooksAreOptional(t *testing.T) {
	t.Parallel()
	w := Target{Handler: guestHandler()}
	for section, want := range map[string]bool{
		"request --\nDELETE /guests/7\n-- response": true,
		"request as ada --\nGET /\n-- response":     false,
		"mail to ada@lab.example":                   false,
		"events":                                    false,
	} {
		err := Play([]byte("# x\n-- "+section+" --\n200\n"), w)
		if (err == nil) != want {
			t.Errorf("%s: %v", section, err)
		}
	}
}
