package directory

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/unitext"
)

// reservedWords are names that users may not give themselves, nor to organizations
// they create: they read as an office of the server, or are words of paths and of
// other programs. Administrators may give them. The keys are skeletons.
var reservedWords = sync.OnceValue(func() map[string]bool {
	return skeletonSet(reservedWordList)
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

func skeletonSet(list string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(list) {
		set[skeleton(word)] = true
	}
	return set
}

// forAdministrators reports whether only administrators may give this name: it looks
// like a reserved word, or is nothing but digits, which read as an id.
func (d *Directory) isReservedWord(name string) bool {
	return looksLike(name, reservedWords(), d.reserved) || onlyDigits(name)
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

// checkOwnUsername is checkNewUsername for a name that users give themselves.
func (d *Directory) checkChosenUsername(f *fault.List, api API, username string) {
	before := len(*f)
	checkNewUsername(f, api, username)
	if len(*f) == before && d.isReservedWord(username) {
		f.Add("username", fault.Reserved, 0)
	}
}

// ranksAsAdministrator reports whether the rules for names that users choose do not bind
// the actor.
func exemptFromNameRules(actor Actor, self User) bool { return actor.isOperator() || self.Admin }

// freedBy is the user whom a freed name counts against; 0 is none.
func freedBy(actor Actor, self User) UserID {
	if exemptFromNameRules(actor, self) {
		return 0
	}
	return self.ID
}

// maxOwnOrganizations is the number of organizations with the user as Admin from which on
// the user cannot create another one. It does not bind administrators of the server.
const maxOwnOrganizations = 100

// mayFound returns Forbidden for users without a role beyond Pending, unless the setting lets
// them create organizations. Names of organizations are conditions of forward auth, so only
// administrators may use reserved ones, and the number of names of other users is bounded.
func (d *Directory) requireCanCreateOrganization(tx Reader, actor Actor, self User, name string) error {
	if exemptFromNameRules(actor, self) {
		return nil
	}
	memberships, err := tx.Memberships(self.ID)
	if err != nil {
		return err
	}
	if !d.options.SignUpOrganizations && !hasRoleBeyondPending(memberships) {
		return organizationCreationClosed()
	}
	if err := d.checkOrganizationNotReserved(name); err != nil {
		return err
	}
	own := 0
	for _, m := range memberships {
		if m.Role.ID == RoleAdmin {
			own++
		}
	}
	if own >= maxOwnOrganizations {
		return fault.InvalidField("organization", fault.TooMany, maxOwnOrganizations)
	}
	return d.requireCanFreeNames(tx, self, 0)
}

// mayRename is mayFound for another name of an organization.
func (d *Directory) requireCanRenameOrganization(tx Reader, actor Actor, self User, org Organization, name string) error {
	if exemptFromNameRules(actor, self) || unitext.Fold(org.Name) == unitext.Fold(name) {
		return nil
	}
	if err := d.checkOrganizationNotReserved(name); err != nil {
		return err
	}
	own, err := tx.ReservedAmong(OrganizationKind, []string{unitext.Fold(name)})
	if err != nil || len(own) > 0 && own[0].Holder == int64(org.ID) {
		return err
	}
	return d.requireCanFreeNames(tx, self, org.ID)
}

// checkFounded checks a name that no administrator gives to an organization.
func (d *Directory) checkOrganizationNotReserved(name string) error {
	if d.isReservedWord(name) || d.isReservedWord(Slug(name)) {
		return fault.InvalidField("organization", fault.Reserved, 0)
	}
	return nil
}

func organizationCreationClosed() error {
	return fault.New(fault.Forbidden, "users who signed up by themselves cannot create organizations here; ask an administrator to create it, or to give you a role first",
		fault.Field{Name: "organization", Code: fault.Closed})
}

// admitted reports whether one of the memberships has a role beyond Pending.
func hasRoleBeyondPending(memberships []Membership) bool {
	for _, m := range memberships {
		if m.Role.ID != RolePending {
			return true
		}
	}
	return false
}
