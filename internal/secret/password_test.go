package secret_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"roster.example/roster/internal/secret"
)

const password = "correct horse"

// Test vectors, computed with libargon2, libxcrypt and Python's hashlib.
const (
	argonText   = "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$rk2Mi3E4dgRMg0fHaYaptWVZRKqs//6b6k3/nntqGJk"
	argonOdd    = "$argon2id$v=19$m=64,t=1,p=2$c2FsdHNhbHRzYWx0$znSzGAeiSQfz7wLVTNRuXv8cJkJuBWG4" // "grüße"
	bcryptText  = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"
	bcrypt72    = "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i" // 72 times "x"
	meteorText  = "$meteor$$2b$04$abcdefghijklmnopqrstuuIvyWZlBcE3WoQXKqRnwrLYJ6nenE0Bq"
	meteorLong  = "$meteor$$2b$04$abcdefghijklmnopqrstuut2SshH6UbGkn9RXLOv/njlCqQS.IYXK" // 100 times "x"
	pm415Text64 = "$pm415$0f1e2d3c4b5a6978.10000.c5735d8eecd271fd17c1fe41cf58dae7f0685a27473f06e5e652c1ac80675b45" +
		"97b8e469856cf4016bb8714fec5acfe6898fa9141efe98dea1a5a89836192011"
	pm415Text  = pm415Text64 + "dbbf8e184d1cc3e1079284cae26173ee9a0d67909522792d50efa40a63400e407e7b9ce89101e857d048658c379e58aaf21b8cb72890cff940e7b2d2796f6da2"
	pbkdf2Text = "$pbkdf2$1000$./8wMTIzNDU2Nzg5YWJj$9KtAKFOP6/xWlmLSTQAw9phsNJc"
	pbkdf2S1   = "$pbkdf2-sha1$1000$./8wMTIzNDU2Nzg5YWJj$9KtAKFOP6/xWlmLSTQAw9phsNJc"
	pbkdf2S256 = "$pbkdf2-sha256$1000$./8wMTIzNDU2Nzg5YWJj$.EHmiATtVvLJ0eRVoU0vY924zn1zDyeTOKO0NsY.eUk"
	pbkdf2S512 = "$pbkdf2-sha512$1000$./8wMTIzNDU2Nzg5YWJj$vnltmxeh56ddq4f34lJRdWrO/R9ofStViV0Zm/sfLbGbBjIIWmDyAMsg3FSFnvT8s8lPjD46gpvLgEkWJfCKIA"
)

func cheap() *secret.Hasher { return secret.NewHasher(secret.CheapParams(), 2, 8) }

func hash(t *testing.T, h *secret.Hasher, text string) string {
	t.Helper()
	encoded, err := h.Hash(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

func TestPasswordIsVerifiedByItsOwnHashOnly(t *testing.T) {
	t.Parallel()
	h := cheap()
	encoded := hash(t, h, password)
	if !strings.HasPrefix(encoded, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Errorf("got %q", encoded)
	}
	if encoded == hash(t, h, password) {
		t.Error("two hashes of one password are equal: the salt is not random")
	}
	for text, want := range map[string]bool{password: true, password + " ": false, "": false, "Correct horse": false} {
		ok, upgrade, err := h.Verify(t.Context(), encoded, text)
		if ok != want || upgrade || err != nil {
			t.Errorf("%q: got %v, upgrade %v, %v", text, ok, upgrade, err)
		}
	}
}

func TestKnownHashesAreVerified(t *testing.T) {
	t.Parallel()
	h := secret.NewHasher(secret.Params{MemoryKiB: 19456, Time: 2, Threads: 1}, 2, 8)
	for name, c := range map[string]struct {
		encoded, password string
		upgrade           bool
	}{
		"argon2id":           {argonText, password, false},
		"argon2id, cheaper":  {argonOdd, "grüße", true},
		"bcrypt 2b":          {bcryptText, password, true},
		"bcrypt 2a":          {strings.Replace(bcryptText, "2b", "2a", 1), password, true},
		"bcrypt 2y":          {strings.Replace(bcryptText, "2b", "2y", 1), password, true},
		"bcrypt of 72 bytes": {bcrypt72, strings.Repeat("x", 72), true},
		"meteor":             {meteorText, password, true},
		"pm415":              {pm415Text, password, true},
		"pm415, 64 bytes":    {pm415Text64, password, true},
		"pbkdf2":             {pbkdf2Text, password, true},
		"pbkdf2-sha1":        {pbkdf2S1, password, true},
		"pbkdf2-sha256":      {pbkdf2S256, password, true},
		"pbkdf2-sha512":      {pbkdf2S512, password, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := secret.CheckEncoded(c.encoded); err != nil {
				t.Errorf("CheckEncoded: %v", err)
			}
			ok, upgrade, err := h.Verify(t.Context(), c.encoded, c.password)
			if !ok || upgrade != c.upgrade || err != nil {
				t.Errorf("got %v, upgrade %v, %v", ok, upgrade, err)
			}
			ok, upgrade, err = h.Verify(t.Context(), c.encoded, c.password[1:])
			if ok || upgrade || err != nil {
				t.Errorf("wrong password: got %v, upgrade %v, %v", ok, upgrade, err)
			}
		})
	}
}

// bcrypt uses only 72 bytes, so any password with the same 72 bytes would match.
func TestBcryptRejectsPasswordsBeyondItsLimit(t *testing.T) {
	t.Parallel()
	ok, _, err := cheap().Verify(t.Context(), bcrypt72, strings.Repeat("x", 73))
	if ok || err != nil {
		t.Errorf("got %v, %v", ok, err)
	}
}

// Meteor hashes first, so all bytes of a long password matter.
func TestMeteorHashUsesTheWholePassword(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]bool{99: false, 100: true, 101: false} {
		ok, _, err := cheap().Verify(t.Context(), meteorLong, strings.Repeat("x", n))
		if ok != want || err != nil {
			t.Errorf("%d bytes: got %v, %v", n, ok, err)
		}
	}
}

