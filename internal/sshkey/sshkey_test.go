package sshkey_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"

	"roster.example/roster/internal/sshkey"
)

// seedKey is the sample key of GitLab's users API document, wrapped as there.
const seedKey = `ssh-rsa AAAAB3NzaC1yc2EAAAABJQAAAIEAiPWx6WM4lhHNedGfBpPJNPpZ7yKu+dnn1SJejgt4
596k6YjzGGphH2TUxwKzxcKDKKezwkpfnxPkSMkuEspGRt/aZZ9wa++Oi7Qkr8prgHc4
soW6NUlfDzpvZK2H5E7eQaSeP3SAwGmQKUFHCddNaP0L+hM7zhFNzjFvpaMgJw0=`

// Created with ssh-keygen; the fingerprints are those of ssh-keygen -l.
const (
	edKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHs6UIgQ/HPu9MAnzQkDmqLcRBaoMWaGBz6CDM9GllFt"
	edSHA = "SHA256:u0DhV0q+DXPLHUPYcEBfVeEfp4wyvsTCOkIEOZl13sg"
	edMD5 = "6c:30:29:96:a1:1c:fe:40:d5:ea:e6:9e:8a:c4:fd:98"
)

func parse(t *testing.T, text string) sshkey.Key {
	t.Helper()
	key, err := sshkey.Parse(text, sshkey.Limits{RSABits: 1024})
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	return key
}

func TestKeysAreParsedAsBySSHKeygen(t *testing.T) {
	t.Parallel()
	want := sshkey.Key{
		Type: "ssh-ed25519", Public: edKey, Comment: "ada on her laptop", Bits: 256,
		SHA256: edSHA, MD5: edMD5,
	}
	if diff := cmp.Diff(want, parse(t, edKey+"  ada on\ther laptop \r\n")); diff != "" {
		t.Error(diff)
	}
}

func TestSampleKeyOfTheGitLabDocumentIsAccepted(t *testing.T) {
	t.Parallel()
	want := sshkey.Key{
		Type: "ssh-rsa", Public: "ssh-rsa " + strings.Join(strings.Fields(seedKey)[1:], ""), Bits: 1024,
		SHA256: "SHA256:MQHWhS9nhzUezUdD42ytxubZoBKrZLbyBZzxCkmnxXc", MD5: "3f:a2:ee:de:b5:de:53:c3:aa:2f:9c:45:24:4c:47:7b",
	}
	if diff := cmp.Diff(want, parse(t, seedKey)); diff != "" {
		t.Error(diff)
	}
}

