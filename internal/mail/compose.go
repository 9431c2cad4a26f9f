package mail

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"text/template"
	"time"
	"unicode"
	"unicode/utf8"
)

// Kind is an occasion to write. Its text is templates/KIND.txt.
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
)

// Kinds lists all occasions.
func Kinds() []Kind {
	return []Kind{Verify, VerifyAddress, Recovery, Invitation, Reset, AddressChanged, AccountCreated}
}

// Data fills a text. Address is required, and Link for every kind that asks
// the reader to do something; what else is empty is left out.
type Data struct {
	// Site is the name this installation goes by, such as Roster.
	Site string
	// Organization is the name of the one that is joined.
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
	// confirmed.
	Kept bool
	// Expires is when Link stops to work; zero means never.
	Expires time.Time
	// Product makes subjects those of a product that is imitated, such as
	// PM415 (reference pm415 section 7); empty gives our own.
	Product string
}

//go:embed templates/*.txt
var templateFiles embed.FS

var letters = template.Must(template.New("").Option("missingkey=error").Funcs(template.FuncMap{
	"until": func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") },
}).ParseFS(templateFiles, "templates/*.txt"))

// Compose writes the letter of that kind. Names come from people, so they are
// made harmless: one line, not long, and nothing a mail program would make a
// link of.
func Compose(kind Kind, data Data) (Message, error) {
	text := letters.Lookup(string(kind) + ".txt")
	if text == nil {
		return Message{}, fmt.Errorf("there is no mail of kind %q", string(kind))
	}
	if err := data.check(kind); err != nil {
		return Message{}, fmt.Errorf("compose %s mail: %w", kind, err)
	}
	data.Site = cmp.Or(oneLine(data.Site), "Roster")
	data.Name, data.Inviter = unlinked(data.Name), unlinked(data.Inviter)
	data.Organization = unlinked(data.Organization)
	subject := data.subject(kind)
	data.NewAddress = masked(data.NewAddress)
	var b strings.Builder
	if err := text.Execute(&b, data); err != nil {
		return Message{}, fmt.Errorf("compose %s mail: %w", kind, err)
	}
	return Message{To: data.Address, Subject: subject, Text: b.String(), Link: data.Link}, nil
}

// check leaves the form of the recipient's address to the sender, which looks at
// it for every letter ([Message]).
func (d Data) check(kind Kind) error {
	if d.Address == "" {
		return errors.New("there is no address to write to")
	}
	if d.Link == "" && (kind == AddressChanged || kind == AccountCreated) {
		return nil
	}
	return checkLink(d.Link)
}

// subject gives pm415's own subjects [source] for Product, or ours.
func (d Data) subject(kind Kind) string {
	product := oneLine(d.Product)
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

// masked shows of an address the first character and the domain: its holder did
// not ask for it to be told to anybody. What is no address would be a stranger's
// words, and is left out.
func masked(address string) string {
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
	scheme    = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*:/*`)
	innerDot  = regexp.MustCompile(`\.(\S)`)
	separator = strings.NewReplacer("/", " ", "@", " at ", "\\", " ")
)

// unlinked keeps strangers from writing adverts through us: whoever signs up
// as "win at evil.example" with your address must not get a link into your
// mailbox. A space after each dot is the price ("J. R. Tolkien").
func unlinked(s string) string {
	s = scheme.ReplaceAllString(oneLine(s), "")
	return oneLine(innerDot.ReplaceAllString(separator.Replace(s), ". $1"))
}
