package emailaddress

import (
	"net/mail"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/unitext"
)

// MaxLength is in bytes: the 256 of RFC 5321, section 4.5.3.1.3, without the angle brackets.
const MaxLength = 254

// Check adds a fault to field "email" unless address is one bare address, without a display
// name, a comment, or anything that could begin a second header of an email.
func Check(f *fault.List, address string) {
	switch {
	case strings.TrimSpace(address) == "":
		f.Add("email", fault.Blank, 0)
	case len(address) > MaxLength:
		f.Add("email", fault.TooLong, MaxLength)
	case !unitext.RequireNoBlanks(f, "email", address):
	default:
		if wrong := flaw(address); wrong != "" {
			f.AddMalformed("email", wrong)
		}
	}
}

// Valid reports whether text is one bare email address.
func Valid(text string) bool {
	var f fault.List
	Check(&f, text)
	return len(f) == 0
}

// flaw says what is wrong with an address, "" if nothing is.
func flaw(address string) string {
	if !unitext.IsPrintable(address) {
		return unitext.IllegibleReason(address)
	}
	if strings.ContainsFunc(address, func(r rune) bool { return unicode.In(r, unicode.Z) || unitext.IsInvisible(r) }) {
		return "it contains invisible characters; type it again without them"
	}
	local, domain, _ := strings.Cut(address, "@")
	if strings.Count(address, "@") != 1 || local == "" || domain == "" {
		return "it needs one '@' between a name and a domain, as in ada@example.org"
	}
	if strings.ContainsAny(address, "()<>[]:;,\\\"") {
		return "it contains a character that is not allowed; write the bare address, without a name, quotes or brackets, as in ada@example.org"
	}
	if !validLocalPart(local) {
		return "the part before '@' has at most 64 bytes, letters, digits and signs, and no dot at its ends or beside another"
	}
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || parsed.Name != "" || !validDomain(domain, MaxLength-len(local)-1) {
		return "the part after '@' is not a domain, as in example.org: labels of letters, digits and inner hyphens, with dots between them"
	}
	return ""
}

// localPartLimit is in bytes (RFC 5321, section 4.5.3.1.1).
const localPartLimit = 64

// validLocalPart accepts dot-atoms (RFC 5321, section 4.1.2; RFC 6531, section 3.3) that stay
// dot-atoms when characters of compatibility are replaced by the plain ones.
func validLocalPart(local string) bool {
	plain := norm.NFKC.String(local)
	if len(local) > localPartLimit || strings.ContainsAny(plain, "@()<>[]:;,\\\" ") {
		return false
	}
	return !slices.Contains(strings.Split(plain, "."), "")
}

// domainProfile converts domains of any script as mail servers do (UTS 46).
var domainProfile = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true),
	idna.CheckHyphens(false), idna.Transitional(false))

// validDomain accepts host names whose ASCII form has labels of letters, digits and inner
// hyphens, of 63 bytes each, and limit bytes in all.
func validDomain(domain string, limit int) bool {
	ascii, err := domainProfile.ToASCII(domain)
	if err != nil || ascii == "" || len(ascii) > limit {
		return false
	}
	shown, err := domainProfile.ToUnicode(ascii)
	return err == nil && !slices.ContainsFunc(strings.Split(ascii+"."+shown, "."), func(label string) bool {
		return label == "" || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-")
	})
}
