package web

import (
	"container/list"
	"net/netip"
	"sync"
)

// Divisors of the free bytes of the common pool. A key that may hold 1/n of the free bytes
// gets 1/(n+1) of the pool alone, and less as more keys compete, so a few callers never
// exhaust the pool (dynamic thresholds: Choudhury and Hahne, IEEE/ACM Transactions on
// Networking 6(2), 1998).
const (
	callerPart    = 8 // a user, or one address without a credential
	wideNetPart   = 4 // all requests without a credential of one /48 of IPv6, or /24 of IPv4
	usersNetPart  = 2 // all users of one address
	anonymousPart = 1 // all requests without a credential
)

const (
	// smallBody is the maximum length of a body in the reserve.
	smallBody = 4 << 10
	// reservePart is the divisor of the budget that gives the size of the reserve.
	reservePart = 8
)

// budgetKey is what bytes are counted by: a user, a network, or all anonymous callers.
type budgetKey struct {
	user      int64
	prefix    netip.Prefix
	anonymous bool
}

// share limits one key to 1/divisor of the free bytes.
type share struct {
	budgetKey
	divisor int64
}

// sharesFor returns the shares that a body counts in. The first is that of its caller.
func sharesFor(user int64, addr netip.Addr) []share {
	if user != 0 {
		return []share{{budgetKey{user: user}, callerPart}, {budgetKey{prefix: networkPrefix(addr, 32, 64)}, usersNetPart}}
	}
	return []share{
		{budgetKey{prefix: networkPrefix(addr, 32, 64), anonymous: true}, callerPart},
		{budgetKey{prefix: networkPrefix(addr, 24, 48), anonymous: true}, wideNetPart},
		{budgetKey{anonymous: true}, anonymousPart},
	}
}

// networkPrefix returns the first bits of addr: bits4 for IPv4, bits6 for IPv6. It returns the zero
// Prefix for the zero Addr, of connections without an address.
func networkPrefix(addr netip.Addr, bits4, bits6 int) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := bits6
	if addr.Is4() {
		bits = bits4
	}
	network, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return network
}

// bytePool is a number of bytes that keys share.
type bytePool struct {
	size, used int64
	held       map[budgetKey]int64
}

func newBytePool(size int64) bytePool { return bytePool{size: size, held: map[budgetKey]int64{}} }

// fits reports whether a body that holds own bytes of the pool may hold n more. If a caller has no
// other body in the pool, the share of that caller does not limit it.
func (p *bytePool) fits(shares []share, own, n int64) bool {
	free := p.size - p.used
	if n > free {
		return false
	}
	for i, s := range shares {
		held := p.held[s.budgetKey]
		if alone := i == 0 && held == own; !alone && held+n > free/s.divisor {
			return false
		}
	}
	return true
}

// add counts n more bytes; n may be negative.
func (p *bytePool) add(shares []share, n int64) {
	if n == 0 {
		return
	}
	p.used += n
	for _, s := range shares {
		if p.held[s.budgetKey] += n; p.held[s.budgetKey] == 0 {
			delete(p.held, s.budgetKey)
		}
	}
}

// bodyBudget limits the bytes of all request bodies in memory. It has a common pool for any body
// and a reserve for bodies of up to smallBody bytes. When the reserve is full, the oldest body in
// it that has not arrived completely is aborted. A sign-in request arrives at once, so there is
// always room for one, however many unfinished bodies there are.
type bodyBudget struct {
	BodyLimits
	mu                 sync.Mutex
	common             bytePool
	reserve            bytePool
	unfinished         list.List                // bodies with bytes in the reserve, oldest first
	unfinishedByCaller map[budgetKey]*list.List // the same by caller
}

func newBodyBudget(l BodyLimits) *bodyBudget {
	return &bodyBudget{
		BodyLimits: l, common: newBytePool(l.All - l.All/reservePart), reserve: newBytePool(l.All / reservePart),
		unfinishedByCaller: map[budgetKey]*list.List{},
	}
}

