package config

import (
	"cmp"
	"encoding"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/publicsuffix"

	"roster.example/roster/internal/secret"
)

// check checks each setting, and then combinations of settings.
func (l *loader) check() {
	for _, s := range l.settings {
		if l.broken[s.Name] {
			continue
		}
		if err := s.check(&l.config); err != nil {
			l.broken[s.Name] = true
			l.fault(l.origin[s.Name], s.Name, "%s", err)
		}
	}
	l.config.BaseURL = strings.TrimRight(l.config.BaseURL, "/")
	l.checkKeys()
	l.checkSignUp()
	l.checkMail()
	l.checkAddresses()
	l.checkHosts()
	l.checkForwardDomain()
}

// check checks a value against the tags of its setting.
func (s Setting) check(c *Config) error {
	field := s.field(c)
	if text, ok := field.Interface().(secret.Text); ok && text.Reveal() == text.String() {
		return errors.New("contains the mask of a secret: write the secret itself, or omit the setting")
	}
	if field.Kind() == reflect.String {
		return s.checkText(field.String())
	}
	if s.tag.Get("min") != "" {
		return s.checkRange(field)
	}
	return nil
}

func (s Setting) checkText(text string) error {
	if text == "" {
		if s.Default != "" {
			return errors.New("must not be empty: omit the setting for " + s.Default)
		}
		return nil
	}
	if oneof := s.tag.Get("oneof"); oneof != "" && !slices.Contains(split(oneof), text) {
		return fmt.Errorf("%q is not possible: write one of %s", text, strings.ReplaceAll(oneof, ",", ", "))
	}
	switch s.tag.Get("check") {
	case "address":
		return checkAddress(text)
	case "database":
		return Database(text).check()
	case "url":
		return checkURL(text)
	case "mail":
		return checkMail(text)
	case "host":
		return checkHost(text)
	case "contact":
		return checkContact(text)
	case "line":
		return checkLine(text)
	}
	return nil
}

func (s Setting) checkRange(field reflect.Value) error {
	v := field.Int()
	if v < s.limit(field.Type(), "min") || v > s.limit(field.Type(), "max") {
		return fmt.Errorf("%v is out of range: write a value from %s to %s", field.Interface(), s.tag.Get("min"), s.tag.Get("max"))
	}
	return nil
}

