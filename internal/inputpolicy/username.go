package inputpolicy

import (
	"regexp"
	"slices"
	"strings"

	"roster.example/roster/internal/confusables"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
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
	if wrong := usernameFlaw(username); wrong != nil {
		f.AddText("username", fault.Malformed, wrong)
		return
	}
	if strict := policyOf(api).username; strict != nil {
		if bad := strict(username); bad.Code != "" {
			*f = append(*f, bad)
		}
	}
}

// CheckNewUsername is checkUsername for a username that the user does not have yet. It rejects
// a leading '-', which commands in scripts would parse as an option. Existing usernames of
// this form stay valid.
func CheckNewUsername(f *fault.List, api model.API, username string) {
	if strings.HasPrefix(username, "-") {
		f.AddMalformed("username", "it starts with '-'; start it with a letter or a digit")
		return
	}
	checkUsername(f, api, username)
}

// usernameFlaw returns why a username would break paths or credentials, or would look like
// another one; nil if it is valid.
func usernameFlaw(username string) *fault.Text {
	switch at := strings.IndexAny(username, "/:@\\?#%"); {
	case !unitext.IsPrintable(username):
		return fault.Textf(unitext.IllegibleReason(username))
	case at >= 0:
		return fault.Textf("it contains '{character}'; a username may contain letters, digits, '.', '-' and '_'", "character", username[at:at+1])
	case username == ".", username == "..":
		return fault.Textf("it is the name of a folder; add a letter or a digit")
	case confusables.IsDeceptive(username):
		return fault.Textf("it contains characters that look like others, such as letters of several scripts or full-width letters; write it with the letters of one script")
	}
	return nil
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

// CheckChosenUsername is CheckNewUsername for a username that a user chooses.
func CheckChosenUsername(p *Policy, f *fault.List, api model.API, username string) {
	before := len(*f)
	CheckNewUsername(f, api, username)
	if len(*f) == before && p.names.IsReservedWord(username) {
		f.Add("username", fault.Reserved, 0)
	}
}
