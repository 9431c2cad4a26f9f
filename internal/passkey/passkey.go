// Package passkey runs the ceremonies of WebAuthn: a browser registers a passkey, and proves later
// that it holds it. Passkeys are discoverable and verify their user (PIN, fingerprint, face), so one
// is enough to sign in.
//
// Options, responses, ceremonies and credentials pass as JSON. Callers store ceremonies and
// credentials whole: every field of the library's records is needed by later checks.
package passkey

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"golang.org/x/net/idna"
)

// Errors of ceremonies. The errors that are returned wrap them.
var (
	// ErrAddress means that browsers do not allow passkeys at the address of the server: it has no domain
	// name, or is neither https nor localhost.
	ErrAddress = errors.New("passkeys need an https address with a domain name")
	// ErrResponse means that a response is malformed or does not prove what it should.
	ErrResponse = errors.New("the response of the passkey is not valid")
	// ErrCloned means that the signature counter did not increase, as if the passkey was copied.
	ErrCloned = errors.New("the counter of the passkey did not increase; it may have been copied")
)

// Timeout is how long a browser waits for the user. Ceremonies are kept a little longer.
const Timeout = 5 * time.Minute

// RelyingParty is this server, as passkeys know it.
type RelyingParty struct{ web *webauthn.WebAuthn }

// New returns the relying party of a server with this public address. Its id is the host name of the
// address, never one of a request: a passkey is bound to it for ever. name is shown by browsers.
func New(address, name string) (*RelyingParty, error) {
	host, origin, err := originOf(address)
	if err != nil {
		return nil, err
	}
	wait := webauthn.TimeoutConfig{Timeout: Timeout, TimeoutUVD: Timeout}
	resident := true
	web, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: name, RPOrigins: []string{origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: &resident, ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{Login: wait, Registration: wait},
		// Some password managers return outputs that were not requested. None of them is used.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAddress, err)
	}
	return &RelyingParty{web}, nil
}

// originOf returns the host and the origin of an address as browsers write them: in small letters,
// international names in ASCII, without the default port.
func originOf(address string) (host, origin string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrAddress, err)
	}
	if net.ParseIP(u.Hostname()) != nil {
		return "", "", ErrAddress
	}
	host, err = idna.Lookup.ToASCII(u.Hostname())
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrAddress, err)
	}
	local := host == "localhost" || strings.HasSuffix(host, ".localhost")
	if host == "" || u.Scheme != "https" && !(u.Scheme == "http" && local) {
		return "", "", ErrAddress
	}
	origin = u.Scheme + "://" + host
	if port := u.Port(); port != "" && port != map[string]string{"https": "443", "http": "80"}[u.Scheme] {
		origin += ":" + port
	}
	return host, origin, nil
}

// User is the owner of passkeys.
type User struct {
	Handle      string // identifies the user, at most 64 bytes; authenticators store and return it
	Name        string // shown by authenticators
	DisplayName string
}

// Credential is a registered passkey.
type Credential struct {
	ID     []byte // chosen by the authenticator
	Record []byte // the whole credential record
}

// Ceremony is a ceremony that has begun.
type Ceremony struct {
	Options []byte // for navigator.credentials
	State   []byte // needed to finish it; it must not reach the client
}

// account is a User of the library.
type account struct {
	User
	credentials []webauthn.Credential
}

func (a account) WebAuthnID() []byte                         { return []byte(a.Handle) }
func (a account) WebAuthnName() string                       { return a.Name }
func (a account) WebAuthnDisplayName() string                { return a.DisplayName }
func (a account) WebAuthnCredentials() []webauthn.Credential { return a.credentials }

// BeginRegistration begins the registration of a passkey. Authenticators that hold one of held
// refuse to register another.
func (p *RelyingParty) BeginRegistration(u User, held []Credential) (Ceremony, error) {
	a := account{User: u}
	for _, c := range held {
		record, err := c.record()
		if err != nil {
			return Ceremony{}, err
		}
		a.credentials = append(a.credentials, record)
	}
	options, state, err := p.web.BeginRegistration(a, webauthn.WithExclusions(webauthn.Credentials(a.credentials).CredentialDescriptors()))
	if err != nil {
		return Ceremony{}, err
	}
	return newCeremony(options, state)
}

