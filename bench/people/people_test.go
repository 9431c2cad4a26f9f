package people_test

import (
	"strings"
	"testing"

	"roster.example/roster/bench/people"
)

func TestUsernamesAndAddressesAreUnique(t *testing.T) {
	t.Parallel()
	const crowd people.Crowd = 20_000
	names, addresses := map[string]bool{}, map[string]bool{}
	for i := range int(crowd) {
		p := crowd.Person(i)
		if names[p.Username] || addresses[p.Email] {
			t.Fatalf("person %d, %s, is there twice", i, p.Username)
		}
		names[p.Username], addresses[p.Email] = true, true
	}
}

func TestRareFamilyNamesOccurAsGiven(t *testing.T) {
	t.Parallel()
	const crowd people.Crowd = 20_000
	bearers := map[string]int{}
	for i := range int(crowd) {
		bearers[crowd.Person(i).Family]++
	}
	for i := range crowd.Rare() {
		if name := crowd.RareName(i); bearers[name] != people.Bearers {
			t.Errorf("%d people are called %s, want %d", bearers[name], name, people.Bearers)
		}
	}
}

func TestCommonNamesFollowZipf(t *testing.T) {
	t.Parallel()
	const crowd people.Crowd = 20_000
	count := map[string]int{}
	for i := range int(crowd) {
		count[strings.ToLower(crowd.Person(i).Given)]++
	}
	most := 0
	for _, n := range count {
		most = max(most, n)
	}
	// Rank 1 of 2,000 has the share ln 2 / ln 2000, about a tenth.
	if most < 1_500 || most > 2_500 {
		t.Errorf("the first name is borne by %d of %d", most, crowd)
	}
	if len(count) < 1_000 {
		t.Errorf("only %d given names", len(count))
	}
}

func TestGeneratedUsersAreReproducible(t *testing.T) {
	t.Parallel()
	const crowd people.Crowd = 1_000
	if one, other := crowd.Person(7), crowd.Person(7); one != other {
		t.Errorf("got %v and %v", one, other)
	}
}
