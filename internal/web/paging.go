package web

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"roster.example/roster/internal/decimal"
)

// The page sizes of GitLab's lists (docs/products/gitlab.md, Lists).
const (
	DefaultPageSize = 20
	MaxPageSize     = 100
)

// Page is one page of a list. Both numbers are at least 1.
type Page struct {
	Number int // counted from 1
	Size   int // rows of a full page
}

// Offset returns the number of rows before the page. It cannot overflow for a page of ParsePage.
func (p Page) Offset() int64 { return int64(p.Number-1) * int64(p.Size) }

// ParsePage reads page and per_page. Invalid values mean the default, and larger sizes mean
// MaxPageSize (docs/products/gitlab.md, Lists).
func ParsePage(p Params) Page {
	return Page{
		Number: positiveInt(p, "page", 1, math.MaxInt32),
		Size:   positiveInt(p, "per_page", DefaultPageSize, MaxPageSize),
	}
}

// positiveInt returns the named parameter, at most limit, or fallback unless it is a positive
// decimal number. A JSON number may have any notation.
func positiveInt(p Params, name string, fallback, limit int) int {
	if number, given := p[name].(json.Number); given {
		n, err := decimal.ParseWhole(number.String())
		switch {
		case errors.Is(err, decimal.ErrRange) && number[0] != '-', n > int64(limit):
			return limit
		case n < 1:
			return fallback
		}
		return int(n)
	}
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

// SetPagingHeaders sets the headers that describe a page of a list with total rows, as GitLab does
// (docs/products/gitlab.md, Lists): Link with prev, next, first and last, and the X- headers. base
// is the absolute URL of the list without query, built from the configured address and never from
// request headers. filters are the parameters that the links have besides page and per_page. They
// must be known to the list, because some clients send a link back as a parameter of the next
// request.
func SetPagingHeaders(w http.ResponseWriter, base string, filters url.Values, page Page, total int64) {
	size := int64(page.Size)
	last := max(1, (total+size-1)/size)
	number, prev, next := int64(page.Number), "", ""
	// GitLab gives neither link after the last page.
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

// SetUncountedPagingHeaders is SetPagingHeaders for a list that is too long to be counted: without
// totals and the last page, as GitLab does beyond 10,000 rows ("Pagination response headers" in its
// documentation of the REST API).
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

// maxLinkSuffix is the length of a link without the parts that all links share.
const maxLinkSuffix = len(`, page=9223372036854775807first"`)

// links returns the Link header (RFC 8288). The parameters are sorted by name, as by
// url.Values.Encode; the links differ in page only.
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
