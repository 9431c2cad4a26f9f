package native

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// humaConfig configures huma without its own documents, links to schemas and formats other than JSON.
func humaConfig() huma.Config {
	text := huma.Format{Marshal: marshal, Unmarshal: unmarshal}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Roster", Version: "1",
				Description: "A user directory for the tools of a team.\n\n" + generalRules,
			},
			Servers: []*huma.Server{{URL: "/", Description: "this server"}},
			Tags:    tags(),
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{"bearer": {
					Type: "http", Scheme: "bearer",
					Description: "An access token (`rst_…`), an API key or the token of a session.",
				}},
			},
		},
		Formats:                      map[string]huma.Format{"application/json": text, "json": text},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{selectFields},
	}
}

// generalRules is the part of the description that applies to every operation. A blank line begins a
// paragraph.
const generalRules = `Answers are JSON. Times are RFC 3339 in UTC. Errors are problem details (RFC 9457): decide by "code", which is stable, and show "detail".

Long lists have pages: send "next" of an answer as "cursor" until an answer has no "next". If an object has an ETag, If-Match limits an update to the
version that was read.

Operations that create something accept an Idempotency-Key.`

// unmarshal decodes a body. huma calls it twice: with a *any for the validation, and then with the type of the input. The
// first call rejects a body that JSON parsers read differently, such as one with repeated members.
func unmarshal(data []byte, v any) error {
	data = web.TrimBOM(data)
	if _, check := v.(*any); !check {
		return decodeBody(data, v)
	}
	if err := web.CheckObject(data); err != nil {
		return err
	}
	// json.Unmarshal rejects a number that is out of range, but does not name its member.
	if err := json.Unmarshal(data, v); err != nil {
		return cmp.Or(checkNumbers(data), valueError("body", msgWrongType))
	}
	return nil
}

// marshal encodes the whole answer before it writes the first byte. Errors of writing are ignored, because the client has
// disconnected.
func marshal(w io.Writer, v any) error {
	var b bytes.Buffer
	to := json.NewEncoder(&b)
	to.SetEscapeHTML(false)
	if err := to.Encode(v); err != nil {
		return err
	}
	_, _ = w.Write(b.Bytes())
	return nil
}

// describe answers GET /api/v1/openapi.json.
func (a api) describe(w http.ResponseWriter, _ *http.Request, _ model.Actor) error {
	w.Header().Set("Content-Type", "application/openapi+json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, err := w.Write(a.description())
	return err
}

// tags returns the sections of the description in order.
func tags() []*huma.Tag {
	return []*huma.Tag{
		{Name: "accounts", Description: "Sign-up, invitations and forgotten passwords. No credential is required."},
		{Name: "me", Description: "The authenticated user."},
		{Name: "users", Description: "User accounts."},
		{Name: "email addresses", Description: "Email addresses of users."},
		{Name: "SSH keys", Description: "Public SSH keys of users."},
		{Name: "access tokens", Description: "Credentials for scripts. Only their hashes are stored."},
		{Name: "sessions", Description: "Signing in creates a session. It ends by signing out or by expiry."},
		{Name: "organizations", Description: "Groups of users with roles."},
		{Name: "members", Description: "Users of an organization and their roles."},
		{Name: "invitations", Description: "Emailed offers to join an organization."},
		{Name: "roles", Description: "Named sets of permissions inside an organization."},
		{Name: "projects", Description: "Projects of an organization, to which its members are assigned."},
		{Name: "bulk", Description: "Many users in one request: bulk operations, import and export."},
		{Name: "events", Description: "The audit log: every change with its actor, time and network address, in a hash chain."},
		{Name: "webhooks", Description: "URLs that receive events by HTTP."},
		{Name: "personal data", Description: "Export and erasure of the data of a user."},
		{Name: "integrations", Description: "Authentication for sshd and reverse proxies."},
		{Name: "server", Description: "Permissions, settings and statistics of the server."},
	}
}

// encodeDescription encodes the OpenAPI document. Of a user, only the id is required, because a request can select the
// members. Error responses are shared by all operations.
func encodeDescription(doc *huma.OpenAPI) []byte {
	if person := doc.Components.Schemas.Map()["User"]; person != nil {
		person.Required = []string{"id"}
	}
	doc.Components.Responses = map[string]*huma.Response{}
	for _, at := range doc.Paths {
		for _, op := range operationsOf(at) {
			shareErrorResponses(doc, op)
		}
	}
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		panic("native: the description of the API cannot be written: " + err.Error())
	}
	return append(text, '\n')
}

func shareErrorResponses(doc *huma.OpenAPI, op *huma.Operation) {
	delete(op.Responses, "422") // huma's status for validation errors, which are 400 here
	for status, refusal := range op.Responses {
		if status[0] == '2' {
			continue
		}
		doc.Components.Responses[status] = refusal
		op.Responses[status] = &huma.Response{Ref: "#/components/responses/" + status}
	}
}

// apiPath returns the path of an object below the API.
func apiPath(path string, parts ...any) string { return basePath + fmt.Sprintf(path, parts...) }
