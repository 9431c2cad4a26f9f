package web

import (
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// The page sizes of GitLab's lists (docs/products/gitlab.md, Lists).
const (
	DefaultPageSize = 20
	MaxPageSize     = 100
)

// A Page is one part of a list. Both numbers are at least 1.
type Page struct {
	Number int // counted from 1
	Size   int // rows of a full page
}

// Offset returns how many rows lie before the page. It cannot overflow for a
// page that ParsePage made.
func (p Page) Offset() int64 { return int64(p.Number-1) * int64(p.Size) }

// ParsePage reads page and per_page. Nonsense means the default, and sizes
// above the cap mean the cap (docs/products/gitlab.md, Lists).
func ParsePage(p Params) Page {
	return Page{
		Number: positiveInt(p, "page", 1, math.MaxInt32),
		Size:   positiveInt(p, "per_page", DefaultPageSize, MaxPageSize),
	}
}

// natural returns the named number, at most limit, or fallback for anything
// that is not a row of digits with a value above zero.
func positiveInt(p Params, name string, fallback, limit int) int {
	text, ok, err := p.Text(name)
	if err != nil || !ok || text == "" || strings.Trim(text, "0123456789") != "" {
		return fallback
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return limit // only digits, so too many of them
	}
	if n < 1 {
		return fallback
	}
	return min(n, limit)
}

// SetPageHeaders describes the page of a list with total rows as GitLab does
// (docs/products/gitlab.md, Lists): Link with prev, next, first and last, and the X-
// headers. base is the absolute address of the list without query, built from
// the configured address and never from request headers. filters are the parameters
// that the links carry beside page and per_page: those that the list knows, and no
// others, since some clients send a link back as a parameter of the next request.
func SetPagingHeaders(w http.ResponseWriter, base string, filters url.Values, page Page, total int64) {
	size := int64(page.Size)
	last := max(1, (total+size-1)/size)
	number, prev, next := int64(page.Number), "", ""
	// Past the end there is neither: the original's pager says so.
	if number > 1 && number <= last {
		prev = strconv.FormatInt(number-1, 10)
	}
	if number < last {
		next = strconv.FormatInt(number+1, 10)
	}
	lastText, sizeText := strconv.FormatInt(last, 10), strconv.Itoa(page.Size)
	SetHeaders(w, "Link", links(filters, base, sizeText, prev, next, lastText),
		"X-Page", strconv.Itoa(page.Number), "X-Per-Page", sizeText, "X-Prev-Page", prev, "X-Next-Page", next,
		"X-Total", strconv.FormatInt(total, 10), "X-Total-Pages", lastText)
}

// SetUncountedPageHeaders describes the page of a list that is too long to be
// counted: without totals and the last page, as GitLab does beyond 10,000 rows
// ("Pagination response headers" in its documentation of the REST API).
func SetUncountedPagingHeaders(w http.ResponseWriter, base string, filters url.Values, page Page, more bool) {
	prev, next := "", ""
	if page.Number > 1 {
		prev = strconv.Itoa(page.Number - 1)
	}
	if more {
		next = strconv.Itoa(page.Number + 1)
	}
	size := strconv.Itoa(page.Size)
	SetHeaders(w, "Link", links(filters, base, size, prev, next, ""),
		"X-Page", strconv.Itoa(page.Number), "X-Per-Page", size, "X-Prev-Page", prev, "X-Next-Page", next)
}

// longestLink is how long a link is beside what all links share.
const maxLinkSuffix = len(`, page=9223372036854775807first"`)

// links writes the Link header (RFC 8288). The parameters stand in the order of
// their names, as url.Values.Encode has them; page alone differs between links.
func links(filters url.Values, base, size, prev, next, last string) string {
	before, after := url.Values{}, url.Values{"per_page": {size}}
	for name, values := range filters {
		if name < "page" {
			before[name] = values
		} else {
			after[name] = values
		}
	}
	start := "<" + base + "?"
	if len(before) > 0 {
		start += before.Encode() + "&"
	}
	end := "&" + after.Encode() + `>; rel="`
	all := make([]byte, 0, 4*(len(start)+len(end)+maxLinkSuffix))
	for _, l := range [...]struct{ rel, page string }{{"prev", prev}, {"next", next}, {"first", "1"}, {"last", last}} {
		if l.page == "" {
			continue
		}
		if len(all) > 0 {
			all = append(all, ", "...)
		}
		all = append(append(append(all, start...), "page="...), l.page...)
		all = append(append(append(all, end...), l.rel...), '"')
	}
	return string(all)
}
