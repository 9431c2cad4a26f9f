package client

import (
	"context"
	"iter"
	"maps"
	"net/url"
	"strconv"
	"time"
)

// Page is one page of a long list.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`  // the cursor of the next page; empty on the last
	Total int    `json:"total"` // of all pages; 0 if the server did not count
	// Capped means that there are more results than Total, because the server counts only up to a limit.
	Capped bool `json:"total_capped"`
}

// The maximum numbers of items on a page. Tests compare them with the server.
const (
	maxPage      = 100
	maxEventPage = 1000
)

// listPages returns the items of all pages.
func listPages[T any](ctx context.Context, c *Client, endpoint string, query url.Values) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		query := maps.Clone(query) // each loop over the iterator starts from the beginning
		for {
			page, err := get[Page[T]](ctx, c, endpoint, query)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			query.Set("cursor", page.Next)
		}
	}
}

// listAll returns a list that is always complete.
func listAll[T any](ctx context.Context, c *Client, endpoint string) ([]T, error) {
	page, err := get[Page[T]](ctx, c, endpoint, nil)
	return page.Items, err
}

// values is a query without empty parameters.
type values url.Values

func (v values) text(name, value string) values {
	if value != "" {
		url.Values(v).Set(name, value)
	}
	return v
}

func (v values) number(name string, n int64) values {
	if n != 0 {
		url.Values(v).Set(name, strconv.FormatInt(n, 10))
	}
	return v
}

func (v values) time(name string, t time.Time) values {
	if !t.IsZero() {
		url.Values(v).Set(name, t.UTC().Format(time.RFC3339Nano))
	}
	return v
}