func TestKeysOfEverySupportedTypeAreAccepted(t *testing.T) {
	t.Parallel()
	for _, c := range supported(t) {
		t.Run(c.kind, func(t *testing.T) {
			t.Parallel()
			key := parse(t, c.public+" a comment")
			got := sshkey.Key{Type: key.Type, Public: key.Public, Comment: key.Comment, Bits: key.Bits}
			want := sshkey.Key{Type: c.kind, Public: c.public, Comment: "a comment", Bits: c.bits}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhiteSpaceInsideTheKeyIsJoined(t *testing.T) {
	t.Parallel()
	half := len(edKey) / 2
	for name, gap := range map[string]string{"line": "\n", "windows line": "\r\n", "space": " ", "indented": "\n\t  "} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := parse(t, edKey[:half]+gap+edKey[half:]+" ada")
			if key.Public != edKey || key.Comment != "ada" {
				t.Errorf("got %q, comment %q", key.Public, key.Comment)
			}
		})
	}
}

func TestInvalidKeysAreRejectedWithAReason(t *testing.T) {
	t.Parallel()
	blob := strings.Fields(edKey)[1]
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"empty":                        {"", sshkey.ErrMalformed},
		"type only":                    {"ssh-ed25519", sshkey.ErrMalformed},
		"a word":                       {"hello there", sshkey.ErrMalformed},
		"fingerprint":                  {edSHA, sshkey.ErrMalformed},
		"cut short":                    {edKey[:len(edKey)-4], sshkey.ErrMalformed},
		"plus signs lost in a form":    {strings.ReplaceAll(seedKey, "+", " "), sshkey.ErrMalformed},
		"other type before the key":    {"ssh-rsa " + blob, sshkey.ErrMalformed},
		"certificate inside the key":   {"ssh-ed25519 " + strings.Fields(certificate(t))[1], sshkey.ErrMalformed},
		"control character":            {edKey + " ada\x1b[2J", sshkey.ErrMalformed},
		"text direction override":      {edKey + " ada\u202e", sshkey.ErrMalformed},
		"not UTF-8":                    {edKey + " \xff", sshkey.ErrMalformed},
		"second key":                   {edKey + "\n" + edKey, sshkey.ErrMalformed},
		"second key after a comment":   {edKey + " ada\n" + edKey, sshkey.ErrMalformed},
		"second key on the same line":  {edKey + " " + edKey, sshkey.ErrMalformed},
		"the key twice, the type once": {edKey + " " + strings.Fields(edKey)[1], sshkey.ErrMalformed},
		"line after the key":           {edKey + "\nada", sshkey.ErrMalformed},
		"comment line before the key":  {"# mine\n" + edKey, sshkey.ErrOptions},
		"single option":                {"restrict " + edKey, sshkey.ErrOptions},
		"quoted option":                {`command="rm -r x",no-pty ` + edKey, sshkey.ErrOptions},
		"too long":                     {edKey + " " + strings.Repeat("ä", sshkey.MaxLength), sshkey.ErrTooLong},
		"OpenSSH private key":          {"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE=", sshkey.ErrPrivate},
		"RSA private key":              {"-----BEGIN RSA PRIVATE KEY-----\nMIIE", sshkey.ErrPrivate},
		"PuTTY private key":            {"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none", sshkey.ErrPrivate},
		"private key after public":     {edKey + "\n-----BEGIN OPENSSH PRIVATE KEY-----", sshkey.ErrPrivate},
		"certificate":                  {certificate(t), sshkey.ErrCertificate},
		"DSA":                          {"ssh-dss AAAAB3NzaC1kc3MAAACBAP", sshkey.ErrWeak},
		"RSA of 1016 bits":             {modulus(1016, 1), sshkey.ErrWeak},
		"RSA with an even modulus":     {modulus(2048, 0), sshkey.ErrMalformed},
		"RSA with a negative modulus":  {wire("ssh-rsa", "\x03", strings.Repeat("\xff", 255)+"\x01"), sshkey.ErrMalformed},
		"point off the curve":          {wire("ecdsa-sha2-nistp256", "nistp256", "\x04"+strings.Repeat("\x01", 64)), sshkey.ErrMalformed},
		"later type":                   {"ssh-ed448 AAAACXNzaC1lZDQ0OA==", sshkey.ErrUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, err := sshkey.Parse(c.text, sshkey.Limits{RSABits: 1024})
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, %v; want %v", key, err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), blob) {
				t.Errorf("the error quotes the text: %v", err)
			}
		})
	}
}

func TestMinimumRSASizeIsASetting(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		bits, limit int
		want        error
	}{{2048, 2048, nil}, {2040, 2048, sshkey.ErrWeak}, {4096, 2048, nil}, {512, 0, nil}} {
		key, err := sshkey.Parse(modulus(c.bits, 1), sshkey.Limits{RSABits: c.limit})
		if !errors.Is(err, c.want) {
			t.Errorf("%d bits, limit %d: got %v, want %v", c.bits, c.limit, err, c.want)
		}
		if c.want == nil && key.Bits != c.bits {
			t.Errorf("got %d bits, want %d", key.Bits, c.bits)
		}
	}
}

