package config

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/net/idna"
)

// Duration is a time span, written like 90s, 10m, 1h30m or 7d.
type Duration time.Duration

// UnmarshalText parses the text form.
func (d *Duration) UnmarshalText(text []byte) error {
	s := string(text)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n <= 100000 {
			*d = Duration(time.Duration(n) * 24 * time.Hour)
			return nil
		}
	}
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 {
		return fmt.Errorf("%q is not a time span: write it like 30s, 10m, 2h or 7d", s)
	}
	*d = Duration(v)
	return nil
}

// MarshalText returns the text form without the zeros of time.Duration.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String returns 10m instead of 10m0s.
func (d Duration) String() string {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// Size is a number of bytes, written like 512KiB, 1MiB or 10MB.
type Size int64

type unit struct {
	name  string
	bytes int64
}

// units lists binary units before decimal ones, the largest first.
func units() []unit {
	return []unit{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"KB", 1e3}, {"B", 1}}
}

// UnmarshalText parses the text form; a number without a unit is bytes.
func (z *Size) UnmarshalText(text []byte) error {
	s, factor := strings.TrimSpace(string(text)), int64(1)
	for _, u := range units() {
		if number, ok := strings.CutSuffix(s, u.name); ok {
			s, factor = strings.TrimSpace(number), u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/factor {
		return fmt.Errorf("%q is not a size: write it like 512KiB, 1MiB or 10MB", text)
	}
	*z = Size(n * factor)
	return nil
}

// MarshalText uses the largest binary unit without a remainder.
func (z Size) MarshalText() ([]byte, error) { return []byte(z.String()), nil }

// String returns the text form.
func (z Size) String() string {
	for _, u := range units()[:3] {
		if z > 0 && int64(z)%u.bytes == 0 {
			return strconv.FormatInt(int64(z)/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(int64(z), 10) + "B"
}

// Networks are address ranges; a single address is a range of one.
type Networks []netip.Prefix

// UnmarshalText parses a list with commas.
func (n *Networks) UnmarshalText(text []byte) error {
	all := Networks{}
	for _, part := range split(string(text)) {
		prefix, err := parseNetwork(part)
		if err != nil {
			return fmt.Errorf("%q is not a network: write it like 10.0.0.0/8, fd00::/8 or 192.0.2.1", part)
		}
		all = append(all, prefix)
	}
	*n = all
	return nil
}

func parseNetwork(s string) (netip.Prefix, error) {
	if !strings.Contains(s, "/") {
		address, err := netip.ParseAddr(s)
		if err != nil || address.Zone() != "" {
			return netip.Prefix{}, errors.New("not an address")
		}
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(s)
	return prefix.Masked(), err
}

func (n Networks) list() []string {
	all := make([]string, 0, len(n))
	for _, prefix := range n {
		all = append(all, prefix.String())
	}
	return all
}

// Hosts are host names in lower case, without scheme or port.
type Hosts []string

// UnmarshalText parses a list with commas.
func (h *Hosts) UnmarshalText(text []byte) error {
	all := Hosts{}
	for _, name := range split(string(text)) {
		name = strings.TrimSuffix(strings.ToLower(name), ".")
		if !isHost(name) {
			return fmt.Errorf("%q is not a host name: write it like gitlab.example.org, without scheme and port", name)
		}
		all = append(all, name)
	}
	*h = all
	return nil
}

func (h Hosts) list() []string { return append([]string{}, h...) }

// Domains are domains of email addresses in their ASCII form; *.example.org matches all
// subdomains of example.org.
type Domains []string

// UnmarshalText reads them with commas between, in any script (RFC 5890).
func (d *Domains) UnmarshalText(text []byte) error {
	all := Domains{}
	for _, written := range split(string(text)) {
		name, below := strings.CutPrefix(strings.TrimSuffix(written, "."), "*.")
		ascii, err := idna.Lookup.ToASCII(name)
		if err != nil || !isHost(ascii) || !strings.Contains(ascii, ".") {
			return fmt.Errorf("%q is not a domain: write it like example.org or *.example.org", written)
		}
		if below {
			ascii = "*." + ascii
		}
		all = append(all, ascii)
	}
	*d = all
	return nil
}

func (d Domains) list() []string { return append([]string{}, d...) }

// Words are single words.
type Words []string

// UnmarshalText parses a list with commas.
func (w *Words) UnmarshalText(text []byte) error {
	all := Words{}
	for _, word := range split(string(text)) {
		if strings.ContainsFunc(word, unicode.IsSpace) {
			return fmt.Errorf("%q is not one word: write words with commas between", word)
		}
		all = append(all, word)
	}
	*w = all
	return nil
}

func (w Words) list() []string { return append([]string{}, w...) }

// isHost reports whether s is a host name or an IP address.
func isHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
		if strings.Trim(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
			return false
		}
	}
	return len(s) <= 253
}

func split(s string) []string {
	var parts []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}
