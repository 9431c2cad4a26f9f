package directory

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// reservedWords are names that users may not give themselves, nor to organizations
// they create: they read as an office of the server, or are words of paths and of
// other programs. Administrators may give them. Each stands as [skeleton] has it.
var reservedWords = wordSet(`
	admin admins administrator administrators root system sysadmin superuser sudo operator
	support helpdesk security abuse noc postmaster hostmaster webmaster mailer-daemon no-reply noreply
	nobody anonymous everyone everybody null undefined true false self me
	daemon bin sys mail www www-data ftp git ssh sshd nginx apache postgres mysql
	api oauth oauth2 openid saml scim ldap login logout signin signout signup register
	registration account password forgot reset verify setup settings config console docs
	assets static public healthz readyz metrics well-known favicon robots
	users profile profiles roles organizations permissions invitations tokens sessions keys events webhooks
	import export forward-auth ssh-keys roster gitlab wekan codebase pm415
`)

func wordSet(list string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(list) {
		set[skeleton(word)] = true
	}
	return set
}

// forAdministrators reports whether only administrators may give this name: it looks
// like a reserved word, or is nothing but digits, which read as an id.
func (d *Directory) forAdministrators(name string) bool {
	form := skeleton(name)
	return reservedWords[form] || d.reserved[form] || onlyDigits(name)
}

// onlyDigits reports whether text has digits or numbers of any script, and no letter.
func onlyDigits(text string) bool {
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

// skeleton maps names that look alike to one text: without case, accents and
// separators, and with letters of other scripts and digits as the Latin letters they
// resemble. It is the idea of Unicode Technical Standard 39 for a short list of words.
func skeleton(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(Fold(norm.NFKC.String(name))) {
		switch {
		case unicode.IsMark(r), unicode.IsPunct(r), unicode.IsSpace(r), unicode.Is(unicode.Cf, r):
			continue
		case resembles[r] != 0:
			r = resembles[r]
		}
		b.WriteRune(r)
	}
	return b.String()
}

// resembles maps characters to the small Latin letter that they look like.
var resembles = pairs(
	"0o", "1i", "3e", "4a", "5s", "7t", "8b", "li", "|i", "$s",
	"аa", "вb", "еe", "іi", "јj", "кk", "мm", "нh", "оo", "рp", "сc", "тt", "уy", "хx", "ѕs", "һh", "ԁd", "ԛq", "ԝw", "ӏi", "гr", "пn", "иu",
	"αa", "βb", "γy", "εe", "ιi", "κk", "νv", "οo", "ρp", "σo", "τt", "υu", "χx", "ηn", "ωw",
	"ıi", "ɑa", "ɡg", "ʟi", "ɩi", "øo", "đd", "łi", "ħh", "ŧt",
)

func pairs(all ...string) map[rune]rune {
	m := map[rune]rune{}
	for _, pair := range all {
		runes := []rune(pair)
		m[runes[0]] = runes[1]
	}
	return m
}

// checkOwnUsername is checkUsername for a name that users give themselves.
func (d *Directory) checkOwnUsername(f *faults, api API, username string) {
	before := len(*f)
	checkUsername(f, api, username)
	if len(*f) == before && d.forAdministrators(username) {
		f.add("username", Reserved, 0)
	}
}

// mayFound refuses users without a role beyond Pending, who signed up by themselves,
// to create organizations, unless the setting allows it. Names of organizations are
// conditions of forward authentication.
func (d *Directory) mayFound(tx Reader, who Actor, me User, name string) error {
	if who.operator() || me.Admin {
		return nil
	}
	if !d.options.SignUpOrganizations {
		memberships, err := tx.Memberships(me.ID)
		if err != nil {
			return err
		}
		if !admitted(memberships) {
			return noFounding()
		}
		return nil
	}
	return d.checkFounded(name)
}

// checkFounded checks a name that no administrator gives to an organization.
func (d *Directory) checkFounded(name string) error {
	if d.forAdministrators(name) || d.forAdministrators(Slug(name)) {
		return invalid("organization", Reserved, 0)
	}
	return nil
}

func noFounding() error {
	return fail(Forbidden, "users who signed up by themselves cannot create organizations here; ask an administrator to create it, or to give you a role first",
		Fault{Field: "organization", Code: Closed})
}

// admitted reports whether one of the memberships has a role beyond Pending.
func admitted(memberships []Membership) bool {
	for _, m := range memberships {
		if m.Role.ID != RolePending {
			return true
		}
	}
	return false
}
