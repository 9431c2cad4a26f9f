package ui

import (
	"bytes"
	"html/template"
	"strconv"
	"time"
)

const (
	day = 24 * time.Hour
	// relativeWithin is the age up to which a time is shown as a distance from now.
	relativeWithin = 7 * day
	exactTime      = "2006-01-02 15:04 MST"
)

// Template functions are shared by all requests, and a time is shown in the zone of the reader. So when
// writes a mark, and showTimes replaces the marks of a rendered page. Templates replace NUL in all other text, so
// that a text of a user contains no mark.
const (
	markStart = "\x00time "
	markEnd   = "\x00"
)

// when returns the mark of a time. The zero time is "never".
func (m *Messages) when(at time.Time) template.HTML {
	if at.IsZero() {
		return template.HTML(template.HTMLEscapeString(m.Text("time.never")))
	}
	return template.HTML(markStart + strconv.FormatInt(at.UnixNano(), 10) + markEnd)
}

// showTimes replaces the marks of a page by time elements.
func (m *Messages) showTimes(page []byte, now time.Time, zone *time.Location) []byte {
	var out []byte
	for {
		before, rest, found := bytes.Cut(page, []byte(markStart))
		if !found {
			return append(out, page...)
		}
		mark, after, _ := bytes.Cut(rest, []byte(markEnd))
		out, page = append(out, before...), after
		if at, err := strconv.ParseInt(string(mark), 10, 64); err == nil {
			out = m.appendTime(out, time.Unix(0, at).In(zone), now)
		}
	}
}

// appendTime appends at as a time element: relative to now within a week, and a date in its zone otherwise.
// Its title is the exact time.
func (m *Messages) appendTime(out []byte, at, now time.Time) []byte {
	out = append(out, `<time datetime="`+at.UTC().Format(time.RFC3339)+`" title="`+at.Format(exactTime)+`">`...)
	return append(out, template.HTMLEscapeString(m.distance(at, now))+`</time>`...)
}

func (m *Messages) distance(at, now time.Time) string {
	age := now.Sub(at)
	switch {
	case age > relativeWithin || age < -relativeWithin:
		return at.Format(time.DateOnly)
	case age > -time.Minute && age < time.Minute:
		return m.Text("time.now")
	case age < 0:
		return m.inUnits(-age, "time.in_days", "time.in_hours", "time.in_minutes")
	}
	return m.inUnits(age, "time.days_ago", "time.hours_ago", "time.minutes_ago")
}

// inUnits returns the message for a duration in its largest whole unit. The keys are those of the units.
func (m *Messages) inUnits(d time.Duration, days, hours, minutes string) string {
	switch {
	case d >= day:
		return m.Count(days, int(d/day))
	case d >= time.Hour:
		return m.Count(hours, int(d/time.Hour))
	}
	return m.Count(minutes, int(d/time.Minute))
}
