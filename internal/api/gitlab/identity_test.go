package gitlab_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/api/gitlab"
	"roster.example/roster/internal/directory"
)

func TestBlankHalvesOfAnIdentityChangeNothing(t *testing.T) {
	t.Parallel()
	f := apitest.NewFixture(t, directory.Options{})
	router := gitlab.New(f.Directory, gitlab.Config{})
	root, bob := f.AddAdmin("root"), f.AddMember("bob")
	const form, object = "application/x-www-form-urlencoded", "application/json"
	for _, c := range []struct {
		kind, body    string
		provider, uid string // afterwards; the identity before is ldap, b1
	}{
		{form, "provider=&extern_uid=", "ldap", "b1"},
		{form, "provider=", "ldap", "b1"},
		{form, "extern_uid=", "ldap", "b1"},
		{form, "provider=+&extern_uid=%09%C2%A0", "ldap", "b1"},
		{form, "provider&extern_uid", "ldap", "b1"},
		{form, "provider[]=&extern_uid=", "", ""}, // a list is no blank
		{form, "provider=%E2%80%8B", "", ""},      // neither is a character of no width
		{object, `{"provider": null, "extern_uid": null}`, "ldap", "b1"},
		{object, `{"provider": null}`, "ldap", "b1"},
		{object, `{"provider": "", "extern_uid": "\t "}`, "ldap", "b1"},
		{object, `{"provider": [], "extern_uid": {}}`, "ldap", "b1"},
		{object, `{"provider": "saml", "extern_uid": null}`, "saml", "b1"},
		{object, `{"provider": "saml", "extern_uid": ""}`, "saml", "b1"},
		{object, `{"provider": " ", "extern_uid": "b2"}`, "ldap", "b2"},
		{form, "provider=saml&extern_uid=b2", "saml", "b2"},
	} {
		put := func(kind, body string) (code int, provider, uid string) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, fmt.Sprintf("/api/v3/users/%d", bob.ID), strings.NewReader(body))
			r.Header.Set("Content-Type", kind)
			r.Header.Set("PRIVATE-TOKEN", root.APIKey)
			w := httptest.NewRecorder()
			router.ServeHTTP(w, r)
			var shown struct {
				Provider    string `json:"provider"`
				ExternalUID string `json:"extern_uid"`
			}
			if err := json.Unmarshal(w.Body.Bytes(), &shown); err != nil {
				t.Fatal(err)
			}
			return w.Code, shown.Provider, shown.ExternalUID
		}
		if code, _, _ := put(form, "provider=ldap&extern_uid=b1"); code != http.StatusOK {
			t.Fatalf("setting the identity: %d", code)
		}
		want := http.StatusOK
		if c.provider == "" {
			want = http.StatusNotFound
		}
		if code, provider, uid := put(c.kind, c.body); code != want || provider != c.provider || uid != c.uid {
			t.Errorf("%s: %d with %q and %q, want %d with %q and %q", c.body, code, provider, uid, want, c.provider, c.uid)
		}
	}
}
