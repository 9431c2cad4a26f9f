package roster_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// The messages of errors are English in the code and in the APIs. Pages show them in the language of the user: the
// section "reason" of internal/ui/messages has each message in each language. This test finds the messages in the
// source, so that a new or changed one does not appear in English on a German page.

// foldersWithoutPages hold errors that no page shows.
var foldersWithoutPages = []string{
	"internal/api", "internal/app", "internal/authn", "internal/authorizedkeys", "internal/cli", "internal/config", "internal/mail",
	"internal/mailqueue", "internal/store", "internal/web", "internal/webhook/dispatch",
	"internal/importer", "internal/userfile", // no page imports a file
}

// messagesWithoutPages are messages of calls that no page makes, by the reason.
var messagesWithoutPages = map[string][]string{
	"calls of the server itself, and of the operator on the command line": {
		"only the server itself may do this", "only the operator may do this", "only the operator may create API keys of other users",
		"nobody can administer this server; run 'roster admin create'",
	},
	"checks of the chain of events, by roster doctor": {
		"the database is older than the anchor: it was never opened by this version", "the database is another one than the anchor names",
		"the number of the key of the chain of events was changed in the database; compare it with a backup",
		"the chain of events has a key, and the database denies it; it was changed behind the server's back: restore a backup",
		"the key of the chain of events was taken away or changed in the database; restore a backup",
	},
}

// variableMessages are files with messages that are composed without fault.Textf, or passed on, by the reason.
var variableMessages = map[string]string{
	"internal/audit/anchor.go":           "the anchor, which the operator checks",
	"internal/audit/verify.go":           "the chain of events, which the operator checks",
	"internal/directory/email_claim.go":  "an ambiguous address on the command line",
	"internal/doctor/address.go":         "duplicate addresses, which roster doctor reports",
	"internal/rekey/check.go":            "the check of the keys, by roster doctor",
	"internal/directory/mail_failed.go":  "undelivered emails, which roster doctor reports",
	"internal/directory/mail_request.go": "a request of the mail queue that cannot be read",
	"internal/operation/key_check.go":    "the check of the key file at the start",
	"internal/operation/event_verbs.go":  "a text of fault.Textf",
	"internal/naming/taken.go":           "LookalikeError",
	// The texts come from textFunctions, or from functions whose arguments this test reads.
	"internal/inputpolicy/username.go":         "usernameFlaw",
	"internal/registration/mode.go":            "signUpClosed",
	"internal/credential/ssh_key.go":           "errors of package sshkey",
	"internal/directory/user_access_change.go": "currentPasswordMissing",
	"internal/emailaddress/check.go":           "flaw",
	"internal/fault/fault.go":                  "constructors",
	"internal/fault/text.go":                   "constructors",
	"internal/unitext/unitext.go":              "IllegibleReason",
	"internal/webhook/endpoint/url.go":         "urlFlaw and closedURL",
}

// textFunctions return messages.
var textFunctions = []string{"flaw", "urlFlaw", "closedURL", "IllegibleReason"}

// messageArgument is the position of the message in the arguments of a function.
var messageArgument = map[string]int{
	"New": 1, "MalformedField": 1, "AddMalformed": 1, "AddDetail": 2, "Textf": 0, "signUpClosed": 0, "currentPasswordMissing": 0,
	"LookalikeError": 1,
}

// A messageFinder collects the messages of one file.
type messageFinder struct {
	file     string
	found    map[string]bool
	variable bool // whether the file has a message that is neither constant nor from fault.Textf
	problems []string
}

// add adds the message that an expression has. Messages of fault.Textf are found where it is called.
func (f *messageFinder) add(e ast.Expr) {
	if text, ok := literal(e); ok {
		f.found[text] = true
		return
	}
	f.variable = f.variable || called(e) != "Textf"
	if called(e) != "Textf" && variableMessages[f.file] == "" {
		f.problems = append(f.problems, fmt.Sprintf("%s: a message is not a constant; use fault.Textf for one with values", f.file))
	}
}

// literal returns the value of a constant text, which may be joined of several.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, e.Kind == token.STRING && err == nil
	case *ast.BinaryExpr:
		left, ok := literal(e.X)
		right, also := literal(e.Y)
		return left + right, ok && also && e.Op == token.ADD
	}
	return "", false
}

// called returns the name of the function that an expression calls.
func called(e ast.Expr) string {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return ""
	}
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

