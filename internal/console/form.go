package console

import (
	"net/http"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
	"roster.example/roster/internal/web"
)

// form is a form as the page shows it, with what was wrong when it was sent.
type form struct {
	Action string // path below the root of the server
	Button string
	Fields []field
	Faults []string // those that belong to no field
	token  secret.Text
}

// Token is what the hidden field carries.
func (f *form) Token() string { return f.token.Reveal() }

// field is one line of a form. Its name is the directory's word, so that faults
// find it.
type field struct {
	Name         string
	Label        string
	Hint         string
	Type         string // of the input element
	Autocomplete string // HTML standard, "autofill detail tokens"
	Value        string // never that of a password
	Optional     bool
	Ticked       bool   // of a checkbox
	Fault        string // what is wrong with it, as a sentence
}

// DescribedBy lists the ids of the texts that explain the field.
func (f field) DescribedBy() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.Name+"-hint")
	}
	if f.Fault != "" {
		ids = append(ids, f.Name+"-fault")
	}
	return strings.Join(ids, " ")
}

// Verbatim says that keyboards of phones should neither correct what is typed
// nor begin it with a capital.
func (f field) Verbatim() bool { return f.Name == "username" || f.Type != "text" }

// Failed says whether the form comes back for correction.
func (f *form) Failed() bool {
	for _, line := range f.Fields {
		if line.Fault != "" {
			return true
		}
	}
	return len(f.Faults) > 0
}

func usernameField(value string) field {
	return field{Name: "username", Label: "Username", Type: "text", Autocomplete: "username", Value: value,
		Hint: "What you log in with. Without blanks and slashes."}
}

func newPasswordField() field {
	return field{Name: "password", Label: "Password", Type: "password", Autocomplete: "new-password",
		Hint: "The longer the better: four or five words make a good one."}
}

// addFaults writes into the form what the directory found wrong with it, and
// returns the status to answer with. It is false for errors that the person
// cannot mend in the form.
func (f *form) addFaults(err error) (status int, ok bool) {
	status, ok = map[fault.Kind]int{
		fault.Invalid:         http.StatusUnprocessableEntity,
		fault.Unauthenticated: http.StatusUnprocessableEntity, // 401 would ask for an Authorization header
		fault.Forbidden:       http.StatusForbidden,
		fault.Conflict:        http.StatusConflict,
	}[fault.KindOf(err)]
	if !ok {
		return 0, false
	}
	for _, s := range sentences(err) {
		f.addFault(s)
	}
	return status, true
}

// addFault puts one sentence beside its field, or above the form.
func (f *form) addFault(s sentence) {
	for i := range f.Fields {
		if f.Fields[i].Name == s.field {
			f.Fields[i].Fault = s.text
			return
		}
	}
	f.Faults = append(f.Faults, s.text)
}

// showFaults shows a page whose form was refused, or gives the error back.
func (p *pages) showFaults(w http.ResponseWriter, name string, content page, err error) error {
	status, ok := content.Form.addFaults(err)
	if !ok {
		return err
	}
	return p.layout.write(w, status, name, content)
}

// inputs are the fields of a form that was sent. The first that cannot be read
// is kept in err, to be looked at once.
type inputs struct {
	params web.Params
	err    error
}

func (p *pages) read(r *http.Request) (*inputs, error) {
	params, err := web.ReadForm(r, p.MaxBody)
	return &inputs{params: params}, err
}

// readWithToken reads a form that nothing can be said about before its token is
// known.
func (p *pages) readWithToken(r *http.Request) (*inputs, secret.Text, error) {
	in, err := p.read(r)
	if err != nil {
		return nil, "", err
	}
	token := in.token()
	return in, token, in.err
}

// line returns a field of one line without the blanks that keyboards of phones
// add.
func (in *inputs) line(name string) string { return unitext.Trim(in.text(name)) }

// secret returns a field as it was typed.
func (in *inputs) secret(name string) secret.Text { return secret.Text(in.text(name)) }

func (in *inputs) text(name string) string {
	text, _, err := in.params.Text(name)
	if err != nil && in.err == nil {
		in.err = err
	}
	return text
}

// unticked reports whether the form showed a checkbox and came back without it. A
// request that never saw the form does not untick it.
func (in *inputs) unticked(name string) bool {
	return in.text(name+"_shown") != "" && in.text(name) == ""
}

// token returns the one-time token that the form carried.
func (in *inputs) token() secret.Text {
	token := in.text("token")
	if !isToken(token) && in.err == nil {
		in.err = incompleteLink()
	}
	return secret.Text(token)
}

// tokenOf returns the one-time token in the query of a link.
func tokenOf(r *http.Request) (secret.Text, error) {
	params, err := web.ReadParams(r, web.ParamOptions{IgnoreBody: true})
	if err != nil {
		return "", err
	}
	in := inputs{params: params}
	token := in.token()
	return token, in.err
}

// longestToken is well above the 43 characters that the directory makes.
const longestToken = 128

// isToken reports whether text has the characters of a token. It tells people
// whose mail program cut the link from those who come too late.
func isToken(text string) bool {
	return text != "" && len(text) <= longestToken && strings.Trim(text, secret.URLSafe) == ""
}

func incompleteLink() error {
	return &web.Error{Status: http.StatusBadRequest, Code: web.Malformed, Field: "token", Msg: "the link is not complete"}
}
