package ui

import (
	"cmp"
	"context"
	"net/http"
	"time"
)

// Reader is how the user of a request reads pages: the preferences that are stored with the account. They
// replace those of the browser; an empty field leaves them.
type Reader struct {
	Language string
	Theme    string         // "system" follows the browser
	Zone     *time.Location // of times; nil is UTC, and with scripts that of the browser
}

type readerKey struct{}

// WithReader returns r with room for the reader, which becomes known when the session is read.
func WithReader(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), readerKey{}, new(Reader)))
}

// SetReader sets the reader of a request of WithReader.
func SetReader(r *http.Request, reader Reader) {
	if room, ok := r.Context().Value(readerKey{}).(*Reader); ok {
		*room = reader
	}
}

func readerOf(r *http.Request) Reader {
	if room, ok := r.Context().Value(readerKey{}).(*Reader); ok {
		return *room
	}
	return Reader{}
}

// ZoneOf returns the zone in which the reader of a request sees times; without scripts, if it is not stored.
func ZoneOf(r *http.Request) *time.Location { return cmp.Or(readerOf(r).Zone, time.UTC) }

func zoneName(zone *time.Location) string {
	if zone == nil {
		return ""
	}
	return zone.String()
}