// FinishRegistration checks the response of a registration and returns the passkey.
func (p *RelyingParty) FinishRegistration(u User, state, response []byte) (Credential, error) {
	session, err := parseState(state)
	if err != nil {
		return Credential{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return Credential{}, invalid(err)
	}
	record, err := p.web.CreateCredential(account{User: u}, session, parsed)
	if err != nil {
		return Credential{}, invalid(err)
	}
	return newCredential(record)
}

// BeginAssertion begins a ceremony in which any user proves a passkey. It names no user and no
// passkey, so its options reveal nothing about accounts.
func (p *RelyingParty) BeginAssertion() (Ceremony, error) {
	options, state, err := p.web.BeginDiscoverableLogin()
	if err != nil {
		return Ceremony{}, err
	}
	return newCeremony(options, state)
}

// Assertion is the response of a browser to [RelyingParty.BeginAssertion]. Until it is checked by
// [RelyingParty.FinishAssertion], its fields prove nothing.
type Assertion struct {
	CredentialID []byte
	Handle       string // of the user
	parsed       *protocol.ParsedCredentialAssertionData
}

// ParseAssertion parses a response.
func ParseAssertion(response []byte) (Assertion, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(response)
	if err != nil {
		return Assertion{}, invalid(err)
	}
	return Assertion{parsed.RawID, string(parsed.Response.UserHandle), parsed}, nil
}

// FinishAssertion checks an assertion against the passkey c of u and returns the passkey as it must
// be stored from now on: its counter and flags changed. A counter that did not increase is ErrCloned.
func (p *RelyingParty) FinishAssertion(u User, c Credential, state []byte, a Assertion) (Credential, error) {
	session, err := parseState(state)
	if err != nil {
		return Credential{}, err
	}
	record, err := c.record()
	if err != nil {
		return Credential{}, err
	}
	// Some synchronized passkeys become backup-eligible after their registration. The library refuses
	// that. The flag is part of what is signed, so it is taken from the assertion; if the signature is
	// wrong, nothing is stored.
	record.Flags.BackupEligible = a.parsed.Response.AuthenticatorData.Flags.HasBackupEligible()
	owner := func(_, _ []byte) (webauthn.User, error) {
		return account{u, []webauthn.Credential{record}}, nil
	}
	_, used, err := p.web.ValidatePasskeyLogin(owner, session, a.parsed)
	if err != nil {
		return Credential{}, invalid(err)
	}
	if used.Authenticator.CloneWarning {
		return Credential{}, ErrCloned
	}
	return newCredential(used)
}

func newCeremony(options, state any) (c Ceremony, err error) {
	if c.Options, err = json.Marshal(options); err != nil {
		return c, err
	}
	c.State, err = json.Marshal(state)
	return c, err
}

func parseState(state []byte) (s webauthn.SessionData, err error) {
	if err := json.Unmarshal(state, &s); err != nil {
		return s, fmt.Errorf("stored passkey ceremony: %w", err)
	}
	return s, nil
}

func newCredential(record *webauthn.Credential) (Credential, error) {
	text, err := json.Marshal(record)
	return Credential{record.ID, text}, err
}

func (c Credential) record() (r webauthn.Credential, err error) {
	if err := json.Unmarshal(c.Record, &r); err != nil {
		return r, fmt.Errorf("stored passkey: %w", err)
	}
	return r, nil
}

// invalid returns ErrResponse with the details of the library, for the log.
func invalid(err error) error {
	var detailed *protocol.Error
	if errors.As(err, &detailed) {
		return fmt.Errorf("%w: %s: %s", ErrResponse, detailed.Details, detailed.DevInfo)
	}
	return fmt.Errorf("%w: %w", ErrResponse, err)
}
