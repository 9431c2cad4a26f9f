package native_test

import (
	"bufio"
	"bytes"
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
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/web"
)

// TestTranscripts plays the stories in testdata, each in a house with an
// administrator and a member.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	apitest.Run(t, "testdata/*.txtar", func(t *testing.T) apitest.World {
		house := apitest.OpenHouse(t, directory.Options{})
		people := map[string]apitest.Person{"admin": house.Admin("admin"), "ada": house.Member("ada")}
		world := house.World(people)
		world.Handler = native.New(house.Directory, native.Config{})
		world.Authorize = func(name string, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+people[name].APIKey)
			return nil
		}
		return world
	})
}

// hall is the API behind narrow limits, as it stands behind wider ones in life.
type hall struct {
	t     *testing.T
	house *apitest.House
	admin apitest.Person
	url   string
}

// timeout is what other requests may take, on a busy machine too.
const timeout = 4 * time.Second

func openHall(t *testing.T, c native.Config) *hall {
	t.Helper()
	house := apitest.OpenHouse(t, directory.Options{})
	s := httptest.NewServer(web.Middleware(native.New(house.Directory, c), web.Options{MaxBody: 1 << 10, Timeout: timeout}))
	t.Cleanup(s.Close)
	return &hall{t, house, house.Admin("admin"), s.URL}
}

func (h *hall) send(target string, body io.Reader) *http.Response {
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

func (h *hall) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// people are lines of so many.
func people(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "{\"username\": \"person%d\"}\n", i)
	}
	return b.String()
}

// line is any line of an answer.
type line struct {
	Type                    string
	Line, Accepted, Refused int64
	Problem                 struct{ Code string }
}

func (h *hall) next(from *bufio.Scanner) line {
	h.t.Helper()
	var l line
	if !from.Scan() {
		h.t.Fatalf("the answer ended: %v", from.Err())
	}
	h.must(json.Unmarshal(from.Bytes(), &l))
	return l
}

func TestAnImportIsAnsweredWhileItArrivesAndHasItsOwnLimits(t *testing.T) {
	t.Parallel()
	h := openHall(t, native.Config{})
	from, to := io.Pipe()
	begun := time.Now()
	go func() { _, _ = io.WriteString(to, people(0, 1100)) }()
	answer := bufio.NewScanner(h.send("name=x", from).Body)
	if l := h.next(answer); l.Type != "progress" || l.Accepted != 1000 {
		t.Fatalf("got %+v, want the progress of the first batch", l)
	}
	time.Sleep(time.Until(begun.Add(timeout + 100*time.Millisecond)))
	_, err := io.WriteString(to, people(1100, 1200))
	h.must(err)
	h.must(to.Close())
	if l := h.next(answer); l.Accepted != 1200 {
		t.Errorf("got %+v, want the rest", l)
	}
	if l := h.next(answer); l.Type != "summary" || l.Accepted != 1200 || answer.Scan() {
		t.Errorf("got %+v, want the summary and no more", l)
	}
}

func TestAClientThatHungUpGoesOnBehindTheLastBatch(t *testing.T) {
	t.Parallel()
	h := openHall(t, native.Config{})
	from, to := io.Pipe()
	go func() { _, _ = io.WriteString(to, people(0, 1100)) }()
	first := h.send("name=x", from)
	for scan := bufio.NewScanner(first.Body); h.next(scan).Accepted < 1000; {
	}
	h.must(to.CloseWithError(io.ErrUnexpectedEOF))
	h.must(first.Body.Close())
	answer := bufio.NewScanner(h.send("name=x", strings.NewReader(people(0, 1200))).Body)
	if l := h.next(answer); l.Type != "resumed" || l.Accepted != 1000 {
		t.Errorf("got %+v, want what was made before", l)
	}
	if l := h.next(answer); l.Accepted != 1200 || l.Refused != 0 {
		t.Errorf("got %+v", l)
	}
}

func TestAnImportThatStandsStillIsCutOff(t *testing.T) {
	t.Parallel()
	h := openHall(t, native.Config{Idle: 5 * time.Second})
	from, to := io.Pipe()
	defer func() { h.must(to.Close()) }()
	go func() { _, _ = io.WriteString(to, people(0, 1100)) }()
	answer := bufio.NewScanner(h.send("name=x", from).Body)
	h.next(answer)
	if l := h.next(answer); l.Type != "error" || l.Problem.Code != "request_timeout" {
		t.Errorf("got %+v", l)
	}
}

