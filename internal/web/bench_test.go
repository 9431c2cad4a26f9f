package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"
)

// The benchmarks below compare each replacement of a part of the standard library with the library.
// A replacement must save at least 3 % of the time of a request, as measured by BenchmarkHotPath in
// internal/app.

// BenchmarkRoutes compares the route tree with http.ServeMux: one lookup for "is there such a
// route", as at the shared root, and one for the request itself.
func BenchmarkRoutes(b *testing.B) {
	tree, mux := routeTree{}, http.NewServeMux()
	serve := func(http.ResponseWriter, *http.Request) {}
	for _, path := range []string{
		"/api/v3/users", "/api/v3/users/{id}", "/api/v3/users/{id}/keys", "/api/v3/users/{id}/keys/{key}", "/api/v3/users/{id}/emails",
		"/api/v3/users/{id}/block", "/api/v3/user", "/api/v3/user/keys", "/api/v3/user/keys/{id}", "/api/v3/user/emails",
		"/api/v3/user/emails/{id}", "/api/v3/keys/{id}",
	} {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
			tree.add(newTableRoute(method, path, serve))
			mux.HandleFunc(method+" "+path, serve)
		}
	}
	r := httptest.NewRequest("GET", "/api/v3/users/7", nil)
	b.Run("tree", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var room [inlineValues]string
			tree.find("", r.URL.Path[1:], room[:0])
			tree.find(r.Method, r.URL.Path[1:], room[:0])
		}
	})
	b.Run("library", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			mux.Handler(r)
			mux.ServeHTTP(nil, r)
		}
	})
}

// benchUser is the response to GET /api/v3/user.
type benchUser struct {
	ID               int64     `json:"id"`
	Username         string    `json:"username"`
	Email            string    `json:"email"`
	Name             string    `json:"name"`
	PrivateToken     string    `json:"private_token"`
	State            string    `json:"state"`
	CreatedAt        time.Time `json:"created_at"`
	Bio              *string   `json:"bio"`
	Skype            string    `json:"skype"`
	LinkedIn         string    `json:"linkedin"`
	Twitter          string    `json:"twitter"`
	WebsiteURL       string    `json:"website_url"`
	ThemeID          int64     `json:"theme_id"`
	ColorSchemeID    int64     `json:"color_scheme_id"`
	IsAdmin          bool      `json:"is_admin"`
	CanCreateGroup   bool      `json:"can_create_group"`
	CanCreateProject bool      `json:"can_create_project"`
	AvatarURL        *string   `json:"avatar_url"`
}

func (u *benchUser) append(j JSON) JSON {
	return j.Open('{').Name("id").Int(u.ID).Name("username").Text(u.Username).Name("email").Text(u.Email).Name("name").Text(u.Name).
		Name("private_token").Text(u.PrivateToken).Name("state").Text(u.State).Name("created_at").Time(u.CreatedAt, time.RFC3339).
		Name("bio").Null().Name("skype").Text(u.Skype).Name("linkedin").Text(u.LinkedIn).Name("twitter").Text(u.Twitter).
		Name("website_url").Text(u.WebsiteURL).Name("theme_id").Int(u.ThemeID).Name("color_scheme_id").Int(u.ColorSchemeID).
		Name("is_admin").Bool(u.IsAdmin).Name("can_create_group").Bool(u.CanCreateGroup).Name("can_create_project").Bool(u.CanCreateProject).
		Name("avatar_url").Null().Close('}')
}

// BenchmarkJSON compares JSON with encoding/json.
func BenchmarkJSON(b *testing.B) {
	u := &benchUser{
		ID: 7, Username: "ada", Email: "ada@roster.example", Name: "Ada Lovelace", PrivateToken: "dd34asd13as4asd1", State: "active",
		CreatedAt: time.Unix(1e9, 0).UTC(), ThemeID: 1, ColorSchemeID: 2, CanCreateGroup: true, CanCreateProject: true,
	}
	b.Run("writer", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			u.append(make(JSON, 0, 448))
		}
	})
	b.Run("library", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := EncodeJSON(u, ""); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// discard is a response that is not stored.
type discard struct{ header http.Header }

func (w discard) Header() http.Header         { return w.header }
func (w discard) WriteHeader(int)             {}
func (w discard) Write(b []byte) (int, error) { return len(b), nil }

// BenchmarkHeaders compares SetHeaders with http.Header.Set, for the headers of most responses.
func BenchmarkHeaders(b *testing.B) {
	w := discard{http.Header{}}
	b.Run("arena", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			clear(w.header)
			x := requestContext{}
			t := &x.recorder
			t.ResponseWriter, t.headerValues = w, x.headerValues[:]
			SetHeaders(t, "X-Request-Id", "id", "X-Content-Type-Options", "nosniff", "Referrer-Policy", "no-referrer", "Cache-Control", noStore)
			SetHeaders(t, "Content-Type", jsonType, "Content-Length", "448")
		}
	})
	b.Run("library", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			clear(w.header)
			x := requestContext{}
			t := &x.recorder
			t.ResponseWriter = w
			h := t.Header()
			h.Set("X-Request-Id", "id")
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("Referrer-Policy", "no-referrer")
			h.Set("Cache-Control", noStore)
			h.Set("Content-Type", jsonType)
			h.Set("Content-Length", strconv.Itoa(448))
		}
	})
}

// BenchmarkRequestContext compares requestContext with context.WithTimeout.
func BenchmarkRequestContext(b *testing.B) {
	parent, stop := context.WithCancel(b.Context())
	defer stop()
	r := httptest.NewRequest("GET", "/", nil).WithContext(parent)
	b.Run("lazy", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			inner, x := withRequestContext(r, time.Now().Add(time.Minute))
			infoOf(inner).id = "id"
			x.end()
		}
	})
	b.Run("library", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			x := &requestContext{}
			ctx, cancel := context.WithDeadline(context.WithValue(r.Context(), requestInfoKey{}, &x.info), time.Now().Add(time.Minute))
			inner := r.WithContext(ctx)
			infoOf(inner).id = "id"
			cancel()
		}
	})
}
