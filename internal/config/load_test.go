package config

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, src Sources) Config {
	t.Helper()
	c, err := Load(src)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// faults loads and gives the lines of the error, the file's folder left out.
func faults(t *testing.T, src Sources) []string {
	t.Helper()
	_, err := Load(src)
	if err == nil {
		t.Fatal("the settings were accepted")
	}
	text := err.Error()
	if src.File != "" {
		text = strings.ReplaceAll(text, filepath.Dir(src.File)+"/", "")
	}
	return strings.Split(text, "\n")
}

func TestDefaultsAreSafeAndComplete(t *testing.T) {
	t.Parallel()
	c := load(t, Sources{})
	if c.Data != "./roster-data" || c.Listen != "127.0.0.1:8080" || c.SignUp != "open" || c.DiscloseAPIKeys != "own" {
		t.Errorf("got %+v", c)
	}
	if c.MaxBody != 1<<20 || time.Duration(c.RequestTimeout) != 30*time.Second || c.Level() != slog.LevelInfo {
		t.Errorf("got %v, %v, %v", c.MaxBody, c.RequestTimeout, c.Level())
	}
	if c.Mail.TLS != "starttls" || !c.GitLab.Enabled || c.PM415.RevealUnknownUsers || c.Wekan.RevealUnknownUsers || c.Wekan.FirstUserIsAdmin || len(c.Warnings) > 0 {
		t.Errorf("got %+v", c)
	}
	if time.Duration(c.Invitation.Lifetime) != 7*24*time.Hour {
		t.Errorf("invitations last %v", c.Invitation.Lifetime)
	}
}

func TestFlagsOverrideEnvironmentAndFileAndDefaults(t *testing.T) {
	t.Parallel()
	src := Sources{
		File: write(t, "roster.toml", "site_name = 'file'\nlisten = '127.0.0.1:1'\ndata = 'file'\nlogin.window = '1h'\n[wekan]\nhosts = ['B.example.', 'c.example']\n"),
		Env: []string{"ROSTER_LISTEN=127.0.0.1:2", "ROSTER_DATA=env", "ROSTER_TRUSTED_PROXIES=10.1.2.3/8, ::1",
			"ROSTER_CONSOLE_ENABLED=off", "ROSTER_SITE_NAME=", "ROSTER_MAX_BODY=2MB"},
		Flags: map[string]string{"data": "flag"},
	}
	c := load(t, src)
	if c.SiteName != "file" || c.Listen != "127.0.0.1:2" || c.Data != "flag" || c.Organization != "Home" {
		t.Errorf("got %q %q %q %q", c.SiteName, c.Listen, c.Data, c.Organization)
	}
	if c.Console.Enabled || c.MaxBody != 2e6 || time.Duration(c.Login.Window) != time.Hour {
		t.Errorf("got %t %v %v", c.Console.Enabled, c.MaxBody, c.Login.Window)
	}
	if diff := cmp.Diff([]string{"10.0.0.0/8", "::1/128"}, c.TrustedProxies.list()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Hosts{"b.example", "c.example"}, c.Wekan.Hosts); diff != "" {
		t.Error(diff)
	}
}

func TestAllErrorsAreReportedWithTheirPlace(t *testing.T) {
	t.Parallel()
	got := faults(t, Sources{
		File: write(t, "roster.toml", `listn = "127.0.0.1:1"
sign_up = "maybe"
max_body = "big"
mail = "x"
base_url = "roster.example"

[password]
minimum_length = "8"
time = 0

[gitlab]
hosts = "gitlab.example"
enabled = "yes"
[sesion]
days = 3
`),
		Env:   []string{"ROSTER_REQUEST_TIMEOUT=30", "ROSTER_DATABASE=mysql://u:hunter2@db/x"},
		Flags: map[string]string{"listen": "localhost", "lissten": "x"},
	})
	want := []string{
		"file roster.toml:1: listn: unknown setting: did you mean listen?",
		`file roster.toml:3: max_body: "big" is not a size: write it like 512KiB, 1MiB or 10MB`,
		"file roster.toml:4: mail: is a section: write [mail] on a line of its own and its settings below",
		"file roster.toml:8: password.minimum_length: wrong type: write a whole number, without quotes",
		`file roster.toml:12: gitlab.hosts: wrong type: write a list of texts, such as ["a", "b"]`,
		"file roster.toml:13: gitlab.enabled: wrong type: write true or false, without quotes",
		"file roster.toml:14: sesion: unknown setting: roster config describe lists all",
		`ROSTER_REQUEST_TIMEOUT: request_timeout: "30" is not a time span: write it like 30s, 10m, 2h or 7d`,
		"flag --set: lissten: unknown setting: did you mean listen?",
		`flag --listen: listen: "localhost" is not an address to listen on: write it like 127.0.0.1:8080 or [::1]:8080`,
		"ROSTER_DATABASE: database: is neither SQLite nor PostgreSQL: leave it empty, or write sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME",
		"file roster.toml:5: base_url: is not a web address: write it like https://roster.example.org",
		`file roster.toml:2: sign_up: "maybe" is not possible: write one of off, invitation, open, domains`,
		"file roster.toml:9: password.time: 0 is out of range: write a value from 1 to 64",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCombinationsOfSettingsAreChecked(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"key = 'k'\nkey_file = 'f'":                         "file roster.toml:1: key: key_file is set as well: keep one of the two",
		"[password]\nmemory_kib = 1048576\ntime = 5":        "file roster.toml:3: password.time: this many passes over 1048576 KiB would take minutes: lower one of the two",
		"[mail]\nhost = 'm.example'":                        "default: mail.from: a mail server needs a sender: set it like Roster <no-reply@example.org>",
		"sign_up = 'domains'":                               "default: sign_up_domains: no one could sign up: write the allowed domains, such as example.org",
		"sign_up_domains = ['a@b.example']":                 `file roster.toml:1: sign_up_domains: "a@b.example" is not a domain: write it like example.org or *.example.org`,
		"sign_up_domains = ['localhost']":                   `file roster.toml:1: sign_up_domains: "localhost" is not a domain: write it like example.org or *.example.org`,
		"[mail]\npassword = 'x'":                            "file roster.toml:2: mail.password: a password needs a user name: set mail.username",
		"mail = {host='m.example',from='a@b.c',tls='none'}": "file roster.toml:1: mail.tls: emails to m.example would be sent unencrypted: write starttls or tls",
		"[gitlab]\nlisten='127.0.0.1:8080'":                 "file roster.toml:2: gitlab.listen: listen has the same address: choose another port",
		"gitlab.hosts=['a.b']\nwekan.hosts=['c.d', 'A.B']":  "file roster.toml:2: wekan.hosts: gitlab.hosts also contains a.b: each host name can belong to one API only",
		"gitlab.hosts=['https://a.b']":                      `file roster.toml:1: gitlab.hosts: "https://a.b" is not a host name: write it like gitlab.example.org, without scheme and port`,
		"trusted_proxies=['10.0.0.0/99']":                   `file roster.toml:1: trusted_proxies: "10.0.0.0/99" is not a network: write it like 10.0.0.0/8, fd00::/8 or 192.0.2.1`,
		"site_name = ''":                                    "file roster.toml:1: site_name: must not be empty: omit the setting for Roster",
		"site_name = \"a\\nb\"":                             "file roster.toml:1: site_name: must be one line of at most 200 bytes with something in it",
		"base_url = 'https://u:p@x.example'":                "file roster.toml:1: base_url: has a user, a query or a fragment: write only scheme, host and path",
		"listen = '127.0.0.1:99999'":                        `file roster.toml:1: listen: "99999" is not a port: write a number from 0 to 65535`,
		"mail.from = 'nobody'":                              `file roster.toml:1: mail.from: "nobody" is not a mail address: write it like Roster <no-reply@example.org>`,
		"max_body = 5":                                      "file roster.toml:1: max_body: 5B is out of range: write a value from 1KiB to 1GiB",
		"request_timeout = 5":                               "file roster.toml:1: request_timeout: wrong type: write a text in quotes",
		"host = 'x'":                                        "file roster.toml:1: host: unknown setting: did you mean mail.host?",
		"[mail]\nhots = 'x'":                                "file roster.toml:2: mail.hots: unknown setting: did you mean mail.host?",
		"[[mail]]\nhost = 'x'":                              "file roster.toml:1: mail: is a section: write [mail] on a line of its own and its settings below",
	} {
		got := faults(t, Sources{File: write(t, "roster.toml", text)})
		if diff := cmp.Diff([]string{want}, got); diff != "" {
			t.Errorf("%s\n%s", text, diff)
		}
	}
}

func TestUnusualSettingsAreAccepted(t *testing.T) {
	t.Parallel()
	c := load(t, Sources{File: write(t, "roster.toml", `base_url = "https://roster.example/people/"
listen = ":0"
database = "sqlite:/srv/roster.db"
[mail]
host = "localhost"
tls = "none"
from = "Roster <no-reply@example.org>"
[gitlab]
listen = "127.0.0.1:0"
[wekan]
listen = "127.0.0.1:0"
`)})
	if c.BaseURL != "https://roster.example/people" || c.Mail.Host != "localhost" {
		t.Errorf("got %q, %q", c.BaseURL, c.Mail.Host)
	}
}

func TestDomainsMayHaveAnyScript(t *testing.T) {
	t.Parallel()
	c := load(t, Sources{File: write(t, "roster.toml", `sign_up = "domains"
sign_up_domains = ["Example.ORG", "*.bücher.example", "xn--bcher-kva.example."]
`)})
	want := Domains{"example.org", "*.xn--bcher-kva.example", "xn--bcher-kva.example"}
	if diff := cmp.Diff(want, c.SignUpDomains); diff != "" || len(c.Warnings) != 0 {
		t.Errorf("%s%v", diff, c.Warnings)
	}
	idle := load(t, Sources{File: write(t, "roster.toml", "sign_up_domains = ['example.org']")})
	if len(idle.Warnings) != 1 || !strings.Contains(idle.Warnings[0], "sign_up_domains has no effect") {
		t.Errorf("warned %q", idle.Warnings)
	}
}

func TestMissingAndMalformedFilesAreErrors(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "none.toml")
	if got := faults(t, Sources{File: missing}); len(got) != 1 || !strings.Contains(got[0], "cannot be read") {
		t.Errorf("got %q", got)
	}
	for _, text := range []string{"[mail]\npassword = hunter2secret\n", "[mail]\npassword = 'hunter2secret\n", "[mail]\npassword = 'hunter2secret'\npassword = 'x'\n"} {
		got := faults(t, Sources{File: write(t, "roster.toml", text)})
		if len(got) != 1 || !strings.Contains(got[0], "file roster.toml:") || strings.Contains(got[0], "hunter2") {
			t.Errorf("%q: got %q", text, got)
		}
	}
}

func TestSecretsComeFromFilesWithoutTheirLineEnd(t *testing.T) {
	t.Parallel()
	path := write(t, "password", "hunter2 \r\n\n")
	c := load(t, Sources{Env: []string{"ROSTER_MAIL_USERNAME=u", "ROSTER_MAIL_PASSWORD_FILE=" + path}})
	if c.Mail.Password.Reveal() != "hunter2 " {
		t.Errorf("got %q", c.Mail.Password.Reveal())
	}
	both := faults(t, Sources{Env: []string{"ROSTER_MAIL_PASSWORD=hunter2", "ROSTER_MAIL_PASSWORD_FILE=" + path}})
	if want := []string{"ROSTER_MAIL_PASSWORD: mail.password: ROSTER_MAIL_PASSWORD_FILE is set as well: keep one of the two"}; !reflect.DeepEqual(both, want) {
		t.Errorf("got %q", both)
	}
	empty := faults(t, Sources{Env: []string{"ROSTER_MAIL_PASSWORD_FILE=" + write(t, "empty", "\n")}})
	if len(empty) != 1 || !strings.Contains(empty[0], "is empty") {
		t.Errorf("got %q", empty)
	}
	if gone := faults(t, Sources{Env: []string{"ROSTER_MAIL_PASSWORD_FILE=" + path + "x"}}); len(gone) != 1 || !strings.Contains(gone[0], "cannot be read") {
		t.Errorf("got %q", gone)
	}
}

func TestKeyFileVariableNamesTheKeyFile(t *testing.T) {
	t.Parallel()
	if c := load(t, Sources{Env: []string{"ROSTER_KEY_FILE=/srv/keys"}}); c.KeyFile != "/srv/keys" || c.Key != "" {
		t.Errorf("got %q and a key: %t", c.KeyFile, c.Key != "")
	}
}

func TestUnknownVariablesCauseAWarning(t *testing.T) {
	t.Parallel()
	c := load(t, Sources{Env: []string{"ROSTER_MAIL_HOTS=hunter2", "ROSTER_ADMIN_PASSWORD=hunter2", "HOME=/", "ROSTER_ELEPHANT_IN_THE_ROOM=1"}})
	want := []string{
		"ROSTER_ELEPHANT_IN_THE_ROOM is set but is not a setting: roster config describe lists all settings",
		"ROSTER_MAIL_HOTS is set but is not a setting: did you mean ROSTER_MAIL_HOST?",
	}
	if diff := cmp.Diff(want, c.Warnings); diff != "" {
		t.Error(diff)
	}
}

func TestUnusualSettingsCauseAWarning(t *testing.T) {
	t.Parallel()
	if c := load(t, Sources{Flags: map[string]string{"listen": "0.0.0.0:80"}}); len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "base_url") {
		t.Errorf("got %q", c.Warnings)
	}
	path := write(t, "roster.toml", "[mail]\nusername='u'\npassword='hunter2'\n")
	if c := load(t, Sources{File: path}); len(c.Warnings) != 0 {
		t.Errorf("got %q", c.Warnings)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if c := load(t, Sources{File: path}); len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "chmod 600") {
		t.Errorf("got %q", c.Warnings)
	}
}

