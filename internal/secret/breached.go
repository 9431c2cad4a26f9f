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

// Breached is a file of breached passwords: one SHA-1 in hexadecimal on each line, in
// order, optionally followed by ":" and a count, as Have I Been Pwned publishes it. The
// file is searched on disk by bisection, and may be far larger than memory. A nil Breached
// contains no password.
type Breached struct {
	file *os.File
	size int64
}

const (
	hexSum = 2 * sha1.Size
	// maxHashLine includes the count and a line end of two bytes.
	maxHashLine = hexSum + 24
	// probes is the number of positions of a large file that OpenBreached checks.
	probes = 1024
)

// OpenBreached opens such a file and checks many positions of it, because a file in another
// order would seem to contain no password. The caller closes it.
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

// Close closes the file.
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
		return errors.New("it is empty or not a file; download it again")
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
			return fmt.Errorf("it is not in order near byte %d; use the list that is ordered by hash", at)
		}
		before, at = line, max(next, at+step)
	}
	return nil
}

// Contains reports whether the file has the password. It reads a few dozen lines.
func (b *Breached) Contains(password string) (bool, error) {
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

// lineFrom returns the hash of the first line that begins at or after at, and the offset
// of the next line. It returns io.EOF if no line begins there.
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

// hashIn returns the hash of a line in upper case.
func hashIn(line string) (string, bool) {
	hash, count, _ := strings.Cut(line, ":")
	if _, err := hex.DecodeString(hash); err != nil || len(hash) != hexSum || strings.Trim(count, "0123456789") != "" {
		return "", false
	}
	return strings.ToUpper(hash), true
}

func notHashes(at int64) error {
	return fmt.Errorf("near byte %d there is a line without a SHA-1 in hexadecimal; use the list of SHA-1 hashes", at)
}
