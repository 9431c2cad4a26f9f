package gitlab_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/api/gitlab"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/web"
)

// userList is a server below /gitlab with 45 users, one of them the actor.
type userList struct {
	url, token string
	ids        []int64
}

func newUserList(t *testing.T) userList {
	t.Helper()
	fixture := apitest.NewFixture(t, directory.Options{})
	var c userList
	for n := range 45 {
		p := fixture.AddMember(fmt.Sprintf("member%02d", n))
		c.ids, c.token = append(c.ids, int64(p.ID)), p.APIKey
	}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	c.url = server.URL + "/gitlab/api/v3/users"
	mux.Handle("/", web.StripPrefix("/gitlab", gitlab.New(fixture.Directory, gitlab.Config{BaseURL: server.URL})))
	return c
}

// get returns the ids of one page and the answer's headers. It sends a body, as
// the npm client does (docs/products/gitlab.md, Parameters).
func (c userList) get(t *testing.T, address string) ([]int64, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("PRIVATE-TOKEN", c.token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct{ ID int64 }
	if err := json.NewDecoder(answer.Body).Decode(&rows); err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		t.Fatal(err)
	}
	ids := make([]int64, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	return ids, answer.Header
}

func TestClientThatStopsAtAShortPageGetsEachUserOnce(t *testing.T) {
	t.Parallel()
	c := newUserList(t)
	for _, size := range []int{1, 9, 20, 45, 100} {
		var all []int64
		for page := 1; ; page++ {
			ids, _ := c.get(t, fmt.Sprintf("%s?page=%d&per_page=%d", c.url, page, size))
			all = append(all, ids...)
			if len(ids) < size {
				break
			}
		}
		if diff := cmp.Diff(c.ids, all); diff != "" {
			t.Errorf("pages of %d: %s", size, diff)
		}
	}
}

var nextLink = regexp.MustCompile(`<([^>]*)>; rel="next"`)

func TestClientThatFollowsLinksGetsEachUserOnce(t *testing.T) {
	t.Parallel()
	c := newUserList(t)
	for _, query := range []string{"", "?per_page=9", "?search=member&per_page=45"} {
		var all []int64
		for address := c.url + query; address != ""; {
			ids, header := c.get(t, address)
			all = append(all, ids...)
			address = ""
			if next := nextLink.FindStringSubmatch(header.Get("Link")); next != nil {
				address = next[1]
			}
		}
		if diff := cmp.Diff(c.ids, all); diff != "" {
			t.Errorf("%q: %s", query, diff)
		}
	}
}

func TestLinksCarryNoCredential(t *testing.T) {
	t.Parallel()
	c := newUserList(t)
	_, header := c.get(t, c.url+"?private_token="+c.token+"&search=member")
	link := header.Get("Link")
	if strings.Contains(link, c.token) || !strings.Contains(link, "search=member") {
		t.Errorf("Link is %s", link)
	}
}

// FuzzPagingParameters checks that every response is a page of at most 100 rows that matches its
// headers.
func FuzzPagingParameters(f *testing.F) {
	fixture := apitest.NewFixture(f, directory.Options{})
	token := fixture.AddAdmin("admin").APIKey
	for n := range 4 {
		fixture.AddMember("member" + strconv.Itoa(n))
	}
	router := gitlab.New(fixture.Directory, gitlab.Config{BaseURL: apitest.BaseURL})
	for _, seed := range [][2]string{
		{"1", "20"}, {"", ""}, {"0", "0"}, {"-1", "-1"}, {"2", "3"}, {"99999999999999999999", "99999999999999999999"},
		{"1e3", "0x10"}, {" 2", "2 "}, {"²", "２"}, {"2147483648", "101"}, {"a&page=2", "[]"},
	} {
		f.Add(seed[0], seed[1], "")
	}
	f.Fuzz(func(t *testing.T, page, size, search string) {
		query := url.Values{"page": {page}, "per_page": {size}, "search": {search}}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v3/users?"+query.Encode(), nil)
		r.Header.Set("PRIVATE-TOKEN", token)
		w := httptest.NewRecorder()
		router.ServeHTTP(w, r)
		if slices.ContainsFunc([]string{page, size, search}, unreadable) {
			if w.Code != http.StatusBadRequest {
				t.Errorf("unreadable text: %d", w.Code)
			}
			return
		}
		checkPage(t, w)
	})
}

// unreadable reports whether text is rejected in any parameter.
func unreadable(text string) bool { return !utf8.ValidString(text) || strings.Contains(text, "\x00") }

func checkPage(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	var rows []map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &rows); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %s (%v)", w.Code, w.Body, err)
	}
	number := func(name string) int {
		n, err := strconv.Atoi(w.Header().Get(name))
		if err != nil || n < 0 {
			t.Fatalf("%s is %q", name, w.Header().Get(name))
		}
		return n
	}
	page, size, total := number("X-Page"), number("X-Per-Page"), number("X-Total")
	if page < 1 || size < 1 || size > web.MaxPageSize {
		t.Errorf("page %d of %d rows", page, size)
	}
	if want := max(0, min(size, total-(page-1)*size)); len(rows) != want {
		t.Errorf("page %d of %d rows, %d in all: got %d rows, want %d", page, size, total, len(rows), want)
	}
	if link := w.Header().Get("Link"); link == "" || (page*size < total) != nextLink.MatchString(link) {
		t.Errorf("page %d of %d rows, %d in all: Link is %s", page, size, total, link)
	}
}
