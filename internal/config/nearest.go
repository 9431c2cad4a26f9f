package config

import "strings"

// nearest returns the candidate that was most likely meant, or "". A name without its section
// also matches: host is mail.host.
func nearest(name string, candidates []string) string {
	best, least := "", 1+max(2, len(name)/4)
	for _, c := range candidates {
		if d := distance(strings.ToLower(name), strings.ToLower(c)); d < least {
			best, least = c, d
		}
	}
	if best != "" {
		return best
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	for _, c := range candidates {
		if strings.HasSuffix(c, "."+last) || c == last {
			return c
		}
	}
	return ""
}

// distance returns the Levenshtein distance.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
