package native_test

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/api/native"
	"roster.example/roster/internal/config"
	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// TestTranscripts runs the transcripts in testdata, each with an administrator and a member.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	apitest.Run(t, "testdata/*.txtar", func(t *testing.T) apitest.Target {
		fixture := apitest.NewFixture(t, directory.Options{})
		users := map[string]apitest.User{"admin": fixture.AddAdmin("admin"), "ada": fixture.AddMember("ada")}
		target := fixture.Target(users)
		target.Handler = native.New(fixture.Directory, withDefaults(native.Config{}))
		target.Authorize = func(name string, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+users[name].APIKey)
			return nil
		}
		return target
	})
}

// withDefaults returns c with the limits of a server without settings in place of those that are zero.
func withDefaults(c native.Config) native.Config {
	d := config.Default().Native
	c.MaxImport, c.Idle = cmp.Or(c.MaxImport, int64(d.ImportMaxBody)), cmp.Or(c.Idle, time.Duration(d.ImportIdleTimeout))
	return c
}

// testServer serves the API with narrow limits.
type testServer struct {
	t       *testing.T
	fixture *apitest.Fixture
	admin   apitest.User
	url     string
}

// requestTimeout is long enough for ordinary requests on a busy machine.
const requestTimeout = 4 * time.Second

func newTestServer(t *testing.T, c native.Config) *testServer {
	t.Helper()
	fixture := apitest.NewFixture(t, directory.Options{})
	s := httptest.NewServer(web.Middleware(native.New(fixture.Directory, withDefaults(c)), web.Options{MaxBody: 1 << 10, Timeout: requestTimeout}))
	t.Cleanup(s.Close)
	return &testServer{t, fixture, fixture.AddAdmin("admin"), s.URL}
}

func (h *testServer) sendImport(target string, body io.Reader) *http.Response {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.url+"/api/v1/users/import?"+target, body)
	h.must(err)
	r.Header.Set("Authorization", "Bearer "+h.admin.APIKey)
	r.Header.Set("Content-Type", "application/jsonl")
	answer, err := http.DefaultClient.Do(r)
	h.must(err)
	h.t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

func (h *testServer) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// userLines returns JSON Lines of users with consecutive numbers.
func userLines(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "{\"username\": \"person%d\"}\n", i)
	}
	return b.String()
}

// reportLine is any line of the report of an import.
type reportLine struct {
	Type                    string
	Line, Accepted, Refused int64
	Problem                 struct{ Code string }
}

func (h *testServer) nextLine(from *bufio.Scanner) reportLine {
	h.t.Helper()
	var l reportLine
	if !from.Scan() {
		h.t.Fatalf("the answer ended: %v", from.Err())
	}
	h.must(json.Unmarshal(from.Bytes(), &l))
	return l
}

func TestImportReportsWhileTheFileArrivesAndHasItsOwnLimits(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, native.Config{})
	from, to := io.Pipe()
	begun := time.Now()
	go func() { _, _ = io.WriteString(to, userLines(0, 1100)) }()
	answer := bufio.NewScanner(h.sendImport("name=x", from).Body)
	if l := h.nextLine(answer); l.Type != "progress" || l.Accepted != 1000 {
		t.Fatalf("got %+v, want the progress of the first batch", l)
	}
	time.Sleep(time.Until(begun.Add(requestTimeout + 100*time.Millisecond)))
	_, err := io.WriteString(to, userLines(1100, 1200))
	h.must(err)
	h.must(to.Close())
	if l := h.nextLine(answer); l.Accepted != 1200 {
		t.Errorf("got %+v, want the rest", l)
	}
	if l := h.nextLine(answer); l.Type != "summary" || l.Accepted != 1200 || answer.Scan() {
		t.Errorf("got %+v, want the summary as the last line", l)
	}
}

func TestInterruptedImportResumesAfterTheLastBatch(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, native.Config{})
	from, to := io.Pipe()
	go func() { _, _ = io.WriteString(to, userLines(0, 1100)) }()
	first := h.sendImport("name=x", from)
	for scan := bufio.NewScanner(first.Body); h.nextLine(scan).Accepted < 1000; {
	}
	h.must(to.CloseWithError(io.ErrUnexpectedEOF))
	h.must(first.Body.Close())
	answer := bufio.NewScanner(h.sendImport("name=x", strings.NewReader(userLines(0, 1200))).Body)
	if l := h.nextLine(answer); l.Type != "resumed" || l.Accepted != 1000 {
		t.Errorf("got %+v, want the progress of the first request", l)
	}
	if l := h.nextLine(answer); l.Accepted != 1200 || l.Refused != 0 {
		t.Errorf("got %+v", l)
	}
}

func TestImportWithoutProgressIsEnded(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, native.Config{Idle: 5 * time.Second})
	from, to := io.Pipe()
	defer func() { h.must(to.Close()) }()
	go func() { _, _ = io.WriteString(to, userLines(0, 1100)) }()
	answer := bufio.NewScanner(h.sendImport("name=x", from).Body)
	h.nextLine(answer)
	if l := h.nextLine(answer); l.Type != "error" || l.Problem.Code != "request_timeout" {
		t.Errorf("got %+v", l)
	}
}

func TestImportBeyondTheBodyLimitIsRejected(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, native.Config{MaxImport: 10_000})
	answer := h.sendImport("name=x", strings.NewReader(userLines(0, 300)))
	if answer.StatusCode != http.StatusOK {
		t.Errorf("one within the limit: %d", answer.StatusCode)
	}
	answer = h.sendImport("name=y", strings.NewReader(userLines(0, 490)))
	var problem struct{ Code string }
	h.must(json.NewDecoder(answer.Body).Decode(&problem))
	if answer.StatusCode != http.StatusRequestEntityTooLarge || problem.Code != web.TooLarge {
		t.Errorf("got %d and %+v", answer.StatusCode, problem)
	}
}