func TestSecretsAreNeverShown(t *testing.T) {
	t.Parallel()
	env := []string{"ROSTER_KEY=hunter2key", "ROSTER_MAIL_USERNAME=u", "ROSTER_MAIL_PASSWORD=hunter2mail"}
	c := load(t, Sources{Env: env})
	effective, err := Effective(c)
	if err != nil {
		t.Fatal(err)
	}
	shown := effective
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		shown += fmt.Sprintf(verb, c) + fmt.Sprintf(verb, &c)
	}
	_, err = Load(Sources{Env: append(env, "ROSTER_KEY_FILE=f", "ROSTER_MAIL_PORT=0", "ROSTER_MAIL_USERNAME=")})
	if err == nil {
		t.Fatal("bad settings were accepted")
	}
	shown += err.Error()
	if strings.Contains(shown, "hunter2") || strings.Contains(shown, fmt.Sprintf("%x", "hunter2")) {
		t.Errorf("a secret shows:\n%s", shown)
	}
	if strings.Count(effective, "***") != 2 {
		t.Errorf("want two masked secrets:\n%s", effective)
	}
	if got := faults(t, Sources{File: write(t, "roster.toml", effective)}); len(got) != 2 || !strings.Contains(got[0], "mask") {
		t.Errorf("the mask was accepted as a secret: %q", got)
	}
}

