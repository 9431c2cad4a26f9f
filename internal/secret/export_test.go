package secret

// CheapParams makes hashes that cost next to nothing, and protect as little.
func CheapParams() Params { return Params{MemoryKiB: 64, Time: 1, Threads: 1} }
