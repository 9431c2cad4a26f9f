package directory

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

// Order is what a list of people is sorted by. People who are alike in that are
// sorted by id, in the same direction.
type Order string

// The orders. Text is sorted by the bytes of its folded form, on every engine.
const (
	ByID       Order = ""
	ByName     Order = "name"
	ByUsername Order = "username" // people without one come before all others
	ByCreated  Order = "created"
)

// Orders lists every Order.
func Orders() []Order { return []Order{ByID, ByName, ByUsername, ByCreated} }

// Cursor is the place of a person in a list. It stays where it was when the person
// is renamed or deleted, so that a list which goes on after it shows nobody twice
// who was not moved.
type Cursor struct {
	Order Order
	Text  string    // the folded name or username
	At    time.Time // when the person was created
	ID    UserID
}

// At is the place of u in a list of this order.
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

// String is the cursor as clients keep it: opaque to them, and safe in a URL.
func (c Cursor) String() string {
	value := c.Text
	if c.Order == ByCreated {
		value = strconv.FormatInt(c.At.UnixMicro(), 10)
	}
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s:%d:%s", c.Order, c.ID, value))
}

// ParseCursor reads what [Cursor.String] wrote. Anything else is Invalid.
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

// check refuses an order that there is not, and a place of another one.
func (f UserFilter) check() error {
	if !slices.Contains(Orders(), f.Order) {
		return fault.MalformedField("order", "it must be "+fault.OneOf(Orders()))
	}
	if f.After != nil && f.After.Order != f.Order {
		return &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: "after", Code: fault.Mismatch, Detail: "it is the cursor of a list in another order; begin with the first page"}}}
	}
	return nil
}
