package directory

import (
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"roster.example/roster/internal/confusables"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
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

// isReservedWord reports whether only administrators may use this name: it looks like a
// reserved word, or consists of digits, which would read as an id.
func (d *Directory) isReservedWord(name string) bool {
	return confusables.LooksLike(name, reservedWords(), d.reserved) || onlyDigits(name)
}

// onlyDigits reports whether text contains digits or numbers of any script, and no letter.
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

// checkChosenUsername is checkNewUsername for a username that a user chooses.
func (d *Directory) checkChosenUsername(f *fault.List, api model.API, username string) {
	before := len(*f)
	checkNewUsername(f, api, username)
	if len(*f) == before && d.isReservedWord(username) {
		f.Add("username", fault.Reserved, 0)
	}
}

// exemptFromNameRules reports whether the actor may use every name.
func exemptFromNameRules(actor model.Actor, self model.User) bool {
	return actor.IsOperator() || self.Admin
}

// freedBy returns the user that a freed name is counted for; 0 is none.
func freedBy(actor model.Actor, self model.User) model.UserID {
	if exemptFromNameRules(actor, self) {
		return 0
	}
	return self.ID
}

// maxOwnOrganizations is the number of organizations with the user as Admin from which on the
// user cannot create another one. Administrators of the server are exempt.
const maxOwnOrganizations = 100

// requireCanCreateOrganization returns Forbidden for users without a role beyond Pending,
// unless the setting allows it. Access policies name organizations, so only administrators may
// use reserved words, and the number of names that other users can take is limited.
func (d *Directory) requireCanCreateOrganization(tx model.Reader, actor model.Actor, self model.User, name string) error {
	if exemptFromNameRules(actor, self) {
		return nil
	}
	memberships, err := tx.Memberships(self.ID)
	if err != nil {
		return err
	}
	if !d.options.SignUpOrganizations && !operation.HasRoleBeyondPending(memberships) {
		return organizationCreationClosed()
	}
	if err := d.checkOrganizationNotReserved(name); err != nil {
		return err
	}
	own := 0
	for _, m := range memberships {
		if m.Role.ID == model.RoleAdmin {
			own++
		}
	}
	if own >= maxOwnOrganizations {
		return fault.InvalidField("organization", fault.TooMany, maxOwnOrganizations)
	}
	return d.requireCanFreeNames(tx, self, 0)
}

// requireCanRenameOrganization is requireCanCreateOrganization for a new name of an
// organization.
func (d *Directory) requireCanRenameOrganization(tx model.Reader, actor model.Actor, self model.User, org model.Organization, name string) error {
	if exemptFromNameRules(actor, self) || unitext.Fold(org.Name) == unitext.Fold(name) {
		return nil
	}
	if err := d.checkOrganizationNotReserved(name); err != nil {
		return err
	}
	own, err := tx.ReservedAmong(model.OrganizationKind, []string{unitext.Fold(name)})
	if err != nil || len(own) > 0 && own[0].Holder == int64(org.ID) {
		return err
	}
	return d.requireCanFreeNames(tx, self, org.ID)
}

// checkOrganizationNotReserved returns an error if the name or its slug is a reserved word, or if a
// word of the name mixes scripts.
func (d *Directory) checkOrganizationNotReserved(name string) error {
	if d.isReservedWord(name) || d.isReservedWord(model.Slug(name)) {
		return fault.InvalidField("organization", fault.Reserved, 0)
	}
	return requireUnmixedWords("organization", name)
}

// requireUnmixedWords returns an error if a word of the name has letters of several scripts.
func requireUnmixedWords(field, name string) error {
	var f fault.List
	if confusables.HasMixedWord(name) {
		f.AddMalformed(field, "a word in it has letters of several scripts that look alike; write each word with the letters of one script")
	}
	return f.Err()
}

func organizationCreationClosed() error {
	return fault.New(fault.Forbidden, "users who signed up by themselves cannot create organizations here; ask an administrator to create it, or to give you a role first",
		fault.Field{Name: "organization", Code: fault.Closed})
}
