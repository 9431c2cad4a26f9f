package native

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

func authorizedKeysOperation(h huma.API) huma.Operation {
	o := operation{
		id: "getAuthorizedKeys", method: "GET", path: "/ssh-keys/{username}", permission: model.UsersRead, tag: "integrations",
		summary: "Get the authorized SSH keys of a user",
		description: "For the AuthorizedKeysCommand of sshd; see docs/ssh.md. The username must be spelled exactly like the user's, including case. The " +
			"answer is 200 and empty for users who do not exist, are not active, are not visible to the caller, or have no role except Pending. " +
			"The header Expires contains the time at which the first of the keys expires.",
	}
	op := o.describe()
	op.Parameters = []*huma.Param{{
		Name: "username", In: "path", Required: true, Description: "The username, spelled exactly.", Schema: &huma.Schema{Type: huma.TypeString, Examples: []any{"ada"}},
	}, queryParameter("organization", "The slug of an organization in which the user must have a role other than Pending.", &huma.Schema{Type: huma.TypeString})}
	return withResponses(h, op, "One line for each key, in the format of authorized_keys.", "text/plain")
}

func (a api) getAuthorizedKeys(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	org, err := readOrganization(r)
	if err != nil {
		return err
	}
	keys, err := a.directory.AuthorizedKeys(r.Context(), actor, r.PathValue("username"), org)
	if err != nil {
		return err
	}
	if end := firstExpiry(keys); !end.IsZero() {
		w.Header().Set("Expires", end.UTC().Format(http.TimeFormat))
	}
	writeKeys(w, keys)
	return nil
}

// readOrganization returns the query parameter organization, or "" if it is absent. It rejects a malformed value, because
// ignoring a condition would return the keys of more users.
func readOrganization(r *http.Request) (string, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return "", &web.Error{Status: http.StatusBadRequest, Code: web.Invalid, Msg: "the query cannot be read; encode it as a form"}
	}
	named, given := values["organization"]
	if given && (len(named) != 1 || named[0] == "") {
		return "", &web.Error{Status: http.StatusBadRequest, Code: web.Invalid, Field: "organization",
			Msg: "organization must be one slug; leave it out to include all organizations"}
	}
	return values.Get("organization"), nil
}

// firstExpiry returns the earliest expiry of the keys in whole seconds, or the zero time if no key expires.
func firstExpiry(keys []model.SSHKey) time.Time {
	var first time.Time
	for _, k := range keys {
		if !k.ExpiresAt.IsZero() && (first.IsZero() || k.ExpiresAt.Before(first)) {
			first = k.ExpiresAt.Truncate(time.Second)
		}
	}
	return first
}

// writeKeys omits the comments of the keys, which often contain an email address.
func writeKeys(w http.ResponseWriter, keys []model.SSHKey) {
	var text strings.Builder
	for _, k := range keys {
		text.WriteString(k.Public + "\n")
	}
	web.WriteBody(w, http.StatusOK, web.PlainText, []byte(text.String()))
}
