package native

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
)

// limiter counts the requests of each person in the minute at hand, on this node. It
// keeps one script with a fault from taking the server from everybody else; what an
// attacker could try is counted elsewhere, by account and address.
type limiter struct {
	max int // in a minute; 0 for any number
	now func() time.Time

	mu     sync.Mutex
	minute int64
	counts map[directory.UserID]int
}

func newLimiter(most int) *limiter {
	return &limiter{max: most, now: time.Now, counts: map[directory.UserID]int{}}
}

// take counts one request, and tells how many are left and when counting begins anew.
func (l *limiter) count(who directory.UserID) (left int, reset time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if minute := now.Unix() / 60; minute != l.minute {
		l.minute = minute
		clear(l.counts)
	}
	l.counts[who]++
	return l.max - l.counts[who], time.Unix((l.minute+1)*60, 0).Sub(now)
}

// limited answers 429 to whoever asks too often, and tells everybody how much is left
// by the headers of draft-ietf-httpapi-ratelimit-headers-07.
func (l *limiter) limit(serve handler) handler {
	if l.max <= 0 {
		return serve
	}
	return func(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
		left, reset := l.count(who.Impersonator())
		seconds := strconv.FormatInt(int64((reset+time.Second-1)/time.Second), 10)
		w.Header().Set("RateLimit-Limit", strconv.Itoa(l.max))
		w.Header().Set("RateLimit-Remaining", strconv.Itoa(max(left, 0)))
		w.Header().Set("RateLimit-Reset", seconds)
		if left < 0 {
			return &fault.Error{
				Kind: fault.Limited, RetryAfter: reset,
				Msg: "too many requests in a minute; wait as long as Retry-After says, or ask for many things at once by /users/bulk",
			}
		}
		return serve(w, r, who)
	}
}