// limit parses a tag like a value of the setting. A test checks all tags.
func (s Setting) limit(t reflect.Type, tag string) int64 {
	v := reflect.New(t)
	if u, ok := v.Interface().(encoding.TextUnmarshaler); ok {
		if u.UnmarshalText([]byte(s.tag.Get(tag))) != nil {
			return 0
		}
		return v.Elem().Int()
	}
	n, err := strconv.ParseInt(s.tag.Get(tag), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func checkAddress(text string) error {
	host, port, err := net.SplitHostPort(text)
	if err != nil || host != "" && !isHost(host) {
		return fmt.Errorf("%q is not an address to listen on: write it like 127.0.0.1:8080 or [::1]:8080", text)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("%q is not a port: write a number from 0 to 65535", port)
	}
	return nil
}

func checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return errors.New("is not a web address: write it like https://roster.example.org")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery {
		return errors.New("has a user, a query or a fragment: write only scheme, host and path")
	}
	return nil
}

func checkMail(text string) error {
	if _, err := mail.ParseAddress(text); err != nil || checkLine(text) != nil {
		return fmt.Errorf("%q is not a mail address: write it like Roster <no-reply@example.org>", text)
	}
	return nil
}

// checkContact: RFC 9116, 2.5.3.
func checkContact(text string) error {
	u, err := url.Parse(text)
	known := err == nil && (u.Scheme == "mailto" && u.Opaque != "" || u.Scheme == "https" && u.Host != "" || u.Scheme == "tel" && u.Opaque != "")
	if !known || checkLine(text) != nil {
		return fmt.Errorf("%q is not a contact: write it like mailto:security@example.org or https://example.org/security", text)
	}
	return nil
}

func checkHost(text string) error {
	if !isHost(text) {
		return fmt.Errorf("%q is not a host name: write it like mail.example.org, without scheme and port", text)
	}
	return nil
}

func checkLine(text string) error {
	if strings.TrimSpace(text) == "" || len(text) > 200 || strings.ContainsFunc(text, unicode.IsControl) {
		return errors.New("must be one line of at most 200 bytes with something in it")
	}
	return nil
}

// checkCombined reports a fault of a combination of settings, unless the setting already has a
// fault.
func (l *loader) checkCombined(name string, bad bool, format string, args ...any) {
	if bad && !l.broken[name] {
		l.fault(l.origin[name], name, format, args...)
	}
}

func (l *loader) checkKeys() {
	c := &l.config
	l.checkCombined("key", c.Key != "" && c.KeyFile != "", "key_file is set as well: keep one of the two")
	work := int64(c.Password.MemoryKiB) * int64(c.Password.Time)
	l.checkCombined("password.time", work > 1<<22, "this many passes over %d KiB would take minutes: lower one of the two", c.Password.MemoryKiB)
}

func (l *loader) checkSignUp() {
	c := &l.config
	l.checkCombined("sign_up_domains", c.SignUp == "domains" && len(c.SignUpDomains) == 0,
		"no one could sign up: write the allowed domains, such as example.org")
	if c.SignUp != "domains" && len(c.SignUpDomains) > 0 {
		l.warn("sign_up_domains has no effect while sign_up is %s; write sign_up = \"domains\"", c.SignUp)
	}
}

func (l *loader) checkMail() {
	m := &l.config.Mail
	l.checkCombined("mail.from", m.Host != "" && m.From == "", "a mail server needs a sender: set it like Roster <no-reply@example.org>")
	// A username without a password is valid here: the password may be set only in the
	// environment of the server, and commands do not need it.
	l.checkCombined("mail.password", m.Username == "" && m.Password != "", "a password needs a user name: set mail.username")
	ip := net.ParseIP(m.Host)
	local := m.Host == "" || strings.EqualFold(m.Host, "localhost") || ip != nil && ip.IsLoopback()
	l.checkCombined("mail.tls", m.TLS == "none" && !local, "emails to %s would be sent unencrypted: write starttls or tls", m.Host)
}

// checkAddresses: two listeners cannot share an address, except for port 0.
func (l *loader) checkAddresses() {
	c := &l.config
	users := map[string]string{}
	for _, at := range []struct{ name, address string }{
		{"listen", c.Listen}, {"operations_listen", c.OperationsListen},
		{"native.listen", c.Native.Listen}, {"gitlab.listen", c.GitLab.Listen},
		{"wekan.listen", c.Wekan.Listen}, {"codebase.listen", c.Codebase.Listen}, {"pm415.listen", c.PM415.Listen},
	} {
		if at.address == "" || strings.HasSuffix(at.address, ":0") {
			continue
		}
		first := cmp.Or(users[at.address], at.name)
		l.checkCombined(at.name, first != at.name, "%s has the same address: choose another port", first)
		users[at.address] = first
	}
	if host, _, err := net.SplitHostPort(c.Listen); err == nil && c.BaseURL == "" {
		ip := net.ParseIP(host)
		if host == "" || ip != nil && ip.IsUnspecified() {
			l.warn("base_url is empty while listen is %s: links in emails do not work from other machines; set base_url", c.Listen)
		}
	}
}

// checkHosts: a host name belongs to one API.
func (l *loader) checkHosts() {
	c, users := &l.config, map[string]string{}
	for _, api := range []struct {
		name  string
		hosts Hosts
	}{
		{"native.hosts", c.Native.Hosts}, {"gitlab.hosts", c.GitLab.Hosts}, {"wekan.hosts", c.Wekan.Hosts},
		{"codebase.hosts", c.Codebase.Hosts}, {"pm415.hosts", c.PM415.Hosts},
	} {
		for _, host := range api.hosts {
			first := cmp.Or(users[host], api.name)
			l.checkCombined(api.name, first != api.name, "%s also contains %s: each host name can belong to one API only", first, host)
			users[host] = first
		}
	}
}

// checkForwardDomain rejects a domain whose cookies browsers would not accept from this server. Under a
// public suffix such as com or co.uk, anyone can register a host, to which the sign-in page would lead.
func (l *loader) checkForwardDomain() {
	domain := strings.ToLower(l.config.Session.ForwardAuthDomain)
	base, err := url.Parse(l.config.BaseURL)
	if domain == "" || err != nil {
		return
	}
	host := strings.ToLower(base.Hostname())
	_, noAddress := netip.ParseAddr(host)
	suffix, _ := publicsuffix.PublicSuffix(domain)
	const name = "session.forward_auth_domain"
	switch {
	case host != domain && !strings.HasSuffix(host, "."+domain):
		l.checkCombined(name, true, "the host of base_url must be in this domain, because a server can set cookies for its own domain only")
	case noAddress == nil:
		l.checkCombined(name, true, "base_url has an IP address, and cookies for several hosts need a domain name: change base_url, or leave this empty")
	case suffix == domain:
		l.checkCombined(name, true, "browsers accept no cookies for %s, a public suffix: write the domain of your organization, such as example.org", domain)
	}
}
