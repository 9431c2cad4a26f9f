package directory

import (
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// AddressKey is the form in which email addresses are compared: the local part as
// [Fold] has it, without characters of compatibility (NFKC), and the domain in ASCII as
// mail servers look it up (UTS 46). Two addresses with the same key are one mailbox, and
// belong to one account.
//
// The key of a key is the key. Text that is no address has a key as well; a domain that
// cannot be converted is folded like the local part. [ValidAddress] rejects both.
func AddressKey(address string) string {
	if isASCII(address) {
		// Labels of other scripts are in ASCII already ("xn--…"), or are none.
		return strings.ToLower(strings.TrimRight(address, "."))
	}
	local, domain, found := splitAddress(foldCompatible(address))
	if !found {
		return strings.TrimRight(local, ".")
	}
	// The domain is taken from the text as given: folding turns ß, which is a letter of
	// its own in domains, into ss.
	_, given, found := splitAddress(address)
	if converted, ok := ASCIIDomain(given); found && ok {
		domain = converted
	}
	return local + "@" + strings.TrimRight(domain, ".")
}

// dots are the characters that separate the labels of a domain (UTS 46, section 2.3).
const dots = ".\u3002\uFF0E\uFF61"

// ASCIIDomain returns a domain as mail servers look it up, and whether it is one.
func ASCIIDomain(name string) (string, bool) {
	converted, err := addressDomain.ToASCII(strings.TrimRight(name, dots))
	return converted, err == nil && converted != ""
}

// AddressText is the key of an address with its domain in the folded letters of its own
// script, for searches by a part of it.
func AddressText(address string) string {
	key := AddressKey(address)
	local, domain, found := splitAddress(key)
	if !found || !strings.Contains(domain, "xn--") {
		return key
	}
	text, err := idna.Display.ToUnicode(domain)
	if err != nil {
		return key
	}
	return local + "@" + foldCompatible(text)
}

// SameAddress reports whether two addresses are spellings of one.
func SameAddress(a, b string) bool { return AddressKey(a) == AddressKey(b) }

// addressNeedle is part of an address, as searches compare it with [AddressKey] and
// [AddressText].
func addressSearchText(part string) string {
	return foldCompatible(strings.Map(func(r rune) rune {
		if strings.ContainsRune(dots, r) {
			return '.'
		}
		return r
	}, part))
}

// SearchText is the form in which a search looks for text. Part of an address is found in
// the letters of its own script and in ASCII.
func SearchText(text string) string {
	if !strings.Contains(text, "@") {
		return Fold(text)
	}
	return addressSearchText(text)
}

func splitAddress(address string) (local, domain string, found bool) {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address, "", false
	}
	return address[:at], address[at+1:], true
}

// foldCompatible is Fold for text whose characters of compatibility stand for plain
// ones. Each of the two forms can undo the other for a few characters, so they take
// turns until nothing changes.
func foldCompatible(text string) string {
	const enough = 4
	for range enough {
		folded := norm.NFKC.String(Fold(norm.NFKC.String(text)))
		if folded == text {
			break
		}
		text = folded
	}
	return text
}
