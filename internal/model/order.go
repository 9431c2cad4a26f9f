package model

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/unitext"
)

// Order is the sort key of a list of users. Users with equal keys are sorted by id, in the same
// direction.
type Order string

// The orders. Text is sorted by the bytes of its folded form, on every engine.
const (
	ByID       Order = ""
	ByName     Order = "name"
	ByUsername Order = "username" // users without one come first
	ByCreated  Order = "created"
)

// Orders lists every Order.
func Orders() []Order { return []Order{ByID, ByName, ByUsername, ByCreated} }

// Cursor is the position of a user in a list. It stays valid when the user is renamed or deleted, so
// that the next page repeats no user.
type Cursor struct {
	Order Order
	Text  string    // the folded name or username
	At    time.Time // creation time of the user
	ID    UserID
}

// At returns the cursor of u in a list of this order.
func (o Order) At(u User) Cursor {
	c := Cursor{Order: o, ID: u.ID}
	switch o {
	case ByName:
		c.Text = unitext.Fold(u.Name)
	case ByUsername:
		c.Text = unitext.Fold(u.Username)
	case ByCreated:
		c.At = u.CreatedAt
	}
	return c
}

// String returns the cursor as opaque text that is safe in a URL.
func (c Cursor) String() string {
	value := c.Text
	if c.Order == ByCreated {
		value = strconv.FormatInt(c.At.UnixMicro(), 10)
	}
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s:%d:%s", c.Order, c.ID, value))
}

// ParseCursor parses the text of [Cursor.String]. Any other text is Invalid.
func ParseCursor(text string) (Cursor, error) {
	bad := fault.MalformedField("after", "it is not the cursor of a page: take it from the page before")
	plain, err := base64.RawURLEncoding.DecodeString(text)
	parts := strings.SplitN(string(plain), ":", 3)
	if err != nil || len(parts) != 3 {
		return Cursor{}, bad
	}
	c := Cursor{Order: Order(parts[0]), Text: parts[2]}
	id, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || !slices.Contains(Orders(), c.Order) {
		return Cursor{}, bad
	}
	c.ID = UserID(id)
	if c.Order == ByCreated {
		micros, err := strconv.ParseInt(c.Text, 10, 64)
		if err != nil {
			return Cursor{}, bad
		}
		c.Text, c.At = "", time.UnixMicro(micros).UTC()
	}
	return c, nil
}

// Check rejects an unknown order, and a cursor of another order.
func (f UserFilter) Check() error {
	if !slices.Contains(Orders(), f.Order) {
		return fault.MalformedText("order", fault.Textf("it must be {values}", "values", fault.OneOf(Orders())))
	}
	if f.After != nil && f.After.Order != f.Order {
		return &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: "after", Code: fault.Mismatch, Detail: "it is the cursor of a list in another order; begin with the first page"}}}
	}
	return nil
}
