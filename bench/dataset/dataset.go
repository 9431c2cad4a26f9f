// Package dataset generates users for benchmarks, the same in each run, and writes them to
// files and stores.
//
// Names are made of syllables. Given names, and six family names of ten, follow
// Zipf's law, as in real registers: the name of rank r is 1/r times as frequent as the first.
// The other four of ten users have a rare family name that exactly [UsersPerRareName]
// users share, spread over all users. Searches look for these names.
package dataset

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
)

// UsersPerRareName is the number of users that share a rare family name.
const UsersPerRareName = 20

const (
	givenNames  = 2_000
	familyNames = 20_000
	seed        = 415
)

// User is a generated user.
type User struct {
	Username, Email, Given, Family string
}

// Name returns the full name.
func (p User) Name() string { return p.Given + " " + p.Family }

// Size is a number of generated users, counted from 0.
type Size int

// User returns user i. Usernames and addresses are unique: they consist
// of the names and a number.
func (c Size) User(i int) User {
	r := rand.New(rand.NewPCG(seed, uint64(i)))
	p := User{Given: given(zipf(r, givenNames))}
	if i%5 < 2 && c.Rare() > 0 {
		p.Family = c.RareName(c.scatter(i/5*2+i%5) / UsersPerRareName)
	} else {
		p.Family = family(zipf(r, familyNames))
	}
	handle := strings.ToLower(p.Given+"."+p.Family) + strconv.Itoa(i)
	domain := [...]string{"example.org", "example.com", "mail.example.net"}[r.IntN(3)]
	p.Username, p.Email = handle, handle+"@"+domain
	return p
}

// Rare returns the number of rare family names.
func (c Size) Rare() int { return int(c) / 5 * 2 / UsersPerRareName }

// scatter is a permutation of the users with rare names, so that those of one name
// are far from each other in every index by id. The last few, which are fewer than
// [UsersPerRareName], share the first names.
func (c Size) scatter(i int) int {
	const prime = 1_000_003
	n := c.Rare() * UsersPerRareName
	return i * prime % n
}

// RareName returns rare family name i. Rare names have four syllables, common ones two
// or three.
func (c Size) RareName(i int) string {
	// An odd factor modulo a power of two is a permutation, so no name repeats.
	const factor, all = 2_654_435_761, syllables * syllables * syllables * syllables
	return spell(i*factor%all, 4)
}

// zipf returns a random rank below n, with a probability of about 1/rank.
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

// UID returns the opaque id of user i: 17 characters.
func UID(i int) string { return fmt.Sprintf("bench%012d", i) }
