// Package people makes up as many people as a benchmark needs, always the same
// ones, and puts them where they are to be found.
//
// Names are made of syllables. Given names, and six family names in ten, follow
// Zipf's law: the name of rank r is borne 1/r as often as the first, as in real
// registers. The other four in ten bear a rare family name that exactly [Bearers]
// people share, scattered over the whole crowd: those are what searches look for.
package people

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Bearers is how many people share a rare family name.
const Bearers = 20

const (
	givenNames  = 2_000
	familyNames = 20_000
	seed        = 415
)

// Person is somebody who was made up.
type Person struct {
	Username, Email, Given, Family string
}

// Name is the whole name.
func (p Person) Name() string { return p.Given + " " + p.Family }

// Crowd is a number of people, counted from 0.
type Crowd int

// Person is the i-th of the crowd. Usernames and addresses are unique, and real:
// made of the names and a number.
func (c Crowd) Person(i int) Person {
	r := rand.New(rand.NewPCG(seed, uint64(i)))
	p := Person{Given: given(zipf(r, givenNames))}
	if i%5 < 2 && c.Rare() > 0 {
		p.Family = c.RareName(c.scatter(i/5*2+i%5) / Bearers)
	} else {
		p.Family = family(zipf(r, familyNames))
	}
	handle := strings.ToLower(p.Given+"."+p.Family) + strconv.Itoa(i)
	domain := [...]string{"example.org", "example.com", "mail.example.net"}[r.IntN(3)]
	p.Username, p.Email = handle, handle+"@"+domain
	return p
}

// Rare is how many rare family names there are.
func (c Crowd) Rare() int { return int(c) / 5 * 2 / Bearers }

// scatter is a permutation of the bearers of rare names, so that those of one name
// are far from each other in every index by id. The last few, who do not fill a
// name of their own, share the first ones.
func (c Crowd) scatter(i int) int {
	const prime = 1_000_003
	n := c.Rare() * Bearers
	return i * prime % n
}

// RareName is the i-th rare family name. All have four syllables, common ones two
// or three.
func (c Crowd) RareName(i int) string {
	// An odd factor and a power of two: no name comes twice.
	const factor, all = 2_654_435_761, syllables * syllables * syllables * syllables
	return spell(i*factor%all, 4)
}

// zipf draws a rank below n, with a probability of about 1/rank.
func zipf(r *rand.Rand, n int) int { return int(math.Pow(float64(n), r.Float64())) - 1 }

func given(rank int) string { return spell(rank*1_001+17, 2) }

func family(rank int) string {
	if rank < 3_000 {
		return spell(rank*331+5, 2)
	}
	return spell(rank*7_919+11, 3)
}

// syllables is a power of two, so that an odd factor permutes all names of one
// length.
const syllables = 64

func spell(n, length int) string {
	onsets := [...]string{"b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "sch", "br"}
	vowels := [...]string{"a", "e", "i", "o"}
	var name strings.Builder
	for range length {
		at := n % syllables
		n /= syllables
		name.WriteString(onsets[at/len(vowels)] + vowels[at%len(vowels)])
	}
	if n%2 == 1 {
		name.WriteString("n")
	}
	text := name.String()
	return strings.ToUpper(text[:1]) + text[1:]
}

// UID is the opaque id of the i-th person: 17 characters.
func UID(i int) string { return fmt.Sprintf("bench%012d", i) }