func (f *messageFinder) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		f.visitCall(n)
	case *ast.CompositeLit:
		return f.visitLiteral(n)
	case *ast.AssignStmt:
		for i, target := range n.Lhs {
			s, ok := target.(*ast.SelectorExpr)
			if !ok || s.Sel.Name != "Detail" && s.Sel.Name != "Msg" || len(n.Rhs) != len(n.Lhs) {
				continue
			}
			if of, _ := s.X.(*ast.Ident); of != nil && !slices.Contains([]string{"spec", "line"}, of.Name) { // those of events
				f.add(n.Rhs[i])
			}
		}
	case *ast.FuncDecl:
		if slices.Contains(textFunctions, n.Name.Name) {
			ast.Inspect(n, f.visitReturn)
		}
	}
	return true
}

func (f *messageFinder) visitCall(n *ast.CallExpr) {
	at, ok := messageArgument[called(n)]
	if s, selected := n.Fun.(*ast.SelectorExpr); selected && called(n) == "New" {
		of, named := s.X.(*ast.Ident)
		ok = named && of.Name == "fault"
	}
	if ok && at < len(n.Args) {
		f.add(n.Args[at])
	}
}

// visitLiteral reads fault.Error and fault.Field, also in a list that names their type once.
func (f *messageFinder) visitLiteral(n *ast.CompositeLit) bool {
	if s, ok := n.Type.(*ast.SelectorExpr); ok {
		of, _ := s.X.(*ast.Ident)
		if of == nil || of.Name == "web" || !slices.Contains([]string{"Error", "Field", "List"}, s.Sel.Name) {
			return true
		}
	} else if _, named := n.Type.(*ast.Ident); named {
		return true // a type of the package itself
	}
	for _, element := range n.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		if key, ok := pair.Key.(*ast.Ident); ok && (key.Name == "Msg" || key.Name == "Detail") {
			f.add(pair.Value)
		}
	}
	return true
}

func (f *messageFinder) visitReturn(n ast.Node) bool {
	if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) == 1 {
		if text, ok := literal(r.Results[0]); ok && text != "" {
			f.found[text] = true
		}
	}
	return true
}

// sshKeyMessages adds the errors of package sshkey: reasons, and reasons with a detail in parentheses.
func (f *messageFinder) sshKeyMessages(syntax *ast.File) {
	malformed := ""
	ast.Inspect(syntax, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		text, constant := literal(call.Args[0])
		switch {
		case called(call) == "New" && constant:
			f.found[text] = true
			if strings.HasPrefix(text, "this is not a public SSH key") {
				malformed = text
			}
		case called(call) == "malformed" && constant:
			f.found[malformed+" ("+text+")"] = true
		case called(call) == "Errorf" && strings.HasPrefix(text, "%w (DSA"):
			f.found["the key is too weak: make a new one with ssh-keygen -t ed25519"+strings.TrimPrefix(text, "%w")] = true
		}
		return true
	})
}

// withoutPages reports whether no page shows the errors of a folder.
func withoutPages(folder string) bool {
	return !within(folder, "internal") || slices.ContainsFunc(foldersWithoutPages, func(other string) bool { return within(folder, other) })
}

// reasonsIn returns the section "reason" of the messages of one language.
func reasonsIn(t *testing.T, language string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(path.Join("internal/ui/messages", language+".toml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Reason map[string]string }
	if err := toml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Reason
}

func TestEveryMessageOfTheDirectoryIsTranslated(t *testing.T) {
	t.Parallel()
	files, err := sources(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	found, unused := map[string]bool{}, maps.Clone(variableMessages)
	for _, s := range files {
		if s.isTest() || withoutPages(s.folder()) {
			continue
		}
		f := &messageFinder{file: s.path, found: found}
		if s.folder() == "internal/sshkey" {
			f.sshKeyMessages(s.syntax)
			continue
		}
		ast.Inspect(s.syntax, f.visit)
		if f.variable {
			delete(unused, s.path)
		}
		for _, problem := range f.problems {
			t.Error(problem)
		}
	}
	for file := range unused {
		t.Errorf("%s composes no message", file)
	}
	for why, messages := range messagesWithoutPages {
		for _, message := range messages {
			if !found[message] {
				t.Errorf("%s: %q is in no source", why, message)
			}
			delete(found, message)
		}
	}
	english, german := reasonsIn(t, "en"), reasonsIn(t, "de")
	for key, text := range english {
		if !found[text] {
			t.Errorf("reason.%s is no message of the directory: %q", key, text)
		}
		if german[key] == "" || german[key] == text {
			t.Errorf("reason.%s has no German text", key)
		}
		delete(found, text)
	}
	for _, text := range slices.Sorted(maps.Keys(found)) {
		t.Errorf("a page in German would show an English text; add it to the section reason of each file in internal/ui/messages: %q", text)
	}
}
