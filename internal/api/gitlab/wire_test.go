package gitlab

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// seedJack is the second row of the list in seed 003, with the address that the page has redacted.
const seedJack = `{
"id": 2,
"username": "jack_smith",
"email": "jack@example.com",
"name": "Jack Smith",
"state": "blocked",
"created_at": "2012-05-23T08:01:01Z",
"bio": null,
"skype": "",
"linkedin": "",
"twitter": "",
"website_url": "",
"extern_uid": "jack.smith",
"provider": "provider_name",
"theme_id": 1,
"color_scheme_id": 3,
"is_admin": false,
"can_create_group": true,
"can_create_project": true
}`

func jack() model.User {
	return model.User{
		ID: 2, Username: "jack_smith", Names: model.Names{}.WithName("Jack Smith"), State: model.Blocked,
		Emails:     []model.Email{{Address: "second@example.com"}, {Address: "jack@example.com", Primary: true}},
		Identities: []model.Identity{{Provider: "provider_name", ExternalUID: "jack.smith"}},
		Limits:     model.Limits{ThemeID: 1, ColorSchemeID: 3, ProjectsLimit: 10, CanCreateGroup: true},
		CreatedAt:  time.Date(2012, 5, 23, 10, 1, 1, 999_999_000, time.FixedZone("CEST", 2*60*60)),
	}
}

// The avatar is in GitLab since 6.6, and not in the seed.
const avatar = ",\n\"avatar_url\": null\n}"

// wantShown compares what was written of a user with want, including the order of members.
func wantShown(t *testing.T, want string, shown web.JSON) {
	t.Helper()
	var got bytes.Buffer
	if err := json.Indent(&got, shown, "", ""); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
}

func TestUserIsWrittenAsInTheSeed(t *testing.T) {
	t.Parallel()
	u := jack()
	wantShown(t, strings.TrimSuffix(seedJack, "\n}")+avatar, encodeUser(&u))
}

func TestSelfIsWrittenAsInTheSeed(t *testing.T) {
	t.Parallel()
	u := jack()
	own := strings.NewReplacer(
		"\"state\"", "\"private_token\": \"dd34asd13as\",\n\"state\"",
		"\"extern_uid\": \"jack.smith\",\n\"provider\": \"provider_name\",\n", "",
	).Replace(seedJack)
	wantShown(t, strings.TrimSuffix(own, "\n}")+avatar, writeSelf(nil, &u, "dd34asd13as"))
}

func TestInvitedUserIsShownAsBlocked(t *testing.T) {
	t.Parallel()
	u := model.User{ID: 3, State: model.Invited}
	var got map[string]any
	if err := json.Unmarshal(encodeUser(&u), &got); err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]any{"state": "blocked", "username": nil, "email": nil, "name": "", "provider": nil} {
		if diff := cmp.Diff(want, got[field]); diff != "" {
			t.Errorf("%s: %s", field, diff)
		}
	}
}
