package directory

import (
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"roster.example/roster/internal/fault"
)

// EmailID identifies one address of one person.
type EmailID int64

// Email is an address of a person. Addresses are unique on the server without
// regard to case, but for those of users who wait for an invitation, and keep the
// case they were given.
type Email struct {
	ID       EmailID
	User     UserID
	Address  string
	Primary  bool
	Verified bool // its holder followed a link that was sent to it
	// Former says that this was the primary address, proven, until another took
	// its place that is not proven yet. It goes when that one is.
	PreviousPrimary bool
	// Invited marks the address of a user who waits for an invitation. It reserves
	// nothing: an account may have the address, and so may users who wait for the
	// invitations of other organizations. It is the only address of its user.
	Invited bool
	// Claimed says that the user entered the address, not an administrator. While it is
	// not verified, an account loses it to the holder of a link that was mailed there.
	Claimed   bool
	CreatedAt time.Time
}

// addressLimit is RFC 5321 §4.5.3.1.3 (path, 256 octets) less its brackets.
const addressLimit = 254

// checkAddress refuses what is not a bare address: a display name, a comment, a
// list, or anything that could end up as a second header of a mail.
func checkAddress(f *fault.List, address string) {
	switch {
	case strings.TrimSpace(address) == "":
		f.Add("email", fault.Blank, 0)
	case len(address) > addressLimit:
		f.Add("email", fault.TooLong, addressLimit)
	case !requireNoBlanks(f, "email", address):
	default:
		if wrong := addressFlaw(address); wrong != "" {
			f.AddMalformed("email", wrong)
		}
	}
}

// ValidAddress reports whether text is one bare e-mail address.
func ValidAddress(text string) bool {
	var f fault.List
	checkAddress(&f, text)
	return len(f) == 0
}

// addressFlaw says what keeps text from being one bare address; "" if nothing does.
func addressFlaw(address string) string {
	if !isPrintable(address) {
		return illegibleReason(address)
	}
	if strings.ContainsFunc(address, func(r rune) bool { return unicode.In(r, unicode.Z) || isInvisible(r) }) {
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
	if err != nil || parsed.Address != address || parsed.Name != "" || !validDomain(domain, addressLimit-len(local)-1) {
		return "the part after '@' is not a domain, as in example.org: labels of letters, digits and inner hyphens, with dots between them"
	}
	return ""
}

// localPartLimit is RFC 5321, 4.5.3.1.1, in bytes.
const localPartLimit = 64

// validLocalPart takes dot-atoms alone (RFC 5321, 4.1.2; RFC 6531, 3.3), also once
// characters of compatibility are read as the plain ones they stand for.
func validLocalPart(local string) bool {
	plain := norm.NFKC.String(local)
	if len(local) > localPartLimit || strings.ContainsAny(plain, "@()<>[]:;,\\\" ") {
		return false
	}
	return !slices.Contains(strings.Split(plain, "."), "")
}

// addressDomain reads domains of any script as mail servers do (UTS 46).
var addressDomain = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true),
	idna.CheckHyphens(false), idna.Transitional(false))

// validDomain takes host names whose ASCII form has labels of letters, digits and inner
// hyphens, of 63 bytes each, and limit bytes in all.
func validDomain(domain string, limit int) bool {
	ascii, err := addressDomain.ToASCII(domain)
	if err != nil || ascii == "" || len(ascii) > limit {
		return false
	}
	shown, err := addressDomain.ToUnicode(ascii)
	return err == nil && !slices.ContainsFunc(strings.Split(ascii+"."+shown, "."), func(label string) bool {
		return label == "" || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-")
	})
}
