package storetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"roster.example/roster/internal/model"
)

// Names generates users like those of large directories: a few common given and family
// names, and many rare ones.
type Names struct {
	given, family, domains []string
	random                 *rand.Rand
	ofGiven, ofFamily, at  *rand.Zipf
}

// NewNames returns a generator. All generators return the same users.
func NewNames() *Names {
	random := rand.New(rand.NewPCG(1, 2))
	n := &Names{random: random}
	for range 3_000 {
		n.given = append(n.given, word(random, 1, 2))
	}
	for range 200_000 {
		n.family = append(n.family, word(random, 2, 3))
	}
	for range 400 {
		n.domains = append(n.domains, word(random, 1, 3)+".example")
	}
	n.given[3], n.family[2] = "anna", "garcia"
	n.ofGiven = rand.NewZipf(random, 1.15, 8, uint64(len(n.given)-1))
	n.ofFamily = rand.NewZipf(random, 1.07, 20, uint64(len(n.family)-1))
	n.at = rand.NewZipf(random, 1.3, 1, uint64(len(n.domains)-1))
	return n
}

// word returns a word of syllables.
func word(random *rand.Rand, least, most int) string {
	onsets := strings.Fields("b c d f g h k l m n p r s t v w z br ch sh st tr kr gr fr th sch m n l r s t")
	vowels := strings.Fields("a e i o u a e i o a e ie au ei ia")
	codas := []string{"", "", "", "", "", "", "n", "r", "s", "l", "m", "t", "nn", "rt", "ck"}
	text := ""
	for range least + random.IntN(most-least+1) {
		text += onsets[random.IntN(len(onsets))] + vowels[random.IntN(len(vowels))] + codas[random.IntN(len(codas))]
	}
	return text
}

// UserRecord returns user number i, with an address.
func (n *Names) UserRecord(i int) model.NewUserRecord {
	given, family := n.given[n.ofGiven.Uint64()], n.family[n.ofFamily.Uint64()]
	name := fmt.Sprint([]string{given + "." + family, given[:1] + family, family + given[:1]}[i%3], i)
	u := newUser(name)
	u.UID = fmt.Sprintf("%017d", i)
	u.Name = strings.ToUpper(given[:1]) + given[1:] + " " + strings.ToUpper(family[:1]) + family[1:]
	u.Emails = []model.Email{{Address: name + "@" + n.domains[n.at.Uint64()], Primary: true, CreatedAt: sampleTime()}}
	u.CreatedAt = sampleTime().Add(time.Duration(n.random.Int64N(int64(1e5 * time.Hour))))
	return model.NewUserRecord{User: &u}
}
