// Package emailaddress checks email addresses, and compares them as mail servers do.
package emailaddress

import (
	"strings"

	"golang.org/x/net/idna"

	"roster.example/roster/internal/unitext"
)

// Key returns the form in which addresses are compared: the local part folded and without
// characters of compatibility (NFKC), and the domain in ASCII as mail servers look it up (UTS 46).
// Addresses with the same key are one mailbox and belong to one account.
//
// The key of a key is the key. Text that is no address has a key as well; a domain that
// cannot be converted is folded like the local part. [Valid] rejects both.
func Key(address string) string {
	if unitext.IsASCII(address) {
		// Labels of other scripts are in ASCII already ("xn--…"), or are none.
		return strings.ToLower(strings.TrimRight(address, "."))
	}
	local, domain, found := Split(unitext.FoldCompatible(address))
	if !found {
		return strings.TrimRight(local, ".")
	}
	// The domain is taken from the text as given: folding turns ß, which is a letter of
	// its own in domains, into ss.
	_, given, found := Split(address)
	if converted, ok := ASCIIDomain(given); found && ok {
		domain = converted
	}
	return local + "@" + strings.TrimRight(domain, ".")
}

// dots are the characters that separate the labels of a domain (UTS 46, section 2.3).
const dots = ".\u3002\uFF0E\uFF61"

// ASCIIDomain returns a domain as mail servers look it up, and whether it is valid.
func ASCIIDomain(name string) (string, bool) {
	converted, err := domainProfile.ToASCII(strings.TrimRight(name, dots))
	return converted, err == nil && converted != ""
}

// Text returns the key with the domain in the folded letters of its own script, for searches by a
// part of the address.
func Text(address string) string {
	key := Key(address)
	local, domain, found := Split(key)
	if !found || !strings.Contains(domain, "xn--") {
		return key
	}
	text, err := idna.Display.ToUnicode(domain)
	if err != nil {
		return key
	}
	return local + "@" + unitext.FoldCompatible(text)
}

// Same reports whether two addresses have the same key.
func Same(a, b string) bool { return Key(a) == Key(b) }

// SearchPart returns a part of an address in the form of [Key] and [Text].
func SearchPart(part string) string {
	return unitext.FoldCompatible(strings.Map(func(r rune) rune {
		if strings.ContainsRune(dots, r) {
			return '.'
		}
		return r
	}, part))
}

// SearchText returns the form in which a search looks for text. A part of an address matches in
// the letters of its own script and in ASCII.
func SearchText(text string) string {
	if !strings.Contains(text, "@") {
		return unitext.Fold(text)
	}
	return SearchPart(text)
}

// Split cuts an address at its last '@'.
func Split(address string) (local, domain string, found bool) {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address, "", false
	}
	return address[:at], address[at+1:], true
}