func TestLongestPasswordIs1024Bytes(t *testing.T) {
	t.Parallel()
	h := cheap()
	longest := strings.Repeat("x", secret.MaxPassword)
	encoded := hash(t, h, longest)
	if ok, _, err := h.Verify(t.Context(), encoded, longest); !ok || err != nil {
		t.Errorf("longest: got %v, %v", ok, err)
	}
	if _, err := h.Hash(t.Context(), longest+"x"); !errors.Is(err, secret.ErrTooLong) {
		t.Errorf("Hash: got %v", err)
	}
	if ok, _, err := h.Verify(t.Context(), encoded, longest+"x"); ok || !errors.Is(err, secret.ErrTooLong) {
		t.Errorf("Verify: got %v, %v", ok, err)
	}
	if err := h.VerifyDummy(t.Context(), longest+"x"); !errors.Is(err, secret.ErrTooLong) {
		t.Errorf("VerifyNobody: got %v", err)
	}
}

func TestUserWithoutPasswordCannotLogIn(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", password} {
		ok, upgrade, err := cheap().Verify(t.Context(), "", text)
		if ok || upgrade || err != nil {
			t.Errorf("%q: got %v, upgrade %v, %v", text, ok, upgrade, err)
		}
	}
	if err := cheap().VerifyDummy(t.Context(), password); err != nil {
		t.Errorf("VerifyNobody: %v", err)
	}
}

func TestInvalidParamsAreReplaced(t *testing.T) {
	t.Parallel()
	for _, p := range []secret.Params{{}, {MemoryKiB: 1 << 30, Time: 1, Threads: 1}, {MemoryKiB: 64, Time: 1 << 20, Threads: 1}} {
		got := hash(t, secret.NewHasher(p, 0, -1), password)
		if !strings.HasPrefix(got, "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("%+v: got %q", p, got)
		}
	}
}

