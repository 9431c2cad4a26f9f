package naming

import (
	"slices"
	"strconv"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
)

// FirstAvailable returns the first of base, base2, base3 and so on for which lookup returns
// NotFound. After 20 it adds random digits, because many users may share a base.
func FirstAvailable(field, base string, lookup func(string) error) (string, error) {
	for n := 1; n < 40; n++ {
		name := base
		switch {
		case n > 20:
			name += secret.NewOpaque(8, "0123456789").Reveal()
		case n > 1:
			name += strconv.Itoa(n)
		}
		err := lookup(name)
		if fault.KindOf(err) == fault.NotFound {
			return name, nil
		}
		if err != nil {
			return "", err
		}
	}
	return "", fault.TakenField(field)
}

// reservedSlugs would be ambiguous in a path or credential.
var reservedSlugs = []string{"", "api", "users", "profile", "roles"}

// AvailableSlug returns the first slug like base for which lookup returns NotFound.
func AvailableSlug(base string, lookup func(string) error) (string, error) {
	if slices.Contains(reservedSlugs, base) {
		base = strings.Trim("org-"+base, "-")
	}
	return FirstAvailable("slug", strings.TrimRight(unitext.Truncate(base, 55), "-"), lookup)
}