func TestABodyBeyondTheLimitOfImportsIsRefused(t *testing.T) {
	t.Parallel()
	h := openHall(t, native.Config{MaxImport: 10_000})
	answer := h.send("name=x", strings.NewReader(people(0, 300)))
	if answer.StatusCode != http.StatusOK {
		t.Errorf("one within the limit: %d", answer.StatusCode)
	}
	answer = h.send("name=y", strings.NewReader(people(0, 490)))
	var problem struct{ Code string }
	h.must(json.NewDecoder(answer.Body).Decode(&problem))
	if answer.StatusCode != http.StatusRequestEntityTooLarge || problem.Code != web.TooLarge {
		t.Errorf("got %d and %+v", answer.StatusCode, problem)
	}
}

func TestAnImportEndsWhenItsAPIKeyIsReplaced(t *testing.T) {
	t.Parallel()
	h := openHall(t, native.Config{})
	from, to := io.Pipe()
	go func() { _, _ = io.WriteString(to, people(0, 1100)) }()
	answer := bufio.NewScanner(h.send("name=x", from).Body)
	h.next(answer)
	_, err := h.house.Directory.NewAPIKeyFor(t.Context(), directory.Operator(), h.admin.ID)
	h.must(err)
	h.must(to.Close())
	if l := h.next(answer); l.Type != "error" || l.Problem.Code != "unauthenticated" || answer.Scan() {
		t.Errorf("got %+v, want an error and no more", l)
	}
}

func TestAThirdImportAtOnceIsToldToComeAgain(t *testing.T) {
	t.Parallel()
	h := openHall(t, native.Config{})
	ends := make([]*io.PipeWriter, 2)
	for i := range ends {
		var from *io.PipeReader
		from, ends[i] = io.Pipe()
		go func() { _, _ = io.WriteString(ends[i], people(2000*i, 2000*i+1100)) }()
		h.next(bufio.NewScanner(h.send(fmt.Sprint("name=x", i), from).Body))
	}
	answer := h.send("name=y", strings.NewReader(people(8000, 8001)))
	var problem struct{ Code, Detail string }
	h.must(json.NewDecoder(answer.Body).Decode(&problem))
	if answer.StatusCode != http.StatusTooManyRequests || problem.Code != "limited" || problem.Detail == "" || answer.Header.Get("Retry-After") != "30" {
		t.Errorf("got %d, %v and %+v", answer.StatusCode, answer.Header, problem)
	}
	for _, end := range ends {
		h.must(end.CloseWithError(io.ErrUnexpectedEOF))
	}
}

func TestAGiantLineIsRefusedAlone(t *testing.T) {
	t.Parallel()
	h := openHall(t, native.Config{})
	body := people(0, 1) + `{"username": "` + strings.Repeat("x", 1<<20) + "\"}\n{\"username\": \"\xff\"}\n" + people(1, 2)
	text, err := io.ReadAll(h.send("name=x", strings.NewReader(body)).Body)
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

func TestATokenThatReadsMayNeitherImportNorExport(t *testing.T) {
	t.Parallel()
	h := openHall(t, native.Config{})
	_, token, err := h.house.Directory.CreateToken(t.Context(), directory.Operator(), directory.NewToken{
		Owner: h.admin.ID, Name: "reads", Scopes: directory.Scopes{directory.ScopeReadAPI},
	})
	h.must(err)
	h.admin.APIKey = token.Reveal()
	if answer := h.send("name=x", strings.NewReader(people(0, 1))); answer.StatusCode != http.StatusForbidden {
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

func TestEveryKindOfErrorHasAStatusAndACode(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, kind := range directory.Kinds() {
		status, code := native.KindOf(kind)
		if status < 400 || code == "" || seen[code] || (status >= 500) != (kind == directory.Internal || kind == directory.Unavailable) {
			t.Errorf("%v is answered by %d %q", kind, status, code)
		}
		seen[code] = true
	}
}

func TestWhatIsExportedIsImportedAgain(t *testing.T) {
	t.Parallel()
	h, other := openHall(t, native.Config{}), openHall(t, native.Config{})
	_, err := io.Copy(io.Discard, h.send("name=x", strings.NewReader(people(0, 1500))).Body)
	h.must(err)
	first := h.export()
	if n := bytes.Count(first, []byte("\n")); n != 1501 {
		t.Errorf("%d people were told", n)
	}
	answer := bufio.NewScanner(other.send("name=x", bytes.NewReader(first)).Body)
	for l := other.next(answer); l.Type != "summary"; l = other.next(answer) {
		if l.Type == "refused" && l.Line != 1 { // the administrator is there already
			t.Errorf("got %+v: %s", l, answer.Text())
		}
	}
	if second := other.export(); !bytes.Equal(first, second) {
		t.Errorf("exported %d bytes, and again %d", len(first), len(second))
	}
}

func (h *hall) export() []byte {
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