func TestEffectiveSettingsCanBeLoadedAgain(t *testing.T) {
	t.Parallel()
	c := load(t, Sources{
		Flags: map[string]string{"site_name": `Ada's "Workshop" \ ü`, "max_body": "1500", "request_timeout": "90s", "listen": "[::1]:0"},
		Env: []string{"ROSTER_TRUSTED_PROXIES=10.0.0.0/8,fd00::/8", "ROSTER_PM415_HOSTS=pm.example,pm2.example",
			"ROSTER_LOGIN_LOCK=12h", "ROSTER_WEKAN_ENABLED=false", "ROSTER_PASSWORD_SLOTS=3"},
	})
	text, err := Effective(c)
	if err != nil {
		t.Fatal(err)
	}
	if again := load(t, Sources{File: write(t, "effective.toml", text)}); !reflect.DeepEqual(c, again) {
		t.Errorf("got %+v\nwant %+v\nfrom\n%s", again, c, text)
	}
}

func TestAdministratorFromTheEnvironmentIsCompleteOrAbsent(t *testing.T) {
	t.Parallel()
	file := write(t, "password", "hunter2\n")
	for _, c := range []struct {
		env     string
		present bool
		fault   string
	}{
		{"", false, ""},
		{"ROSTER_ADMIN_USERNAME=ada ROSTER_ADMIN_EMAIL=a@b.c ROSTER_ADMIN_PASSWORD=hunter2", true, ""},
		{"ROSTER_ADMIN_USERNAME=ada ROSTER_ADMIN_EMAIL=a@b.c ROSTER_ADMIN_PASSWORD_FILE=" + file, true, ""},
		{"ROSTER_ADMIN_PASSWORD=hunter2", false, "set ROSTER_ADMIN_USERNAME and ROSTER_ADMIN_EMAIL, too"},
		{"ROSTER_ADMIN_USERNAME=ada ROSTER_ADMIN_EMAIL=a@b.c ROSTER_ADMIN_PASSWORD_FILE=/nowhere", false, "ROSTER_ADMIN_PASSWORD_FILE: the file cannot be read"},
	} {
		admin, present, err := AdminFromEnv(lookupIn(strings.Fields(c.env)))
		if present != c.present || (c.fault == "") != (err == nil) {
			t.Errorf("%s: present %t, error %v", c.env, present, err)
		}
		if err != nil && (!strings.Contains(err.Error(), c.fault) || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%s: error %v", c.env, err)
		}
		if present && (admin.Username != "ada" || admin.Email != "a@b.c" || admin.Password.Reveal() != "hunter2") {
			t.Errorf("%s: got %v", c.env, admin)
		}
	}
}

func TestContactIsAURIOfRFC9116(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		"mailto:security@example.org": true, "https://example.org/security": true, "tel:+1-201-555-0123": true,
		"security@example.org": false, "http://example.org": false, "mailto:": false, "https://": false, "javascript:alert(1)": false,
		"mailto:a@example.org\nExpires: 2000-01-01T00:00:00Z": false,
	} {
		_, err := Load(Sources{Flags: map[string]string{"security.contact": text}})
		if (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestPreviousNamesOfSettingsAreReported(t *testing.T) {
	t.Parallel()
	_, err := Load(Sources{Flags: map[string]string{"pm415.tell_unknown": "true"}})
	if err == nil || !strings.Contains(err.Error(), "pm415.reveal_unknown_users") {
		t.Errorf("the new name is missing: %v", err)
	}
	c, err := Load(Sources{Env: []string{"ROSTER_EVENTS_KEEP=730d"}})
	if err != nil || !strings.Contains(strings.Join(c.Warnings, "\n"), "ROSTER_EVENTS_RETENTION") {
		t.Errorf("the new variable is missing: %v, %q", err, c.Warnings)
	}
}
