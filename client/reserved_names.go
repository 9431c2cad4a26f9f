package client

import (
	"context"
	"net/url"
	"time"
)

// ReservedName is a name of a deleted or renamed user or organization that cannot be taken yet.
type ReservedName struct {
	Kind    string    `json:"kind"` // username, organization or slug
	Name    string    `json:"name"`
	Holder  int64     `json:"holder_id"`
	FreedAt time.Time `json:"freed_at"`
	Until   time.Time `json:"reserved_until"`
}

// ListReservedNames returns the reserved names. Only for administrators.
func (c *Client) ListReservedNames(ctx context.Context) ([]ReservedName, error) {
	var names []ReservedName
	for cursor := ""; ; {
		page, err := get[Page[ReservedName]](ctx, c, "/reserved-names", url.Values(values{}.text("cursor", cursor)))
		if err != nil {
			return names, err
		}
		names = append(names, page.Items...)
		if cursor = page.Next; cursor == "" {
			return names, nil
		}
	}
}

// ReleaseReservedName releases a reserved name, so that anyone can take it. Only for administrators.
func (c *Client) ReleaseReservedName(ctx context.Context, kind, name string) error {
	return c.delete(ctx, "/reserved-names/"+url.PathEscape(kind)+"/"+url.PathEscape(name))
}
