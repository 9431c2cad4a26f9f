package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"sync"
)

// derived caches the subkeys of a key by purpose. Every request with an API key needs them,
// and deriving one costs more than using it. There are few purposes, and none comes from
// input.
type derived struct {
	macs  sync.Map // of purpose: *sync.Pool of *mac
	aeads sync.Map // of purpose: cipher.AEAD
}

// A mac is a keyed hash with a reused buffer for its input.
type mac struct {
	hash.Hash
	in []byte
}

// appendLookup appends the keyed hash of plain, lookupBytes long.
func (k ringKey) appendLookup(sum []byte, purpose, plain string) []byte {
	pool, ok := k.derived.macs.Load(purpose)
	if !ok {
		sub := k.derive("lookup", purpose)
		pool, _ = k.derived.macs.LoadOrStore(purpose, &sync.Pool{New: func() any { return &mac{Hash: hmac.New(sha256.New, sub)} }})
	}
	macs := pool.(*sync.Pool)
	m := macs.Get().(*mac)
	defer macs.Put(m)
	m.Reset()
	m.in = append(m.in[:0], plain...)
	m.Write(m.in)
	clear(m.in)
	return m.Sum(sum)
}

func (k ringKey) aead(purpose string) cipher.AEAD {
	if made, ok := k.derived.aeads.Load(purpose); ok {
		return made.(cipher.AEAD)
	}
	made, _ := k.derived.aeads.LoadOrStore(purpose, newAEAD(k.derive("seal", purpose)))
	return made.(cipher.AEAD)
}

func newAEAD(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // only for a wrong key length
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // only for a block cipher that is not AES
	}
	return aead
}

// derive returns the 32-byte subkey for one use ("seal", "lookup", "sign") of
// one purpose. Uses hold no slash, so no two pairs give the same subkey.
func (k ringKey) derive(use, purpose string) []byte {
	sub, err := hkdf.Key(sha256.New, k.material, nil, "roster/"+use+"/"+purpose, ringKeyBytes)
	if err != nil {
		panic(err) // only for subkeys above 8160 bytes
	}
	return sub
}
