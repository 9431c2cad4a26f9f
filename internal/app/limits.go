package app

import (
	"time"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/config"
	"roster.example/roster/internal/web"
)

// readSlots is the maximum number of concurrent expensive reads. The default leaves one processor
// free if there are two or more.
func readSlots(c config.Limits) int {
	if c.Reads > 0 {
		return c.Reads
	}
	return max(1, processors()-1)
}

// newAdmission returns a controller with the limits of the settings.
func newAdmission(c config.Limits) *admission.Controller {
	return admission.New(map[admission.Class]admission.Limits{
		admission.ExpensiveReads: {
			Slots: readSlots(c), PerCaller: c.ReadsPerCaller, Queue: c.ReadsQueue, Wait: time.Duration(c.ReadsWait),
		},
	})
}

func bodyLimits(c config.Limits) web.BodyLimits {
	return web.BodyLimits{Public: int64(c.PublicBody), All: int64(c.Bodies), Time: time.Duration(c.BodyTime)}
}
