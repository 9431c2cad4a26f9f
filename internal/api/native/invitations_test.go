package native_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/api/native"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
)

// Lists and links use the same clock for the expiry of invitations.
func TestInvitationsExpireByTheClockOfTheDirectory(t *testing.T) {
	t.Parallel()
	clock := apitest.NewClock()
	fixture := apitest.NewFixture(t, directory.Options{Now: clock.Now})
	if _, err := fixture.Directory.Invite(t.Context(), model.Operator(), invitation.NewInvitation{Org: 1, Email: "grace@navy.example"}); err != nil {
		t.Fatal(err)
	}
	key, handler := fixture.AddAdmin("admin").APIKey, native.New(fixture.Directory, withDefaults(native.Config{}))
	for _, want := range []string{"open", "expired"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/organizations/1/invitations", nil)
		r.Header.Set("Authorization", "Bearer "+key)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, r)
		var list struct{ Items []struct{ State string } }
		if err := json.Unmarshal(answer.Body.Bytes(), &list); err != nil || len(list.Items) != 1 || list.Items[0].State != want {
			t.Errorf("got %s (%v), want %s", answer.Body, err, want)
		}
		clock.Advance(8 * 24 * time.Hour)
	}
}
