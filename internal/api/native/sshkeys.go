package native

import (
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/web"
)

func sshKeysOperation(h huma.API) huma.Operation {
	o := operation{
		id: "authorizedKeys", method: "GET", path: "/ssh-keys/{username}", needs: directory.UsersRead, tag: "doors",
		summary: "The keys by which somebody may log in over SSH now",
		about: "For sshd's AuthorizedKeysCommand; see docs/ssh.md. Of people who are not active, not seen by the caller or not there, there are none, with 200. " +
			"The header Expires tells when the first of the keys does.",
	}
	op := o.describe()
	op.Parameters = []*huma.Param{{
		Name: "username", In: "path", Required: true, Description: "Of the person.", Schema: &huma.Schema{Type: huma.TypeString, Examples: []any{"ada"}},
	}}
	return answered(h, op, "A line for each key, in the form of authorized_keys.", "text/plain")
}

func (a api) authorizedKeys(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
	keys, err := a.directory.AuthorizedKeys(r.Context(), who, r.PathValue("username"))
	if err != nil {
		return err
	}
	if end := firstEnd(keys); !end.IsZero() {
		w.Header().Set("Expires", end.UTC().Format(http.TimeFormat))
	}
	writeKeys(w, keys)
	return nil
}

// firstEnd is when the first of the keys expires, in whole seconds; zero for never.
func firstEnd(keys []directory.SSHKey) time.Time {
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