func TestImportEndsWhenItsAPIKeyIsRotated(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, native.Config{})
	from, to := io.Pipe()
	go func() { _, _ = io.WriteString(to, userLines(0, 1100)) }()
	answer := bufio.NewScanner(h.sendImport("name=x", from).Body)
	h.nextLine(answer)
	_, err := h.fixture.Directory.RotateAPIKeyOf(t.Context(), model.Operator(), h.admin.ID)
	h.must(err)
	h.must(to.Close())
	if l := h.nextLine(answer); l.Type != "error" || l.Problem.Code != "unauthenticated" || answer.Scan() {
		t.Errorf("got %+v, want an error as the last line", l)
	}
}

func TestThirdConcurrentImportIsRejectedWithRetryAfter(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, native.Config{})
	ends := make([]*io.PipeWriter, 2)
	for i := range ends {
		var from *io.PipeReader
		from, ends[i] = io.Pipe()
		go func() { _, _ = io.WriteString(ends[i], userLines(2000*i, 2000*i+1100)) }()
		h.nextLine(bufio.NewScanner(h.sendImport(fmt.Sprint("name=x", i), from).Body))
	}
	answer := h.sendImport("name=y", strings.NewReader(userLines(8000, 8001)))
	var problem struct{ Code, Detail string }
	h.must(json.NewDecoder(answer.Body).Decode(&problem))
	if answer.StatusCode != http.StatusTooManyRequests || problem.Code != "limited" || problem.Detail == "" || answer.Header.Get("Retry-After") != "30" {
		t.Errorf("got %d, %v and %+v", answer.StatusCode, answer.Header, problem)
	}
	for _, end := range ends {
		h.must(end.CloseWithError(io.ErrUnexpectedEOF))
	}
}

func TestTooLongLineIsRejectedAlone(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, native.Config{})
	body := userLines(0, 1) + `{"username": "` + strings.Repeat("x", 1<<20) + "\"}\n{\"username\": \"\xff\"}\n" + userLines(1, 2)
	text, err := io.ReadAll(h.sendImport("name=x", strings.NewReader(body)).Body)
	h.must(err)
	want := `{"type":"refused","line":2,"errors":[{"field":"line","code":"too_long","limit":65536,"detail":"line is too long: at most 65536 characters"}]}
{"type":"refused","line":3,"errors":[{"field":"line","code":"malformed","detail":"line cannot be used: it is not UTF-8, more likely Windows-1252 or Latin-1; save the file as UTF-8"}]}
{"type":"progress","line":4,"accepted":2,"refused":2}
{"type":"summary","name":"x","dry_run":false,"line":4,"accepted":2,"refused":2}
`
	if string(text) != want {
		t.Errorf("got %s", text)
	}
}

func TestReadOnlyTokenCanNeitherImportNorExport(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, native.Config{})
	_, token, err := h.fixture.Directory.CreateToken(t.Context(), model.Operator(), credential.NewToken{
		Owner: h.admin.ID, Name: "reads", Scopes: model.Scopes{model.ScopeReadAPI},
	})
	h.must(err)
	h.admin.APIKey = token.Reveal()
	if answer := h.sendImport("name=x", strings.NewReader(userLines(0, 1))); answer.StatusCode != http.StatusForbidden {
		t.Errorf("import: %d", answer.StatusCode)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/api/v1/users/export", nil)
	h.must(err)
	r.Header.Set("Authorization", "Bearer "+h.admin.APIKey)
	answer, err := http.DefaultClient.Do(r)
	h.must(err)
	h.must(answer.Body.Close())
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("export: %d", answer.StatusCode)
	}
}

func TestEveryErrorKindHasAStatusAndACode(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, kind := range fault.Kinds() {
		status, code := native.StatusAndCode(kind)
		if status < 400 || code == "" || seen[code] || (status >= 500) != (kind == fault.Internal || kind == fault.Unavailable) {
			t.Errorf("%v has status %d and code %q", kind, status, code)
		}
		seen[code] = true
	}
}

func TestExportCanBeImported(t *testing.T) {
	t.Parallel()
	h, other := newTestServer(t, native.Config{}), newTestServer(t, native.Config{})
	_, err := io.Copy(io.Discard, h.sendImport("name=x", strings.NewReader(userLines(0, 1500))).Body)
	h.must(err)
	first := h.export()
	if n := bytes.Count(first, []byte("\n")); n != 1501 {
		t.Errorf("the export has %d lines", n)
	}
	answer := bufio.NewScanner(other.sendImport("name=x", bytes.NewReader(first)).Body)
	for l := other.nextLine(answer); l.Type != "summary"; l = other.nextLine(answer) {
		if l.Type == "refused" && l.Line != 1 { // the administrator is there already
			t.Errorf("got %+v: %s", l, answer.Text())
		}
	}
	if second := other.export(); !bytes.Equal(first, second) {
		t.Errorf("exported %d bytes, and again %d", len(first), len(second))
	}
}

func (h *testServer) export() []byte {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, h.url+"/api/v1/users/export", nil)
	h.must(err)
	r.Header.Set("Authorization", "Bearer "+h.admin.APIKey)
	answer, err := http.DefaultClient.Do(r)
	h.must(err)
	text, err := io.ReadAll(answer.Body)
	h.must(err)
	h.must(answer.Body.Close())
	return text
}
