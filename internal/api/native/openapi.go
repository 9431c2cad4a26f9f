package native

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/web"
)

// described is what huma is told of the API as a whole. Its own documents, links
// to schemas and formats other than JSON are left out.
func humaConfig() huma.Config {
	text := huma.Format{Marshal: marshal, Unmarshal: unmarshal}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Roster", Version: "1",
				Description: "One directory of people for a team's tools.\n\n" + generalRules,
			},
			Servers: []*huma.Server{{URL: "/", Description: "this server"}},
			Tags:    tags(),
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{"bearer": {
					Type: "http", Scheme: "bearer",
					Description: "An access token (`rst_…`), an API key or the token of a login.",
				}},
			},
		},
		Formats:                      map[string]huma.Format{"application/json": text, "json": text},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{selectFields},
	}
}

// manners are what holds for every operation.
const generalRules = `Every answer is JSON; times are RFC 3339 in UTC. Errors are problem details (RFC 9457): go by "code", which stays, and show "detail".
Lists are read page by page: send "next" of an answer as "cursor" until there is none. A change of something that has an ETag can be bound to the
version that was read, by If-Match. Creations take an Idempotency-Key.`

// read takes a body only where all readers would read the same. It is called for
// the check and again for the value.
func unmarshal(data []byte, v any) error {
	data = web.TrimBOM(data)
	if _, check := v.(*any); !check {
		return decodeBody(data, v)
	}
	if err := web.CheckObject(data); err != nil {
		return err
	}
	// json.Unmarshal fails at a number that is too large alone: it names no member.
	if err := json.Unmarshal(data, v); err != nil {
		return cmp.Or(checkNumbers(data), valueError("body", msgWrongType))
	}
	return nil
}

// write makes the whole answer before its first byte. Who has gone away meanwhile
// gets nothing, and nobody needs to know.
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

// describe answers GET /openapi.json.
func (a api) describe(w http.ResponseWriter, _ *http.Request, _ directory.Actor) error {
	w.Header().Set("Content-Type", "application/openapi+json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, err := w.Write(a.description())
	return err
}

// tags are the chapters of the description, in their order.
func tags() []*huma.Tag {
	return []*huma.Tag{
		{Name: "accounts", Description: "Coming in: sign-up, invitations, forgotten passwords. No credential is asked for."},
		{Name: "me", Description: "Oneself: whoever the credential belongs to."},
		{Name: "users", Description: "People."},
		{Name: "addresses", Description: "Mail addresses of people."},
		{Name: "SSH keys", Description: "Public halves by which people come in elsewhere."},
		{Name: "access tokens", Description: "Credentials for scripts. Only their hashes are stored."},
		{Name: "sessions", Description: "Logins."},
		{Name: "organizations", Description: "Groups of people with roles."},
		{Name: "members", Description: "Who belongs to an organization, and as what."},
		{Name: "invitations", Description: "Letters that ask somebody to join an organization."},
		{Name: "roles", Description: "Named sets of permissions inside an organization."},
		{Name: "projects", Description: "What people of an organization are assigned to."},
		{Name: "bulk", Description: "People as streams, in and out."},
		{Name: "events", Description: "Who did what to whom, when, from where: a chain of hashes."},
		{Name: "webhooks", Description: "Other servers that are told of events."},
		{Name: "personal data", Description: "What is stored of a person, and how it goes."},
		{Name: "doors", Description: "What sshd and proxies ask before they let somebody in."},
		{Name: "server", Description: "The server as a whole."},
	}
}

// finish makes the document that clients read. Of people, who can be shown in part,
// only the id is sure to be there. Refusals are written once.
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
	delete(op.Responses, "422") // huma's word for what is 400 here
	for status, refusal := range op.Responses {
		if status[0] == '2' {
			continue
		}
		doc.Components.Responses[status] = refusal
		op.Responses[status] = &huma.Response{Ref: "#/components/responses/" + status}
	}
}

// at is an address below the API.
func apiPath(path string, parts ...any) string { return basePath + fmt.Sprintf(path, parts...) }
