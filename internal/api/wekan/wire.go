package wekan

import (
	"cmp"
	"encoding/json"
	"net/http"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// The response types of this API, with their members in Wekan's order.

// selfDocument is what users see of themselves: the five members of seed 002, "User Logged-in", and
// the members that later versions add. The API description of those versions requires modifiedAt and
// authenticationMethod, and typed clients depend on them.
type selfDocument struct {
	ID                   string    `json:"_id"`
	CreatedAt            string    `json:"createdAt"`
	Username             string    `json:"username,omitempty"`
	Emails               []address `json:"emails,omitempty"`
	Profile              empty     `json:"profile"`
	IsAdmin              bool      `json:"isAdmin,omitempty"` // classic has no member for other users
	ModifiedAt           string    `json:"modifiedAt"`
	AuthenticationMethod string    `json:"authenticationMethod"`
}

// userDocument is what administrators see of any user (docs/products/wekan.md, User document).
// python-wekan requires services and sessionData; they are always empty, without the password
// hashes and hashed tokens that Wekan puts there. It also requires username and emails of every
// user in the list.
type userDocument struct {
	ID                   string    `json:"_id"`
	CreatedAt            string    `json:"createdAt"`
	Services             empty     `json:"services"`
	Username             string    `json:"username"` // see listedName
	Emails               []address `json:"emails"`
	IsAdmin              bool      `json:"isAdmin,omitempty"`
	Profile              empty     `json:"profile"`
	ModifiedAt           string    `json:"modifiedAt"`
	AuthenticationMethod string    `json:"authenticationMethod"`
	SessionData          empty     `json:"sessionData"`
	LoginDisabled        bool      `json:"loginDisabled,omitempty"`
}

// encode returns what encoding/json would write, only faster.
func (d selfDocument) encode() web.JSON {
	j := make(web.JSON, 0, 512).Open('{').Name("_id").Text(d.ID).Name("createdAt").Text(d.CreatedAt)
	if d.Username != "" {
		j = j.Name("username").Text(d.Username)
	}
	if len(d.Emails) > 0 {
		j = writeEmails(j, d.Emails)
	}
	j = writeAdmin(j.Name("profile").Open('{').Close('}'), d.IsAdmin)
	return j.Name("modifiedAt").Text(d.ModifiedAt).
		Name("authenticationMethod").Text(d.AuthenticationMethod).Close('}')
}

// encode returns what encoding/json would write, only faster.
func (d userDocument) encode() web.JSON {
	j := make(web.JSON, 0, 512).Open('{').Name("_id").Text(d.ID).Name("createdAt").Text(d.CreatedAt).
		Name("services").Open('{').Close('}').Name("username").Text(d.Username)
	j = writeAdmin(writeEmails(j, d.Emails), d.IsAdmin).
		Name("profile").Open('{').Close('}').
		Name("modifiedAt").Text(d.ModifiedAt).
		Name("authenticationMethod").Text(d.AuthenticationMethod).
		Name("sessionData").Open('{').Close('}')
	if d.LoginDisabled {
		j = j.Name("loginDisabled").Bool(true)
	}
	return j.Close('}')
}

func writeEmails(j web.JSON, emails []address) web.JSON {
	j = j.Name("emails").Open('[')
	for _, e := range emails {
		j = j.Open('{').Name("address").Text(e.Address).Name("verified").Bool(e.Verified).Close('}')
	}
	return j.Close(']')
}

func writeAdmin(j web.JSON, admin bool) web.JSON {
	if admin {
		j = j.Name("isAdmin").Bool(true)
	}
	return j
}

type address struct {
	Address  string `json:"address"`
	Verified bool   `json:"verified"`
}

// empty is {}.
type empty struct{}

// listRow is a user in the list of all users. Typed clients require a username in every row.
type listRow struct {
	ID       string `json:"_id"`
	Username string `json:"username"`
}

// listedName returns the username of u. Users without one, such as invited users, are listed by
// their address: no username contains an @, and login accepts an address in its place.
func listedName(u model.User) string {
	return cmp.Or(u.Username, u.Primary().Address, u.UID)
}

// domainCount is a row of the list of domains.
type domainCount struct {
	Domain string `json:"domain"`
	Count  int    `json:"count"`
}

type idOnly struct {
	ID string `json:"_id"`
}

// loginResponse is the response to a login; that to a registration has another order.
type loginResponse struct {
	ID           string `json:"id"`
	Token        string `json:"token"`
	TokenExpires string `json:"tokenExpires"`
}

type registrationResponse struct {
	Token        string `json:"token"`
	TokenExpires string `json:"tokenExpires"`
	ID           string `json:"id"`
}

type createdToken struct {
	ID        string `json:"_id"`
	AuthToken string `json:"authToken"`
}

type message struct {
	Message string `json:"message"`
}

// board is a row of an empty list.
type board struct {
	ID    string `json:"_id"`
	Title string `json:"title"`
}

type boardsCount struct {
	Private int `json:"private"`
	Public  int `json:"public"`
}

func newSelfDocument(u model.User) selfDocument {
	return selfDocument{
		ID: u.UID, CreatedAt: web.JavaScriptTime(u.CreatedAt), Username: u.Username, Emails: newAddresses(u), IsAdmin: u.Admin,
		ModifiedAt: web.JavaScriptTime(u.UpdatedAt), AuthenticationMethod: byPassword,
	}
}

// byPassword is the authenticationMethod of every user.
const byPassword = "password"

func newUserDocument(u model.User) userDocument {
	return userDocument{
		ID: u.UID, CreatedAt: web.JavaScriptTime(u.CreatedAt), Username: listedName(u), Emails: newAddresses(u), IsAdmin: u.Admin,
		ModifiedAt: web.JavaScriptTime(u.UpdatedAt), AuthenticationMethod: byPassword, LoginDisabled: u.State == model.Blocked,
	}
}

func newAddresses(u model.User) []address {
	list := make([]address, 0, len(u.Emails))
	for _, e := range u.Emails {
		list = append(list, address{e.Address, e.Verified})
	}
	return list
}

// textField reads an optional member of a body, as Meteor's Match.Optional(String): absent is "",
// and null is as wrong as a number.
func textField(body map[string]any, name string) (string, error) {
	value, given := body[name]
	if !given {
		return "", nil
	}
	s, ok := value.(string)
	if !ok {
		return "", &typeMismatch{Field: name, Got: javaScriptType(value)}
	}
	return s, nil
}

// javaScriptType returns the JavaScript name of the type of a value that is not a string.
func javaScriptType(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		return "number"
	}
	return "object"
}

// writeJSON writes v as compact JSON.
func writeJSON(w http.ResponseWriter, status int, v any) error {
	setNoCache(w)
	return web.WriteJSON(w, status, v)
}

// writeEncoded writes encoded JSON.
func writeEncoded(w http.ResponseWriter, text web.JSON) {
	setNoCache(w)
	text.Respond(w, http.StatusOK)
}

// writeIndented writes v indented by 2, as Wekan does for errors of /users.
func writeIndented(w http.ResponseWriter, status int, v any) error {
	body, err := web.EncodeJSON(v, "  ")
	if err != nil {
		return err
	}
	setNoCache(w)
	web.WriteBody(w, status, "application/json", body)
	return nil
}

// writeEmpty writes no body, and so no content type.
func writeEmpty(w http.ResponseWriter, status int) {
	setNoCache(w)
	w.WriteHeader(status)
}

// setNoCache sets Pragma, as Wekan does; Cache-Control is set for every response of this server.
func setNoCache(w http.ResponseWriter) { web.SetHeaders(w, "Pragma", "no-cache") }
