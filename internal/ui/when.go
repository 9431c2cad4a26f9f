package ui

import (
	"html/template"
	"time"
)

const (
	day = 24 * time.Hour
	// relativeWithin is the age up to which a time is shown as a distance from now.
	relativeWithin = 7 * day
	exactTime      = "2006-01-02 15:04 UTC"
)

// when returns at as a time element: relative to now within a week, and a date otherwise. Its title is
// the exact time. The zero time is "never".
func (m *Messages) when(at, now time.Time) template.HTML {
	if at.IsZero() {
		return template.HTML(template.HTMLEscapeString(m.Text("time.never")))
	}
	at = at.UTC()
	return template.HTML(`<time datetime="` + at.Format(time.RFC3339) + `" title="` + at.Format(exactTime) + `">` +
		template.HTMLEscapeString(m.distance(at, now)) + `</time>`)
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
