package pm415

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"roster.example/roster/internal/directory"
)

func TestUnknownUsersAreHidden(t *testing.T) {
	t.Parallel()
	s := newFixture(t, directory.Options{}, Config{})
	if _, err := s.Directory.BlockUser(t.Context(), s.ActorFor(s.users["root"]), s.users["bob"].ID); err != nil {
		t.Fatal(err)
	}
	// All of one length, because Content-Length is compared too.
	addresses := []string{"ann@roster.example", "bob@roster.example", "zoe@roster.example"}
	for path, body := range map[string]string{
		"/api/account/login":          `{"email": %q, "password": "wrong"}`,
		"/api/account/forgotpassword": `{"email": %q}`,
	} {
		answers := map[string]bool{}
		for _, address := range addresses {
			w := s.send("POST", path, "", fmt.Sprintf(body, address))
			answers[fmt.Sprint(w.Code, w.Result().Header, strings.ReplaceAll(w.Body.String(), address, "ADDRESS"))] = true
		}
		if len(answers) != 1 {
			t.Errorf("%s tells people apart: %v", path, answers)
		}
	}
	expect(t, s.send("POST", "/api/account/login", "", `{"email": "zoe@roster.example", "password": "x"}`),
		http.StatusUnauthorized, "Unable to login user")
	expect(t, s.send("POST", "/api/account/forgotpassword", "", `{"email": "zoe@roster.example"}`),
		http.StatusOK, `{"message":"If there is an account for zoe@roster.example, a message was sent to its confirmed address","success":true}`)
	s.logIn(t, "ann")
}
