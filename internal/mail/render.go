package mail

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Kind is a kind of email, with the templates KIND.txt and KIND.html.
type Kind string

// The kinds of email.
const (
	// Verify has a link to verify the address of a new account.
	Verify Kind = "verify"
	// VerifyAddress has a link to verify an added or a new primary address.
	VerifyAddress Kind = "verify-address"
	// Recovery has a link to set a new password, which the user requested.
	Recovery Kind = "recovery"
	// Invitation has a link to join an organization.
	Invitation Kind = "invitation"
	// Reset has a link to set a new password, which an administrator requested.
	Reset Kind = "reset"
	// AddressChanged notifies the previous address of a changed primary address.
	AddressChanged Kind = "address-changed"
	// AccountCreated notifies a user of a new account.
	AccountCreated Kind = "account-created"
	// AccountExists notifies a user of a sign-up with an address that already has an account.
	AccountExists Kind = "account-exists"
	// SecondFactor notifies a user of a change of the second factors.
	SecondFactor Kind = "second-factor"
	// SecurityNotice notifies a user of a new or changed credential, or of an attempt to use one.
	SecurityNotice Kind = "security-notice"
	// AccountErased notifies the address of an account that its user has erased.
	AccountErased Kind = "account-erased"
)

// Kinds lists all kinds.
func Kinds() []Kind {
	return []Kind{Verify, VerifyAddress, Recovery, Invitation, Reset, AddressChanged, AccountCreated, AccountExists, SecondFactor, SecurityNotice, AccountErased}
}

// Data is the data of templates. Address is required, and Link unless linkOptional. Templates
// omit other empty fields.
type Data struct {
	// Site is the name of this installation, such as Roster.
	Site string
	// Organization is the name of the organization to join. Render puts it and the names
	// below in quotation marks.
	Organization string
	// Name is the name of the recipient, and Inviter that of the user that caused the email.
	Name, Inviter string
	// Link is an absolute http or https URL.
	Link string
	// Address is the address of the recipient.
	Address string
	// NewAddress is for AddressChanged: the new primary address. The email shows a part of it,
	// see maskAddress.
	NewAddress string
	// Kept is for AddressChanged: the recipient stays an address of the account until the new
	// one is verified, and Link reverts the change until then.
	Kept bool
	// Factor is for SecondFactor: app_added, app_removed, passkey_added, passkey_removed,
	// recovery_codes_replaced, recovery_code_used, reset or revoked.
	Factor string
	// Change is for SecurityNotice: password_changed, ssh_key_added, token_created, api_key_rotated,
	// signed_in, wrong_codes, passkey_copied or sign_in_notice_off.
	Change string
	// Item is for SecurityNotice: the name of the key or token, or the program of the session. Render puts it in quotation marks.
	Item string
	// From is for SecurityNotice and AccountErased: the IP address of the request. Render omits anything else.
	From string
	// ByOther is for SecurityNotice: another user made the change, such as an administrator.
	ByOther bool
	// Former is for notices: Address was the primary address of the account until recently.
	Former bool
	// Expires is the expiry of Link, in the time zone of the recipient; zero means never.
	Expires time.Time
	// Language is the language of the recipient, one of model.Languages; empty means the first.
	Language string
	// Product is PM415 for the subjects of pm415 (docs/products/pm415.md, 7); empty for
	// Roster's own.
	Product string
}

// Render renders an email with the built-in templates. Names are chosen by users that the
// recipient may not know. Render shortens them to one line, removes everything that a mail
// program would turn into a link, and puts them in quotation marks.
func Render(kind Kind, data Data) (Message, error) { return builtIn.Render(kind, data) }

// Render renders an email, like the function Render. Nil Templates are the built-in ones.
func (t *Templates) Render(kind Kind, data Data) (Message, error) {
	if t == nil {
		t = builtIn
	}
	set := t.in(data.Language)
	if set.texts.Lookup(string(kind)+".txt") == nil {
		return Message{}, fmt.Errorf("there is no email of kind %q", string(kind))
	}
	if err := data.check(kind); err != nil {
		return Message{}, fmt.Errorf("render the email %s: %w", kind, err)
	}
	data.Site = cmp.Or(oneLine(data.Site), "Roster")
	data.Name, data.Inviter, data.Organization, data.Item = quote(data.Name), quote(data.Inviter), quote(data.Organization), quote(data.Item)
	data.Product = oneLine(data.Product)
	if _, err := netip.ParseAddr(data.From); err != nil {
		data.From = ""
	}
	subject := data.subject(kind)
	data.NewAddress = maskAddress(data.NewAddress)
	m, err := set.execute(kind, data)
	if err != nil {
		return Message{}, fmt.Errorf("render the email %s: %w", kind, err)
	}
	m.Subject = cmp.Or(m.Subject, subject)
	return m, nil
}

// check does not check the syntax of Address: the sender checks it for every [Message].
func (d Data) check(kind Kind) error {
	if d.Address == "" {
		return errors.New("there is no recipient address")
	}
	if d.Link == "" && linkOptional(kind) {
		return nil
	}
	return checkLink(d.Link)
}

// linkOptional reports whether emails of that kind may have no link.
func linkOptional(kind Kind) bool {
	return kind == AddressChanged || kind == AccountCreated || kind == SecondFactor || kind == SecurityNotice || kind == AccountErased
}

// maskAddress returns the first character and the domain of an address, because the recipient
// may not be its owner. It returns "" for an invalid address.
func maskAddress(address string) string {
	local, domain, _ := strings.Cut(address, "@")
	first, _ := utf8.DecodeRuneInString(local)
	if checkAddress(address) != nil || strings.ContainsAny(address, `"<>`) {
		return ""
	}
	return string(first) + "***@" + domain
}

// oneLine collapses white space and removes characters that do not print, such as marks that
// change the text direction.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > 100 {
		s = string(runes[:100]) + "…"
	}
	return s
}

var (
	scheme = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*:/*`)
	// All characters that a mail program may interpret as the dot of a domain: those of UTS 46
	// (U+3002, U+FF0E, U+FF61), and those that NFKC maps to a dot.
	innerDot  = regexp.MustCompile(`([.\x{2024}\x{2488}-\x{249B}\x{3002}\x{FE52}\x{FF0E}\x{FF61}])(\S)`)
	separator = strings.NewReplacer("/", " ", "@", " at ", "\\", " ")
)

// quote puts text of a user in quotation marks, and replaces quotation marks in it.
func quote(s string) string {
	s = removeLinks(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Quotation_Mark, r) && r != '\'' && r != '’' {
			return '\''
		}
		return r
	}, s))
	if s == "" {
		return ""
	}
	return "“" + s + "”"
}

// removeLinks removes everything that a mail program would turn into a link. Otherwise a sign-up
// with the name "win at evil.example" and the address of another person would send spam. Each
// dot gets a space ("J. R. Tolkien").
func removeLinks(s string) string {
	s = scheme.ReplaceAllString(oneLine(s), "")
	return oneLine(innerDot.ReplaceAllString(separator.Replace(s), "$1 $2"))
}
