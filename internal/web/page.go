package web

import (
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// The page sizes of GitLab's lists (reference gitlab, A1 and B3).
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
// above the cap mean the cap (reference gitlab, A1).
func ParsePage(p Params) Page {
	return Page{
		Number: natural(p, "page", 1, math.MaxInt32),
		Size:   natural(p, "per_page", DefaultPageSize, MaxPageSize),
	}
}

// natural returns the named number, at most limit, or fallback for anything
// that is not a row of digits with a value above zero.
func natural(p Params, name string, fallback, limit int) int {
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
// (reference gitlab, B3): Link with prev, next, first and last, and the X-
// headers. base is the absolute address of the list without query, built from
// the configured address and never from request headers. The links carry the
// query of r, credentials excepted.
func SetPageHeaders(w http.ResponseWriter, r *http.Request, base string, page Page, total int64) {
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
	h := w.Header()
	h.Set("Link", links(r.URL.Query(), base, sizeText, prev, next, lastText))
	h.Set("X-Page", strconv.Itoa(page.Number))
	h.Set("X-Per-Page", sizeText)
	h.Set("X-Prev-Page", prev)
	h.Set("X-Next-Page", next)
	h.Set("X-Total", strconv.FormatInt(total, 10))
	h.Set("X-Total-Pages", lastText)
}

// links writes the Link header (RFC 8288).
func links(query url.Values, base, size, prev, next, last string) string {
	query.Del("private_token")
	query.Del("access_token")
	query.Set("per_page", size)
	var parts []string
	for _, l := range []struct{ rel, page string }{{"prev", prev}, {"next", next}, {"first", "1"}, {"last", last}} {
		if l.page != "" {
			query.Set("page", l.page)
			parts = append(parts, "<"+base+"?"+query.Encode()+`>; rel="`+l.rel+`"`)
		}
	}
	return strings.Join(parts, ", ")
}
