package directory

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"roster.example/roster/internal/confusables"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

// inputPolicy holds the rules for input that depend on the API.
type inputPolicy struct {
	passwordMin int // characters
	passwordMax int // characters; 0 means only the limit of 1,024 bytes
	nameMax     int // characters of the full name; 0 allows for two parts
	username    func(string) fault.Field
	// allowCommonPasswords accepts common passwords.
	allowCommonPasswords bool
	// hideAccountExistence makes responses independent of whether an address has an account.
	hideAccountExistence bool
	// loginRevealsAccounts is set if a failed login of the product reveals whether an account exists.
	loginRevealsAccounts bool
	// signUpOpensSession is set if the response to a sign-up is a session, so that it always reveals
	// whether an address has an account.
	signUpOpensSession bool
	// oneInvitationLink is set if the inviter gets the same link that is mailed, so that
	// following it does not verify the address.
	oneInvitationLink bool
	// partialIdentities allows to write provider and external uid separately.
	partialIdentities bool
}

// inputPolicies holds the policies of the APIs: docs/products/gitlab.md, Validation;
// docs/products/pm415.md, 5 and 6 (the response contains the link as well);
// docs/products/wekan.md, 3 (any password that is not empty).
var inputPolicies = map[model.API]inputPolicy{
	model.GitLab:   {passwordMin: 8, passwordMax: 128, allowCommonPasswords: true, nameMax: nameLimit, username: gitlabUsername, partialIdentities: true},
	model.Wekan:    {passwordMin: 1, allowCommonPasswords: true, loginRevealsAccounts: true, signUpOpensSession: true},
	model.PM415:    {passwordMin: 4, allowCommonPasswords: true, loginRevealsAccounts: true, oneInvitationLink: true},
	model.Codebase: {passwordMin: 8, allowCommonPasswords: true},
	model.Native:   {passwordMin: 8, hideAccountExistence: true},
	model.Console:  {passwordMin: 8, hideAccountExistence: true},
}

var defaultInputPolicy = inputPolicy{passwordMin: 8}

func inputPolicyOf(api model.API) inputPolicy {
	if d, ok := inputPolicies[api]; ok {
		return d
	}
	return defaultInputPolicy
}

// hidesAccounts reports whether sign-up and recovery through an API do not reveal whether an address
// has an account.
func (d *Directory) hidesAccounts(api model.API) bool {
	policy := inputPolicyOf(api)
	return policy.hideAccountExistence || slices.Contains(d.options.HidesAccounts, api) && !policy.signUpOpensSession
}

// LoginRevealsAccounts reports whether a failed login through the API of the actor reveals whether
// an account exists. If not, all failed logins with a wrong or missing password have the same error.
func (d *Directory) LoginRevealsAccounts(_ context.Context, actor model.Actor) bool {
	return d.loginRevealsAccounts(actor.API())
}

func (d *Directory) loginRevealsAccounts(api model.API) bool {
	return inputPolicyOf(api).loginRevealsAccounts && !slices.Contains(d.options.HidesAccounts, api)
}

// nameLimit returns the maximum length of a full name.
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

// checkUsername checks the rules of all APIs, then the stricter ones of api. A slash or colon
// would break Codebase's account/username:key.
func checkUsername(f *fault.List, api model.API, username string) {
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

// checkNewUsername is checkUsername for a username that the user does not have yet. It rejects
// a leading '-', which commands in scripts would parse as an option. Existing usernames of
// this form stay valid.
func checkNewUsername(f *fault.List, api model.API, username string) {
	if strings.HasPrefix(username, "-") {
		f.AddMalformed("username", "it starts with '-'; start it with a letter or a digit")
		return
	}
	checkUsername(f, api, username)
}

// usernameCharacters names the characters that every API accepts.
const usernameCharacters = "a username may contain letters, digits, '.', '-' and '_'"

// usernameFlaw returns why a username would break paths or credentials, or would look like
// another one; "" if it is valid.
func usernameFlaw(username string) string {
	switch at := strings.IndexAny(username, "/:@\\?#%"); {
	case !unitext.IsPrintable(username):
		return unitext.IllegibleReason(username)
	case at >= 0:
		return "it contains '" + username[at:at+1] + "'; " + usernameCharacters
	case username == ".", username == "..":
		return "it is the name of a folder; add a letter or a digit"
	case confusables.IsDeceptive(username):
		return "it contains characters that look like others, such as letters of several scripts or full-width letters; write it with the letters of one script"
	}
	return ""
}

var gitlabUsernameForm = regexp.MustCompile(`^\.?[a-zA-Z0-9_][a-zA-Z0-9_.-]*$`)

// gitlabReserved holds paths of GitLab's own pages (docs/products/gitlab.md, Validation).
var gitlabReserved = strings.Fields(`admin dashboard files groups help profile projects search public assets u s
	teams merge_requests issues users snippets services repository hooks notes`)

func gitlabUsername(username string) fault.Field {
	bad := fault.Field{Name: "username"}
	switch {
	case !gitlabUsernameForm.MatchString(username):
		bad.Code, bad.Detail = fault.Malformed, "it may contain letters A to Z, digits, '.', '-' and '_', and starts with a letter, a digit or '_'"
	case strings.HasSuffix(username, ".git"):
		bad.Code, bad.Detail = fault.Malformed, "it ends in '.git', which is reserved for URLs of repositories"
	case slices.Contains(gitlabReserved, strings.ToLower(username)):
		bad.Code = fault.Reserved
	}
	return bad
}

// checkPasswordLength checks the length of a new password. minimum, if set, raises the minimum
// of every API.
func checkPasswordLength(f *fault.List, api model.API, password string, minimum int) {
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

// PasswordBytes is the maximum length of a password in bytes: the cost of hashing grows with
// it.
const PasswordBytes = 1024

// checkChosenUsername is checkNewUsername for a username that a user chooses.
func (d *Directory) checkChosenUsername(f *fault.List, api model.API, username string) {
	before := len(*f)
	checkNewUsername(f, api, username)
	if len(*f) == before && d.names.IsReservedWord(username) {
		f.Add("username", fault.Reserved, 0)
	}
}
