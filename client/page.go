package client

import (
	"context"
	"iter"
	"maps"
	"net/url"
	"strconv"
	"time"
)

// Page is a part of a long list.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`  // the cursor of the next page; empty on the last
	Total int    `json:"total"` // on all pages; 0 where the server does not count
	// Capped says that Total is only as far as the server counts, and there are more.
	Capped bool `json:"total_capped"`
}

// pages goes through a list from where the query begins.
func listPages[T any](ctx context.Context, c *Client, where string, query url.Values) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		query := maps.Clone(query) // whoever goes through it twice begins anew
		for {
			page, err := get[Page[T]](ctx, c, where, query)
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

// all reads a list that is never long.
func listAll[T any](ctx context.Context, c *Client, where string) ([]T, error) {
	page, err := get[Page[T]](ctx, c, where, nil)
	return page.Items, err
}

// values is a query without what is empty.
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
