package client

import (
	"context"
	"net/url"
	"time"
)

// ReservedName is the name of a deleted or renamed user or organization, which is not
// free again yet.
type ReservedName struct {
	Kind    string    `json:"kind"` // username, organization or slug
	Name    string    `json:"name"`
	Holder  int64     `json:"holder_id"`
	FreedAt time.Time `json:"freed_at"`
	Until   time.Time `json:"reserved_until"`
}

// ReservedNames lists reserved names; for administrators.
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

// ReleaseName frees a reserved name for everyone; for administrators.
func (c *Client) ReleaseReservedName(ctx context.Context, kind, name string) error {
	return c.delete(ctx, "/reserved-names/"+url.PathEscape(kind)+"/"+url.PathEscape(name))
}
