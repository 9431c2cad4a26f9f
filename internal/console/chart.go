package console

import (
	"strconv"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// chart is a bar chart of days, with its figures for the table below.
type chart struct {
	ID, Title, Summary string
	Fill               string // class of the bars
	Width              int    // of the drawing, in its units
	Top, Middle        string // labels of the axis
	Bars               []bar
	Labels             []string // of the first and the last day
}

// bar is one day. X, Y and Height are in the units of the drawing, which is 100 high.
type bar struct {
	X         int
	Y, Height string
	Day       string
	Count     int
	Title     string
}

const (
	barStep = 10 // units from one bar to the next
	barEdge = 1
)

// newChart draws the days. count is the key of the text about one bar, and of the sum.
func newChart(m *ui.Messages, id, title, count, fill string, days []model.DayCount) chart {
	c := chart{ID: id, Title: title, Fill: fill, Width: max(len(days), 1) * barStep}
	highest, sum := 0, 0
	for _, d := range days {
		highest, sum = max(highest, d.Count), sum+d.Count
	}
	top := roundUp(highest)
	c.Top, c.Middle, c.Summary = m.Number(top), m.Number(top/2), m.Count(count, sum)
	for i, d := range days {
		height := 100 * float64(d.Count) / float64(top)
		day := d.Day.Format("2006-01-02")
		c.Bars = append(c.Bars, bar{
			X: i*barStep + barEdge, Y: units(100 - height), Height: units(height), Day: day, Count: d.Count, Title: day + ": " + m.Count(count, d.Count),
		})
	}
	if len(days) > 0 {
		c.Labels = []string{c.Bars[0].Day, c.Bars[len(days)-1].Day}
	}
	return c
}

// roundUp returns the least number from n with one digit and zeros, and at least 2.
func roundUp(n int) int {
	step := 1
	for n > 9*step {
		step *= 10
	}
	return max((n+step-1)/step*step, 2)
}

func units(n float64) string { return strconv.FormatFloat(n, 'f', 1, 64) }
