package mail

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Kind is an occasion to write. Its text is templates/KIND.txt, and the same as HTML
// templates/KIND.html.
type Kind string

// The occasions.
const (
	// Verify asks a person who signed up to confirm the address.
	Verify Kind = "verify"
	// VerifyAddress asks a person who has an account to confirm one more address
	// of theirs, or a new one.
	VerifyAddress Kind = "verify-address"
	// Recovery answers somebody who forgot the password.
	Recovery Kind = "recovery"
	// Invitation asks a person to join an organization.
	Invitation Kind = "invitation"
	// Reset tells that an administrator asks for a new password.
	Reset Kind = "reset"
	// AddressChanged tells the old address that another took its place.
	AddressChanged Kind = "address-changed"
	// AccountCreated tells a person that an account was made for them.
	AccountCreated Kind = "account-created"
	// AccountExists tells somebody who signed up that they have an account already.
	AccountExists Kind = "account-exists"
)

// Kinds lists all occasions.
func Kinds() []Kind {
	return []Kind{Verify, VerifyAddress, Recovery, Invitation, Reset, AddressChanged, AccountCreated, AccountExists}
}

// Data fills a text. Address is required, and Link for every kind that asks
// the reader to do something; what else is empty is left out.
type Data struct {
	// Site is the name this installation goes by, such as Roster.
	Site string
	// Organization is the name of the one that is joined. Compose puts this and the
	// names below in quotation marks.
	Organization string
	// Name is what the reader is called, and Inviter who caused the letter.
	Name, Inviter string
	// Link is what the reader should open: absolute, http or https.
	Link string
	// Address is where the letter goes.
	Address string
	// NewAddress is for AddressChanged: the one that counts from now on. The
	// letter shows enough of it to be recognized by whoever chose it.
	NewAddress string
	// Kept is for AddressChanged: the old address stays until the new one is
	// confirmed, and Link takes the change back until then.
	Kept bool
	// Expires is when Link stops to work; zero means never.
	Expires time.Time
	// Product makes subjects those of a product that is imitated, such as
	// PM415 (docs/products/pm415.md, 7); empty gives our own.
	Product string
}

// Render writes the letter of that kind with the built-in templates. Names are chosen by
// users, also from senders unknown to the reader. They are one line, not long, hold nothing
// that a mail program would make a link of, and stand in quotation marks.
func Render(kind Kind, data Data) (Message, error) { return builtIn.Render(kind, data) }

// Render writes the letter of that kind, as the function of that name does. Nil
// Templates are the built-in ones.
func (t *Templates) Render(kind Kind, data Data) (Message, error) {
	if t == nil {
		t = builtIn
	}
	if t.texts.Lookup(string(kind)+".txt") == nil {
		return Message{}, fmt.Errorf("there is no mail of kind %q", string(kind))
	}
	if err := data.check(kind); err != nil {
		return Message{}, fmt.Errorf("compose %s mail: %w", kind, err)
	}
	data.Site = cmp.Or(oneLine(data.Site), "Roster")
	data.Name, data.Inviter, data.Organization = quote(data.Name), quote(data.Inviter), quote(data.Organization)
	data.Product = oneLine(data.Product)
	subject := data.subject(kind)
	data.NewAddress = maskAddress(data.NewAddress)
	m, err := t.execute(kind, data)
	if err != nil {
		return Message{}, fmt.Errorf("compose %s mail: %w", kind, err)
	}
	m.Subject = cmp.Or(m.Subject, subject)
	return m, nil
}

// check leaves the form of the recipient's address to the sender, which looks at
// it for every letter ([Message]).
func (d Data) check(kind Kind) error {
	if d.Address == "" {
		return errors.New("there is no address to write to")
	}
	if d.Link == "" && linkOptional(kind) {
		return nil
	}
	return checkLink(d.Link)
}

// linkOptional reports whether letters of that kind need no link.
func linkOptional(kind Kind) bool { return kind == AddressChanged || kind == AccountCreated }

// subject gives pm415's own subjects [source] for Product, or ours.
func (d Data) subject(kind Kind) string {
	product := d.Product
	switch kind {
	case Verify, VerifyAddress:
		return "[" + cmp.Or(product, d.Site) + "] confirmation required"
	case Recovery:
		return "Password recovery"
	case Reset:
		return "Password reset"
	case Invitation:
		if product != "" {
			return "Join " + product
		}
		return "You are invited to " + cmp.Or(d.Organization, d.Site)
	case AddressChanged:
		return "Your address at " + d.Site + " was changed"
	default:
		return "Your account at " + d.Site
	}
}

// maskAddress shows of an address the first character and the domain: its holder did
// not ask for it to be told to anybody. What is no address would be a stranger's
// words, and is left out.
func maskAddress(address string) string {
	local, domain, _ := strings.Cut(address, "@")
	first, _ := utf8.DecodeRuneInString(local)
	if checkAddress(address) != nil || strings.ContainsAny(address, `"<>`) {
		return ""
	}
	return string(first) + "***@" + domain
}

// oneLine folds white space and drops what does not print, such as marks that
// turn the direction of writing around.
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
	// All characters that a mail client may read as the dot of a domain: those of UTS 46
	// (U+3002, U+FF0E, U+FF61), and those that NFKC turns into a dot.
	innerDot  = regexp.MustCompile(`([.\x{2024}\x{2488}-\x{249B}\x{3002}\x{FE52}\x{FF0E}\x{FF61}])(\S)`)
	separator = strings.NewReplacer("/", " ", "@", " at ", "\\", " ")
)

// quote marks text that a user chose: in quotation marks, and without any of its own.
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

// removeLinks keeps strangers from writing adverts through us: whoever signs up
// as "win at evil.example" with your address must not get a link into your
// mailbox. A space after each dot is the price ("J. R. Tolkien").
func removeLinks(s string) string {
	s = scheme.ReplaceAllString(oneLine(s), "")
	return oneLine(innerDot.ReplaceAllString(separator.Replace(s), "$1 $2"))
}
