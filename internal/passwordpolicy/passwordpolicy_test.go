package passwordpolicy_test

import (
	"testing"

	"roster.example/roster/internal/passwordpolicy"
)

func TestGuessablePasswords(t *testing.T) {
	t.Parallel()
	for _, password := range []string{
		"password", "Password1!", "P@ssw0rd", "2026password", "QWERTZUIOP", "asdfghjk", "87654321", "!!!!!!!!!!", "ääääääää",
		"abcabcabc", "1q2w3e4r5t", "Sommer2026!", "ada ada ada", "x7k-x7k-x7k", "abcdeabcdeabc", "password password",
		"ｐａｓｓｗｏｒｄ", "ＰＡＳＳＷＯＲＤ１", "𝐩𝐚𝐬𝐬𝐰𝐨𝐫𝐝", "𝕻𝖆𝖘𝖘𝖜𝖔𝖗𝖉", "ⓟⓐⓢⓢⓦⓞⓡⓓ", "🅟🅐🅢🅢🅦🅞🅡🅓", "🄿🄰🅂🅂🅆🄾🅁🄳", "🅿🅰🆂🆂🆆🅾🆁🅳", "⒫⒜⒮⒮⒲⒪⒭⒟",
		"🇵🇦🇸🇸🇼🇴🇷🇩", "ᵖᵃˢˢʷᵒʳᵈ", "Ｐ＠ｓｓｗ０ｒｄ", "maﬆer", "paßword", "pa\u00adssword", "pass\u200bword", "pass\u034fword", "pass\u3164word", "p\ufe0fassword",
		"ｑｗｅｒｔｚｕｉｏｐ", "８７６５４３２１", "𝟖𝟕𝟔𝟓𝟒𝟑𝟐𝟏", "①②③④⑤⑥⑦⑧", "a\u200bb\u200ca\u200db\u2060ab", "ａbcabcabc",
	} {
		if !passwordpolicy.IsGuessable(password) {
			t.Errorf("%q passes", password)
		}
	}
	for _, password := range []string{
		"four words make one", "correct horse battery staple", "xk7-Qm2-pf9", "passwords are dull", "no news is good news",
		"correct horse correct horse", "Tr0ub4dor&3x", "gänseblümchen am see", "ｆｏｕｒ words make one",
	} {
		if passwordpolicy.IsGuessable(password) {
			t.Errorf("%q is rejected", password)
		}
	}
}

func TestPasswordsOfWordsAboutTheUser(t *testing.T) {
	t.Parallel()
	hints := passwordpolicy.Hints{"countess", "Ada Lovelace", "ada@example.org", "Acme People"}
	for password, want := range map[string]bool{
		"Lovelace1815": true, "adalovelace": true, "ada@example.org": true, "lovelaceada!": true, "Acme-People-1": true, "countess": true,
		"ｌｏｖｅｌａｃｅ１８１５": true, "𝓬𝓸𝓾𝓷𝓽𝓮𝓼𝓼": true, "love\u200blace": true, "ⓐⓓⓐlovelace": true,
		"lovelace and babbage": false, "correct horse": false, "ada-secret-1": false,
	} {
		if got := passwordpolicy.IsPersonal(password, hints); got != want {
			t.Errorf("%q: got %v", password, got)
		}
	}
	if passwordpolicy.IsPersonal("lovelace", nil) {
		t.Error("without hints a password is personal")
	}
}
