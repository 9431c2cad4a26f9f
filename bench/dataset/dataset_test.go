package dataset_test

import (
	"strings"
	"testing"

	"roster.example/roster/bench/dataset"
)

func TestUsernamesAndAddressesAreUnique(t *testing.T) {
	t.Parallel()
	const size dataset.Size = 20_000
	names, addresses := map[string]bool{}, map[string]bool{}
	for i := range int(size) {
		p := size.User(i)
		if names[p.Username] || addresses[p.Email] {
			t.Fatalf("user %d, %s, is there twice", i, p.Username)
		}
		names[p.Username], addresses[p.Email] = true, true
	}
}

func TestRareFamilyNamesOccurAsGiven(t *testing.T) {
	t.Parallel()
	const size dataset.Size = 20_000
	count := map[string]int{}
	for i := range int(size) {
		count[size.User(i).Family]++
	}
	for i := range size.Rare() {
		if name := size.RareName(i); count[name] != dataset.UsersPerRareName {
			t.Errorf("%d users are called %s, want %d", count[name], name, dataset.UsersPerRareName)
		}
	}
}

func TestCommonNamesFollowZipf(t *testing.T) {
	t.Parallel()
	const size dataset.Size = 20_000
	count := map[string]int{}
	for i := range int(size) {
		count[strings.ToLower(size.User(i).Given)]++
	}
	most := 0
	for _, n := range count {
		most = max(most, n)
	}
	// Rank 1 of 2,000 has the share ln 2 / ln 2000, about a tenth.
	if most < 1_500 || most > 2_500 {
		t.Errorf("the first name is borne by %d of %d", most, size)
	}
	if len(count) < 1_000 {
		t.Errorf("only %d given names", len(count))
	}
}

func TestGeneratedUsersAreReproducible(t *testing.T) {
	t.Parallel()
	const size dataset.Size = 1_000
	if one, other := size.User(7), size.User(7); one != other {
		t.Errorf("got %v and %v", one, other)
	}
}
