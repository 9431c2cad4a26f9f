package passkey_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/descope/virtualwebauthn"

	"roster.example/roster/internal/passkey"
	"roster.example/roster/internal/passkey/passkeytest"
)

var ada = passkey.User{Handle: "uid-of-ada", Name: "ada", DisplayName: "Ada Example"}

const origin = "https://id.example.org:8443"

// device is a virtual authenticator in a browser that shows the pages of origin.
type device struct{ *passkeytest.Device }

func newDevice(u passkey.User) *device {
	return &device{passkeytest.NewDevice("id.example.org", origin, u.Handle)}
}

func (d *device) register(t *testing.T, c passkey.Ceremony) []byte {
	t.Helper()
	return d.Register(t, c.Options)
}

func (d *device) assert(t *testing.T, c passkey.Ceremony) passkey.Assertion {
	t.Helper()
	a, err := passkey.ParseAssertion(d.Assert(t, c.Options))
	must(t, err)
	return a
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newParty(t *testing.T) *passkey.RelyingParty {
	t.Helper()
	p, err := passkey.New(origin+"/below", "Site")
	must(t, err)
	return p
}

func registered(t *testing.T, p *passkey.RelyingParty, u passkey.User) (*device, passkey.Credential) {
	t.Helper()
	d := newDevice(u)
	begun, err := p.BeginRegistration(u, nil)
	must(t, err)
	c, err := p.FinishRegistration(u, begun.State, d.register(t, begun))
	must(t, err)
	return d, c
}

// prove runs a whole assertion.
func prove(t *testing.T, p *passkey.RelyingParty, u passkey.User, d *device, c passkey.Credential) (passkey.Credential, error) {
	t.Helper()
	begun, err := p.BeginAssertion()
	must(t, err)
	return p.FinishAssertion(u, c, begun.State, d.assert(t, begun))
}

func TestRegisteredPasskeyIsProven(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	d, c := registered(t, p, ada)
	for range 3 {
		var err error
		if c, err = prove(t, p, ada, d, c); err != nil {
			t.Fatal(err)
		}
	}
	var record struct {
		Flags         map[string]bool
		Authenticator struct{ SignCount, AAGUID any }
		Attestation   map[string]any
	}
	must(t, json.Unmarshal(c.Record, &record))
	if !record.Flags["userVerified"] || record.Authenticator.SignCount != 3.0 || record.Attestation["object"] == nil {
		t.Errorf("record %s", c.Record)
	}
}

func TestOptionsOfAnAssertionNameNoUser(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	_, c := registered(t, p, ada)
	begun, err := p.BeginAssertion()
	must(t, err)
	if text := string(begun.Options); strings.Contains(text, "allowCredentials") || strings.Contains(text, ada.Name) || strings.Contains(text, string(c.ID)) {
		t.Errorf("options %s", text)
	}
}

func TestRegistrationExcludesHeldPasskeys(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	d, c := registered(t, p, ada)
	begun, err := p.BeginRegistration(ada, []passkey.Credential{c})
	must(t, err)
	options, err := virtualwebauthn.ParseAttestationOptions(string(begun.Options))
	must(t, err)
	if !d.Credential.IsExcludedForAttestation(*options) {
		t.Errorf("options %s", begun.Options)
	}
}

func TestCounterThatDoesNotIncreaseIsAClone(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	d, c := registered(t, p, ada)
	d.Credential.Counter = 5
	c, err := prove(t, p, ada, d, c)
	must(t, err)
	for _, counter := range []uint32{5, 4, 0} {
		d.Credential.Counter = counter
		if d.Credential.Counter--; counter == 0 {
			d.Credential.Counter = ^uint32(0) // becomes 0 by the assertion
		}
		if _, err := prove(t, p, ada, d, c); !errors.Is(err, passkey.ErrCloned) {
			t.Errorf("counter %d: %v", counter, err)
		}
	}
}

func TestPasskeyThatBecomesBackupEligibleIsAccepted(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	d, c := registered(t, p, ada)
	d.Authenticator.Options.BackupEligible, d.Authenticator.Options.BackupState = true, true
	c, err := prove(t, p, ada, d, c)
	must(t, err)
	if text := string(c.Record); !strings.Contains(text, `"backupEligible":true`) || !strings.Contains(text, `"backupState":true`) {
		t.Errorf("record %s", text)
	}
}

func TestWrongAssertionIsRefused(t *testing.T) {
	t.Parallel()
	eve := passkey.User{Handle: "uid-of-eve", Name: "eve", DisplayName: "Eve"}
	for name, change := range map[string]func(*device){
		"user was not verified":   func(d *device) { d.Authenticator.Options.UserNotVerified = true },
		"user was not present":    func(d *device) { d.Authenticator.Options.UserNotPresent = true },
		"page of another site":    func(d *device) { d.Party.Origin = "https://id.example.org.evil.example" },
		"page of another port":    func(d *device) { d.Party.Origin = "https://id.example.org" },
		"passkey of another site": func(d *device) { d.Party.ID = "evil.example" },
		"handle of another user":  func(d *device) { d.Authenticator.Options.UserHandle = []byte(eve.Handle) },
		"no handle":               func(d *device) { d.Authenticator.Options.UserHandle = nil },
		"signature of another key": func(d *device) {
			id := d.Credential.ID
			d.Credential = passkeytest.NewCredential()
			d.Credential.ID = id
		},
		"id of another passkey":      func(d *device) { d.Credential.ID = []byte("another") },
		"backed up but not eligible": func(d *device) { d.Authenticator.Options.BackupState = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newParty(t)
			d, c := registered(t, p, ada)
			change(d)
			if _, err := prove(t, p, ada, d, c); !errors.Is(err, passkey.ErrResponse) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAssertionOfAnotherCeremonyIsRefused(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	d, c := registered(t, p, ada)
	first, err := p.BeginAssertion()
	must(t, err)
	second, err := p.BeginAssertion()
	must(t, err)
	if _, err := p.FinishAssertion(ada, c, second.State, d.assert(t, first)); !errors.Is(err, passkey.ErrResponse) {
		t.Errorf("got %v", err)
	}
}

func TestWrongRegistrationIsRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*device){
		"user was not verified": func(d *device) { d.Authenticator.Options.UserNotVerified = true },
		"page of another site":  func(d *device) { d.Party.Origin = "https://evil.example" },
		"another site":          func(d *device) { d.Party.ID = "evil.example" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, d := newParty(t), newDevice(ada)
			change(d)
			begun, err := p.BeginRegistration(ada, nil)
			must(t, err)
			if _, err := p.FinishRegistration(ada, begun.State, d.register(t, begun)); !errors.Is(err, passkey.ErrResponse) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestMalformedResponseIsRefused(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	begun, err := p.BeginRegistration(ada, nil)
	must(t, err)
	for _, text := range []string{"", "{}", "null", "[]", `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`, `{"response":{"clientDataJSON":"e30","attestationObject":"oA"}}`} {
		if _, err := p.FinishRegistration(ada, begun.State, []byte(text)); !errors.Is(err, passkey.ErrResponse) {
			t.Errorf("registration %q: %v", text, err)
		}
		if _, err := passkey.ParseAssertion([]byte(text)); !errors.Is(err, passkey.ErrResponse) {
			t.Errorf("assertion %q: %v", text, err)
		}
	}
}

func TestPasskeysNeedASecureAddressWithADomain(t *testing.T) {
	t.Parallel()
	for address, good := range map[string]bool{
		"https://id.example.org": true, "HTTPS://ID.example.org": true, "http://localhost:3000": true, "http://id.localhost": true, "https://münchen.example": true,
		"http://id.example.org": false, "http://127.0.0.1:3000": false, "https://[::1]": false, "ftp://id.example.org": false, "": false, ":": false,
	} {
		if _, err := passkey.New(address, "Site"); (err == nil) != good || !good && !errors.Is(err, passkey.ErrAddress) {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestAddressIsComparedAsBrowsersWriteIt(t *testing.T) {
	t.Parallel()
	for address, origin := range map[string]string{
		"https://ID.Example.org:443/below": "https://id.example.org", "https://id.example.org:8443": "https://id.example.org:8443",
	} {
		p, err := passkey.New(address, "Site")
		must(t, err)
		d := newDevice(ada)
		d.Party.Origin = origin
		begun, err := p.BeginRegistration(ada, nil)
		must(t, err)
		if _, err := p.FinishRegistration(ada, begun.State, d.register(t, begun)); err != nil {
			t.Errorf("%s from %s: %v", address, origin, err)
		}
	}
}

func FuzzResponse(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"oA","authenticatorData":"AA","signature":"AA"}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, response []byte) {
		p, err := passkey.New(origin, "Site")
		must(t, err)
		begun, err := p.BeginRegistration(ada, nil)
		must(t, err)
		if _, err := p.FinishRegistration(ada, begun.State, response); err == nil {
			t.Error("a response without the challenge was accepted")
		}
		if a, err := passkey.ParseAssertion(response); err == nil && len(a.CredentialID) == 0 {
			t.Error("an assertion has no passkey")
		}
	})
}
