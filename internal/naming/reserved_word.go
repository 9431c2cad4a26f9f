package naming

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"roster.example/roster/internal/confusables"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

// reservedWords holds names that only administrators may use for users and organizations: they
// look like an office of the server, or occur in paths and in other programs. The keys are
// skeletons.
var reservedWords = sync.OnceValue(func() map[string]bool {
	return confusables.Skeletons(reservedWordList)
})

const reservedWordList = `
	admin admins administrator administrators root system sysadmin superuser sudo operator
	support helpdesk security abuse noc postmaster hostmaster webmaster mailer-daemon no-reply noreply
	nobody anonymous everyone everybody null undefined true false self me
	daemon bin sys mail www www-data ftp git ssh sshd nginx apache postgres mysql
	api oauth oauth2 openid saml scim ldap login logout signin signout signup register
	registration account password forgot reset verify setup settings config console docs
	assets static public healthz readyz metrics well-known favicon robots
	users profile profiles roles organizations permissions invitations tokens sessions keys events webhooks
	import export forward-auth ssh-keys roster gitlab wekan codebase pm415
`

// countedWords are the reserved words whose plural is reserved too. With a number, such as "user5", they
// are ordinary names; the digit 5 would otherwise be read as the s of the plural.
var countedWords = strings.Fields(`
	admin administrator setting doc asset robot user profile role organization permission invitation token session key event webhook
	ssh-key`)

// IsReservedWord reports whether only administrators may use this name: it looks like a
// reserved word, or consists of digits, which would read as an id.
func (p *Policy) IsReservedWord(name string) bool {
	if OnlyDigits(name) || confusables.LooksLike(name, p.words) {
		return true
	}
	return !isCounted(name) && confusables.LooksLike(name, reservedWords())
}

// isCounted reports whether the name is one of countedWords with a number behind it.
func isCounted(name string) bool {
	word := strings.TrimRight(name, "0123456789")
	return word != name && slices.Contains(countedWords, unitext.Fold(strings.TrimRight(word, " -._")))
}

// OnlyDigits reports whether text contains digits or numbers of any script, and no letter.
func OnlyDigits(text string) bool {
	digits := false
	for _, r := range norm.NFKC.String(text) {
		switch {
		case unicode.IsNumber(r):
			digits = true
		case unicode.IsLetter(r), unicode.IsMark(r):
			return false
		}
	}
	return digits
}

// Exempt reports whether the actor may use every name.
func Exempt(actor model.Actor, self model.User) bool {
	return actor.IsOperator() || self.Admin
}

// FreedBy returns the user that a freed name is counted for; 0 is none.
func FreedBy(actor model.Actor, self model.User) model.UserID {
	if Exempt(actor, self) {
		return 0
	}
	return self.ID
}

// RequireUnmixedWords returns an error if a word of the name has letters of several scripts.
func RequireUnmixedWords(field, name string) error {
	var f fault.List
	if confusables.HasMixedWord(name) {
		f.AddMalformed(field, "a word in it has letters of several scripts that look alike; write each word with the letters of one script")
	}
	return f.Err()
}