func TestUnsupportedHashIsRejected(t *testing.T) {
	t.Parallel()
	const salt, key = "MDEyMzQ1Njc4OWFiY2RlZg", "rk2Mi3E4dgRMg0fHaYaptWVZRKqs//6b6k3/nntqGJk"
	for name, encoded := range map[string]string{
		"empty":                    "",
		"plain text":               password,
		"plain text in PHC":        "$plaintext$" + password,
		"hexadecimal SHA-256":      strings.Repeat("ab", 32),
		"argon2i":                  "$argon2i$v=19$m=64,t=1,p=1$" + salt + "$" + key,
		"argon2 of 2013":           "$argon2id$v=16$m=64,t=1,p=1$" + salt + "$" + key,
		"argon2 without version":   "$argon2id$m=64,t=1,p=1$" + salt + "$" + key,
		"argon2 of 2 GiB":          "$argon2id$v=19$m=2097152,t=1,p=1$" + salt + "$" + key,
		"argon2 of many passes":    "$argon2id$v=19$m=1048576,t=5,p=1$" + salt + "$" + key,
		"argon2 without passes":    "$argon2id$v=19$m=64,t=0,p=1$" + salt + "$" + key,
		"argon2 without lanes":     "$argon2id$v=19$m=64,t=1,p=0$" + salt + "$" + key,
		"argon2 of 257 lanes":      "$argon2id$v=19$m=65536,t=1,p=257$" + salt + "$" + key,
		"argon2 of too little":     "$argon2id$v=19$m=7,t=1,p=1$" + salt + "$" + key,
		"argon2, negative":         "$argon2id$v=19$m=-64,t=1,p=1$" + salt + "$" + key,
		"argon2, other order":      "$argon2id$v=19$t=1,m=64,p=1$" + salt + "$" + key,
		"argon2, two parameters":   "$argon2id$v=19$m=64,t=1$" + salt + "$" + key,
		"argon2 with empty key":    "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$",
		"argon2 with short salt":   "$argon2id$v=19$m=64,t=1,p=1$MDEy$" + key,
		"argon2 with padding":      "$argon2id$v=19$m=64,t=1,p=1$" + salt + "==$" + key,
		"argon2 with long key":     "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + strings.Repeat("A", 400),
		"bcrypt of 2x":             strings.Replace(bcryptText, "2b", "2x", 1),
		"bcrypt cut":               bcryptText[:59],
		"bcrypt with more":         bcryptText + "x",
		"bcrypt of cost 31":        strings.Replace(bcryptText, "04", "31", 1),
		"bcrypt of cost 3":         strings.Replace(bcryptText, "04", "03", 1),
		"bcrypt of cost +4":        strings.Replace(bcryptText, "04", "+4", 1),
		"bcrypt with bad salt":     strings.Replace(bcryptText, "abc", "a c", 1),
		"meteor with plain text":   "$meteor$" + password,
		"meteor in meteor":         "$meteor$" + meteorText,
		"pm415, cut hex":           pm415Text[:len(pm415Text)-1],
		"pm415, short key":         "$pm415$0f1e2d3c4b5a6978.10000.c5735d8e",
		"pm415, empty key":         "$pm415$0f1e2d3c4b5a6978.10000.",
		"pm415, no iterations":     strings.Replace(pm415Text, ".10000.", ".0.", 1),
		"pm415, many iterations":   strings.Replace(pm415Text, ".10000.", ".4000000000.", 1),
		"pm415, two parts":         strings.Replace(pm415Text, ".10000", "", 1),
		"pbkdf2, many iterations":  strings.Replace(pbkdf2S256, "1000", "2147483647", 1),
		"pbkdf2, negative":         strings.Replace(pbkdf2S256, "1000", "-1", 1),
		"pbkdf2 of md5":            strings.Replace(pbkdf2S256, "sha256", "md5", 1),
		"pbkdf2 without key":       pbkdf2S256[:strings.LastIndex(pbkdf2S256, "$")+1],
		"pbkdf2, not base64":       pbkdf2S256 + "!",
		"text of unlimited length": argonText + strings.Repeat("A", 2000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := secret.CheckEncoded(encoded)
			if !errors.Is(err, secret.ErrEncoded) {
				t.Fatalf("CheckEncoded: got %v", err)
			}
			if len(encoded) > 20 && strings.Contains(err.Error(), encoded[len(encoded)-20:]) {
				t.Errorf("the error quotes the stored text: %v", err)
			}
			if encoded == "" {
				return // Verify treats it as a user without a password
			}
			if ok, _, err := cheap().Verify(t.Context(), encoded, password); ok || !errors.Is(err, secret.ErrEncoded) {
				t.Errorf("Verify: got %v, %v", ok, err)
			}
		})
	}
}

func TestCancelledRequestIsNotHashed(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := cheap().Hash(ctx, password); !errors.Is(err, context.Canceled) {
		t.Errorf("Hash: got %v", err)
	}
	if ok, _, err := cheap().Verify(ctx, argonOdd, "grüße"); ok || !errors.Is(err, context.Canceled) {
		t.Errorf("Verify: got %v, %v", ok, err)
	}
}

// FuzzEncoded checks that no stored text makes the decoders panic, and that Verify returns no error for
// a text that CheckEncoded accepts.
func FuzzEncoded(f *testing.F) {
	for _, text := range []string{argonOdd, bcryptText, meteorText, pm415Text, pbkdf2Text, pbkdf2S512, password} {
		f.Add(text)
	}
	h := cheap()
	f.Fuzz(func(t *testing.T, encoded string) {
		if secret.CheckEncoded(encoded) != nil || costly(encoded) {
			return
		}
		if ok, _, err := h.Verify(t.Context(), encoded, "not the password of any seed"); ok || err != nil {
			t.Errorf("%q: got %v, %v", encoded, ok, err)
		}
	})
}

// costly reports whether verifying an accepted text could take long: its cost has more digits than those
// of the seeds.
func costly(encoded string) bool {
	digits := 0
	for _, r := range encoded[:min(len(encoded), 40)] {
		if r < '0' || r > '9' {
			digits = 0
			continue
		}
		if digits++; digits > 4 {
			return true
		}
	}
	return strings.Contains(encoded, "$2") && !strings.Contains(encoded, "$04$")
}