func TestPrintedKeyEndsInItsCommentOnlyIfThereIsOne(t *testing.T) {
	t.Parallel()
	if got := parse(t, edKey).String(); got != edKey {
		t.Errorf("got %q", got)
	}
	if got := parse(t, edKey+" ada\n").String(); got != edKey+" ada" {
		t.Errorf("got %q", got)
	}
}

// FuzzParse checks that an accepted key prints as one line that parses to the same key.
func FuzzParse(f *testing.F) {
	f.Add(edKey + " ada")
	f.Add(seedKey)
	f.Add("restrict " + edKey)
	f.Add(modulus(1024, 1))
	f.Fuzz(func(t *testing.T, text string) {
		key, err := sshkey.Parse(text, sshkey.Limits{RSABits: 1024})
		if err != nil {
			return
		}
		if strings.ContainsAny(key.String(), "\r\n\t\x00") {
			t.Fatalf("%q is not one clean line", key.String())
		}
		again, err := sshkey.Parse(key.String(), sshkey.Limits{RSABits: 1024})
		if err != nil {
			t.Fatalf("%q was accepted, its print was not: %v", text, err)
		}
		if diff := cmp.Diff(key, again); diff != "" {
			t.Fatal(diff)
		}
	})
}

type supportedKey struct {
	kind, public string
	bits         int
}

func supported(t *testing.T) []supportedKey {
	t.Helper()
	list := []supportedKey{
		// Security keys cannot be created without hardware, but their public
		// half is an ordinary point and an application name.
		{ssh.KeyAlgoSKED25519, wire(ssh.KeyAlgoSKED25519, strings.Repeat("k", 32), "ssh:"), 256},
		{ssh.KeyAlgoSKECDSA256, wire(ssh.KeyAlgoSKECDSA256, "nistp256", point(t), "ssh:"), 256},
	}
	for kind, made := range map[string]struct {
		make func() (crypto.Signer, error)
		bits int
	}{
		ssh.KeyAlgoRSA:      {func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, 2048) }, 2048},
		ssh.KeyAlgoECDSA256: {func() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }, 256},
		ssh.KeyAlgoECDSA384: {func() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P384(), rand.Reader) }, 384},
		ssh.KeyAlgoECDSA521: {func() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P521(), rand.Reader) }, 521},
		ssh.KeyAlgoED25519: {func() (crypto.Signer, error) {
			_, private, err := ed25519.GenerateKey(rand.Reader)
			return private, err
		}, 256},
	} {
		signer, err := made.make()
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, supportedKey{kind, line(t, signer.Public()), made.bits})
	}
	return list
}

func line(t *testing.T, public crypto.PublicKey) string {
	t.Helper()
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

// point returns an uncompressed point of P-256.
func point(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return string(public)
}

// certificate returns a user certificate, signed by itself.
func certificate(t *testing.T) string {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert := &ssh.Certificate{Key: signer.PublicKey(), CertType: ssh.UserCert, ValidBefore: ssh.CertTimeInfinity}
	if err := cert.SignCert(rand.Reader, signer); err != nil {
		t.Fatal(err)
	}
	return string(ssh.MarshalAuthorizedKey(cert))
}

// wire returns a key line whose blob has the given parts after its type
// (RFC 4253 section 6.6).
func wire(kind string, parts ...string) string {
	var blob []byte
	for _, part := range append([]string{kind}, parts...) {
		blob = append(blob, ssh.Marshal(struct{ Part string }{part})...)
	}
	return kind + " " + base64.StdEncoding.EncodeToString(blob)
}

// modulus returns an RSA key of that many bits, a multiple of eight, whose
// modulus ends in the byte last. It is no real modulus: only the size matters.
func modulus(bits int, last byte) string {
	n := "\x00" + strings.Repeat("\xc3", bits/8-1) + string([]byte{last})
	return wire(ssh.KeyAlgoRSA, "\x03", n)
}
