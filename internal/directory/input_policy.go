package directory

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/unitext"
)

// dialect holds what one product promises its clients about input, where the
// products differ. It is a rule like any other, so it stands here and not in the
// folder of the API.
type inputPolicy struct {
	passwordMin int // characters
	passwordMax int // characters; the limit of 1,024 bytes holds for all
	nameMax     int // characters of a whole name; 0 leaves room for both parts
	username    func(string) fault.Field
	// takesCommon says that the product takes passwords which everybody guesses.
	allowCommonPasswords bool
	// discreet says that nobody learns through the API whether an address has an
	// account.
	hideAccountExistence bool
	// loginTells says that a failed login can reveal whether an account has the name.
	loginRevealsAccounts bool
	// oneInvitationLink says that the inviter sees the very link that is mailed, so
	// that following it proves no address.
	oneInvitationLink bool
	// halfIdentities says that provider and external uid are written each alone.
	partialIdentities bool
}

// dialects holds the rules of each product: docs/products/gitlab.md, Validation;
// docs/products/pm415.md, 5 and 6 (the link is in the answer as well);
// docs/products/wekan.md, 3 (any password that is not empty).
var inputPolicies = map[API]inputPolicy{
	GitLab:   {passwordMin: 8, passwordMax: 128, allowCommonPasswords: true, nameMax: nameLimit, username: gitlabUsername, partialIdentities: true},
	Wekan:    {passwordMin: 1, allowCommonPasswords: true, loginRevealsAccounts: true},
	PM415:    {passwordMin: 4, allowCommonPasswords: true, loginRevealsAccounts: true, oneInvitationLink: true},
	Codebase: {passwordMin: 8, allowCommonPasswords: true},
	Native:   {passwordMin: 8, hideAccountExistence: true},
}

var defaultInputPolicy = inputPolicy{passwordMin: 8}

func inputPolicyOf(api API) inputPolicy {
	if d, ok := inputPolicies[api]; ok {
		return d
	}
	return defaultInputPolicy
}

// discreet reports whether an API does not reveal whether an address has an account.
func (d *Directory) hidesAccounts(api API) bool {
	return inputPolicyOf(api).hideAccountExistence || api == PM415 && d.options.PM415Hides
}

// nameLimit is how long a whole name may be that somebody is given.
func (d inputPolicy) nameLimit() int {
	if d.nameMax > 0 {
		return d.nameMax
	}
	return 2 * nameLimit
}

const (
	usernameLimit = 255
	nameLimit     = 255
)

// checkUsername: the rule for all, then the stricter one of the API that asks.
// A slash or colon would break Codebase's account/username:key.
func checkUsername(f *fault.List, api API, username string) {
	before := len(*f)
	unitext.CheckRequired(f, "username", username, usernameLimit)
	if len(*f) > before {
		return
	}
	if !unitext.RequireNoBlanks(f, "username", username) {
		return
	}
	if wrong := usernameFlaw(username); wrong != "" {
		f.AddMalformed("username", wrong)
		return
	}
	if strict := inputPolicyOf(api).username; strict != nil {
		if bad := strict(username); bad.Code != "" {
			*f = append(*f, bad)
		}
	}
}

// checkNewUsername is checkUsername for a name that the user does not have yet. It
// rejects a leading '-', which commands in scripts would read as an option. Existing
// names of this form stay valid.
func checkNewUsername(f *fault.List, api API, username string) {
	if strings.HasPrefix(username, "-") {
		f.AddMalformed("username", "it starts with '-'; start it with a letter or a digit")
		return
	}
	checkUsername(f, api, username)
}

// usernameCharacters says which characters every API takes.
const usernameCharacters = "a username may contain letters, digits, '.', '-' and '_'"

// usernameFlaw says what is wrong with a username that breaks paths and credentials, or
// that passes for another name in a list; "" if nothing is.
func usernameFlaw(username string) string {
	switch at := strings.IndexAny(username, "/:@\\?#%"); {
	case !unitext.IsPrintable(username):
		return unitext.IllegibleReason(username)
	case at >= 0:
		return "it contains '" + username[at:at+1] + "'; " + usernameCharacters
	case username == ".", username == "..":
		return "it is the name of a folder; add a letter or a digit"
	case isLookalike(username):
		return "it contains characters that look like others, such as letters of several scripts or full-width letters; write it with the letters of one script"
	}
	return ""
}

// lookalike reports whether a name holds what cannot be seen, letters in a shape
// of compatibility ("ｒｏｏｔ"), or letters of scripts that look alike side by side
// (a Cyrillic о in "root"); Unicode Technical Standard 39 goes further.
func isLookalike(name string) bool {
	if !norm.NFKC.IsNormalString(norm.NFC.String(name)) {
		return true
	}
	scripts := 0
	for _, script := range []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek} {
		if strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(script, r) }) {
			scripts++
		}
	}
	return scripts > 1 || strings.ContainsFunc(name, unitext.IsInvisible)
}

var gitlabUsernameForm = regexp.MustCompile(`^\.?[a-zA-Z0-9_][a-zA-Z0-9_.-]*$`)

// gitlabReserved are paths of GitLab's own pages (docs/products/gitlab.md, Validation).
var gitlabReserved = strings.Fields(`admin dashboard files groups help profile projects search public assets u s
	teams merge_requests issues users snippets services repository hooks notes`)

func gitlabUsername(username string) fault.Field {
	bad := fault.Field{Name: "username"}
	switch {
	case !gitlabUsernameForm.MatchString(username):
		bad.Code, bad.Detail = fault.Malformed, "it may contain letters A to Z, digits, '.', '-' and '_', and starts with a letter, a digit or '_'"
	case strings.HasSuffix(username, ".git"):
		bad.Code, bad.Detail = fault.Malformed, "it ends in '.git', which is kept for addresses of repositories"
	case slices.Contains(gitlabReserved, strings.ToLower(username)):
		bad.Code = fault.Reserved
	}
	return bad
}

// checkLength measures a new password; minimum, when set, raises the floor of
// every API.
func checkPasswordLength(f *fault.List, api API, password string, minimum int) {
	d := inputPolicyOf(api)
	length := utf8.RuneCountInString(password)
	low := max(d.passwordMin, minimum)
	switch {
	case password == "":
		f.Add("password", fault.Blank, 0)
	case length < low:
		f.Add("password", fault.TooShort, low)
	case d.passwordMax > 0 && length > d.passwordMax:
		f.Add("password", fault.TooLong, d.passwordMax)
	case len(password) > PasswordBytes:
		f.Add("password", fault.TooLong, PasswordBytes)
	}
}

// PasswordBytes is the longest password that is taken at all: hashing costs
// grow with length.
const PasswordBytes = 1024
