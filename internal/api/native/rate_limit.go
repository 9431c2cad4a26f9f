package native

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// limiter counts the requests of each user in the current minute, on this node. It keeps a faulty script from slowing down
// the server for all users. Login attempts are counted elsewhere, by account and network address.
type limiter struct {
	max int // in a minute; 0 means no limit
	now func() time.Time

	mu     sync.Mutex
	minute int64
	counts map[model.UserID]int
}

func newLimiter(perMinute int) *limiter {
	return &limiter{max: perMinute, now: time.Now, counts: map[model.UserID]int{}}
}

// count counts one request and returns how many remain, and the time until the next minute.
func (l *limiter) count(actor model.UserID) (left int, reset time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if minute := now.Unix() / 60; minute != l.minute {
		l.minute = minute
		clear(l.counts)
	}
	l.counts[actor]++
	return l.max - l.counts[actor], time.Unix((l.minute+1)*60, 0).Sub(now)
}

// limit answers requests beyond the limit with 429, and sends the state of the limit in the headers of
// draft-ietf-httpapi-ratelimit-headers-07.
func (l *limiter) limit(serve handler) handler {
	if l.max <= 0 {
		return serve
	}
	return func(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
		left, reset := l.count(actor.Impersonator())
		seconds := strconv.FormatInt(int64((reset+time.Second-1)/time.Second), 10)
		w.Header().Set("RateLimit-Limit", strconv.Itoa(l.max))
		w.Header().Set("RateLimit-Remaining", strconv.Itoa(max(left, 0)))
		w.Header().Set("RateLimit-Reset", seconds)
		if left < 0 {
			return &fault.Error{
				Kind: fault.Limited, RetryAfter: reset,
				Msg: "too many requests in a minute; retry after the time in Retry-After, or combine operations with /users/bulk",
			}
		}
		return serve(w, r, actor)
	}
}