// allocate counts n more bytes for b and reports whether there was room for them.
func (g *bodyBudget) allocate(b *limitedBody, n int64) bool {
	if g.All <= 0 || n == 0 {
		return true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	// A body that outgrows the reserve moves to the common pool.
	if all := b.reserveBytes + n; g.common.fits(b.shares, b.commonBytes, all) {
		g.common.add(b.shares, all)
		b.commonBytes += all
		g.leaveReserve(b)
		return true
	}
	if !b.fitsReserve(n) || !g.freeReserve(b, n) {
		return false
	}
	g.reserve.add(b.shares[:1], n)
	b.reserveBytes += n
	g.track(b)
	return true
}

// fitsReserve reports whether b with n more bytes is small enough for the reserve.
func (b *limitedBody) fitsReserve(n int64) bool {
	return b.commonBytes+b.reserveBytes+n <= smallBody && b.length <= smallBody
}

// freeReserve reports whether the reserve has room for n more bytes of b. If it has not,
// freeReserve aborts unfinished bodies: those of the same caller if only the share of this caller
// is exhausted.
func (g *bodyBudget) freeReserve(b *limitedBody, n int64) bool {
	for !g.reserve.fits(b.shares[:1], b.reserveBytes, n) {
		from := &g.unfinished
		if n <= g.reserve.size-g.reserve.used {
			from = g.unfinishedByCaller[b.shares[0].budgetKey]
		}
		if !g.abortOldest(from, b) {
			return false
		}
	}
	return true
}

// abortOldest aborts the oldest body in from that can be aborted, except b. Its bytes no longer
// count, because the goroutine that reads it returns at once.
func (g *bodyBudget) abortOldest(from *list.List, b *limitedBody) bool {
	if from == nil {
		return false
	}
	for e := from.Front(); e != nil; {
		victim, _ := e.Value.(*limitedBody)
		e = e.Next()
		if victim == b {
			continue
		}
		cut := victim.abort()
		g.untrack(victim)
		if cut {
			g.reserve.add(victim.shares[:1], -victim.reserveBytes)
			victim.reserveBytes = 0
			return true
		}
	}
	return false
}

// track adds b to the unfinished bodies.
func (g *bodyBudget) track(b *limitedBody) {
	if b.element != nil {
		return
	}
	caller := b.shares[0].budgetKey
	if g.unfinishedByCaller[caller] == nil {
		g.unfinishedByCaller[caller] = list.New()
	}
	b.element, b.callerElement = g.unfinished.PushBack(b), g.unfinishedByCaller[caller].PushBack(b)
}

func (g *bodyBudget) untrack(b *limitedBody) {
	if b.element == nil {
		return
	}
	caller := b.shares[0].budgetKey
	g.unfinished.Remove(b.element)
	if own := g.unfinishedByCaller[caller]; own != nil {
		if own.Remove(b.callerElement); own.Len() == 0 {
			delete(g.unfinishedByCaller, caller)
		}
	}
	b.element, b.callerElement = nil, nil
}

func (g *bodyBudget) leaveReserve(b *limitedBody) {
	g.reserve.add(b.shares[:1], -b.reserveBytes)
	b.reserveBytes = 0
	g.untrack(b)
}

// finish removes b, which has arrived completely, from the bodies that can be aborted.
func (g *bodyBudget) finish(b *limitedBody) {
	if g.All <= 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.untrack(b)
}

// release frees the bytes of b.
func (g *bodyBudget) release(b *limitedBody) {
	if g.All <= 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.common.add(b.shares, -b.commonBytes)
	b.commonBytes = 0
	g.leaveReserve(b)
}

// setUser moves the bytes of b to the shares of user.
func (g *bodyBudget) setUser(b *limitedBody, user int64) {
	if g.All <= 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.common.add(b.shares, -b.commonBytes)
	g.reserve.add(b.shares[:1], -b.reserveBytes)
	listed := b.element != nil
	g.untrack(b)
	b.shares = sharesFor(user, b.addr)
	g.common.add(b.shares, b.commonBytes)
	g.reserve.add(b.shares[:1], b.reserveBytes)
	if listed {
		g.track(b)
	}
}
