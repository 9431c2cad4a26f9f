package secret

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Breached is a file of passwords that are known to those who guess: their SHA-1
// in hexadecimal, one a line, in order, each with ":" and a count or without, as
// Have I Been Pwned publishes them. It is searched where it lies, by halves, and
// may be far larger than memory. A nil Breached holds none.
type Breached struct {
	file *os.File
	size int64
}

const (
	hexSum = 2 * sha1.Size
	// maxHashLine leaves room for the count and for a line end of two bytes.
	maxHashLine = hexSum + 24
	// probes is how many places of a large file are looked at before it is used.
	probes = 1024
)

// OpenBreached opens such a file, and looks at many places of it whether it is one:
// a list that is in another order would seem to hold nothing. The caller closes it.
func OpenBreached(path string) (*Breached, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the list of breached passwords: %w", err)
	}
	b := &Breached{file: file}
	if err := b.check(); err != nil {
		return nil, errors.Join(fmt.Errorf("the list of breached passwords %s cannot be used: %w", filepath.Base(path), err), file.Close())
	}
	return b, nil
}

// Close gives the file back.
func (b *Breached) Close() error {
	if b == nil {
		return nil
	}
	return b.file.Close()
}

func (b *Breached) check() error {
	info, err := b.file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return errors.New("it is empty or no file; fetch it anew")
	}
	b.size = info.Size()
	before, step := "", max(1, b.size/probes)
	for at := int64(0); at < b.size; {
		line, next, err := b.lineFrom(at)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if line < before {
			return fmt.Errorf("it is not in order near byte %d; take the one that is ordered by hash", at)
		}
		before, at = line, max(next, at+step)
	}
	return nil
}

// Holds reports whether the list has the password. It reads a few dozen lines.
func (b *Breached) Holds(password string) (bool, error) {
	if b == nil {
		return false, nil
	}
	sum := sha1.Sum([]byte(password))
	want := strings.ToUpper(hex.EncodeToString(sum[:]))
	low, high := int64(0), b.size
	for low < high {
		middle := low + (high-low)/2
		line, next, err := b.lineFrom(middle)
		switch {
		case err == io.EOF || err == nil && line > want:
			high = middle
		case err != nil:
			return false, err
		case line == want:
			return true, nil
		default:
			low = next
		}
	}
	return false, nil
}

// lineFrom is the hash of the first line that begins at or after at, and where the
// line after that begins; io.EOF when none begins there.
func (b *Breached) lineFrom(at int64) (hash string, next int64, err error) {
	start := max(0, at-1) // a line begins after the end of another
	read := make([]byte, 2*maxHashLine)
	n, err := b.file.ReadAt(read, start)
	if err != nil && err != io.EOF {
		return "", 0, fmt.Errorf("read the list of breached passwords: %w", err)
	}
	read = read[:n]
	if at > 0 {
		end := bytes.IndexByte(read, '\n')
		if end < 0 && start+int64(n) < b.size {
			return "", 0, notHashes(at)
		}
		read, start = read[end+1:], start+int64(end)+1
		if end < 0 {
			return "", 0, io.EOF
		}
	}
	line, _, _ := bytes.Cut(read, []byte("\n"))
	if len(read) == 0 {
		return "", 0, io.EOF
	}
	next = start + int64(len(line)) + 1
	hash, ok := hashIn(string(bytes.TrimRight(line, "\r")))
	if !ok {
		return "", 0, notHashes(start)
	}
	return hash, next, nil
}

// hashIn takes the hash off a line, in capitals.
func hashIn(line string) (string, bool) {
	hash, count, _ := strings.Cut(line, ":")
	if _, err := hex.DecodeString(hash); err != nil || len(hash) != hexSum || strings.Trim(count, "0123456789") != "" {
		return "", false
	}
	return strings.ToUpper(hash), true
}

func notHashes(at int64) error {
	return fmt.Errorf("near byte %d it has a line that is no SHA-1 in hexadecimal; take the list of SHA-1 hashes", at)
}
