package native

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/web"
)

func authorizedKeysOperation(h huma.API) huma.Operation {
	o := operation{
		id: "authorizedKeys", method: "GET", path: "/ssh-keys/{username}", permission: directory.UsersRead, tag: "doors",
		summary: "The keys by which somebody may log in over SSH now",
		description: "For sshd's AuthorizedKeysCommand; see docs/ssh.md. The username must be spelled exactly as the user's, case included. " +
			"Without keys, with 200: users who are not active, not there, not visible to the caller, or without a role beyond Pending. " +
			"The header Expires tells when the first of the keys does.",
	}
	op := o.describe()
	op.Parameters = []*huma.Param{{
		Name: "username", In: "path", Required: true, Description: "Of the user, spelled exactly.", Schema: &huma.Schema{Type: huma.TypeString, Examples: []any{"ada"}},
	}, queryParameter("organization", "Short name of an organization in which the user must hold a role beyond Pending.", &huma.Schema{Type: huma.TypeString})}
	return withResponses(h, op, "A line for each key, in the form of authorized_keys.", "text/plain")
}

func (a api) getAuthorizedKeys(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
	org, err := readOrganization(r)
	if err != nil {
		return err
	}
	keys, err := a.directory.AuthorizedKeys(r.Context(), who, r.PathValue("username"), org)
	if err != nil {
		return err
	}
	if end := firstExpiry(keys); !end.IsZero() {
		w.Header().Set("Expires", end.UTC().Format(http.TimeFormat))
	}
	writeKeys(w, keys)
	return nil
}

// askedOrganization returns the organization that the query names, or "" without
// one. A condition that cannot be read is refused: ignoring it would admit more users.
func readOrganization(r *http.Request) (string, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return "", &web.Error{Status: http.StatusBadRequest, Code: web.Invalid, Msg: "the query cannot be read; encode it as a form"}
	}
	named, given := values["organization"]
	if given && (len(named) != 1 || named[0] == "") {
		return "", &web.Error{Status: http.StatusBadRequest, Code: web.Invalid, Field: "organization",
			Msg: "organization must be one short name; leave it out to ask about all organizations"}
	}
	return values.Get("organization"), nil
}

// firstEnd is when the first of the keys expires, in whole seconds; zero for never.
func firstExpiry(keys []directory.SSHKey) time.Time {
	var first time.Time
	for _, k := range keys {
		if !k.ExpiresAt.IsZero() && (first.IsZero() || k.ExpiresAt.Before(first)) {
			first = k.ExpiresAt.Truncate(time.Second)
		}
	}
	return first
}

// writeKeys leaves comments away: they commonly hold an address.
func writeKeys(w http.ResponseWriter, keys []directory.SSHKey) {
	var text strings.Builder
	for _, k := range keys {
		text.WriteString(k.Public + "\n")
	}
	web.WriteBody(w, http.StatusOK, web.PlainText, []byte(text.String()))
}
