// Package passkeytest has a virtual authenticator for tests of passkeys.
package passkeytest

import (
	"testing"

	"github.com/descope/virtualwebauthn"
)

// Device is a virtual authenticator with one passkey, in a browser that shows pages of one site. Tests change
// its fields to send what a browser would not.
type Device struct {
	Party         virtualwebauthn.RelyingParty
	Authenticator virtualwebauthn.Authenticator
	Credential    virtualwebauthn.Credential
}

// NewDevice returns a device for the user with a handle, at the site with the domain name id whose pages have
// an origin. Its passkey is not registered yet.
func NewDevice(id, origin, handle string) *Device {
	return &Device{
		Party:         virtualwebauthn.RelyingParty{ID: id, Name: "Site", Origin: origin},
		Authenticator: virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(handle)}),
		Credential:    NewCredential(),
	}
}

// NewCredential returns a passkey. The library writes coordinates of its public key without leading zero
// bytes, which the server refuses, so such a key is generated again.
func NewCredential() virtualwebauthn.Credential {
	const length = 77 // of a COSE key on P-256 with two coordinates of 32 bytes
	for {
		if c := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(c.Key.AttestationData()) == length {
			return c
		}
	}
}

// Register returns the response of the browser to the options of a registration.
func (d *Device) Register(t testing.TB, options []byte) []byte {
	t.Helper()
	parsed, err := virtualwebauthn.ParseAttestationOptions(string(options))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(virtualwebauthn.CreateAttestationResponse(d.Party, d.Authenticator, d.Credential, *parsed))
}

// Assert returns the response of the browser to the options of an assertion. It increments the counter.
func (d *Device) Assert(t testing.TB, options []byte) []byte {
	t.Helper()
	parsed, err := virtualwebauthn.ParseAssertionOptions(string(options))
	if err != nil {
		t.Fatal(err)
	}
	d.Credential.Counter++
	return []byte(virtualwebauthn.CreateAssertionResponse(d.Party, d.Authenticator, d.Credential, *parsed))
}
