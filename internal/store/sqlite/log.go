package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ErrLogDamaged means that acknowledged transactions in the write-ahead log cannot be read. SQLite
// opens such a database, without the transactions from the damage on, and then overwrites them.
var ErrLogDamaged = errors.New("the write-ahead log is damaged")

// The sizes of the headers of the log and of a frame (sqlite.org/fileformat.html, 4.1).
const (
	logHeaderSize   = 32
	frameHeaderSize = 24
)

// CheckLog returns ErrLogDamaged if the write-ahead log of the database at path holds transactions
// behind a frame that SQLite cannot read. The database must not be open.
//
// An unreadable frame alone is no damage: after a power failure a part of the last transaction may be
// missing, in any order of its frames. But SQLite writes a transaction only after the one before it is
// synced. So a frame whose checksum continues that of the last frame of a transaction proves that the
// transaction was complete. Frames of older generations of the log, and those of a transaction that was
// rolled back, do not continue one, because each checksum includes that of the frame before.
func CheckLog(path string) error {
	file, err := os.Open(path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return checkRemovedLog(path)
	}
	if err != nil {
		return fmt.Errorf("the write-ahead log cannot be read; check owner and permissions: %w", err)
	}
	info, err := file.Stat()
	if err == nil && info.Size() > logHeaderSize {
		err = (&logReader{file: file, size: info.Size()}).check(path)
	}
	return errors.Join(err, file.Close())
}

// logReader reads the frames of a log in order.
type logReader struct {
	file  io.Reader
	size  int64
	order binary.ByteOrder
	salt  [8]byte
	frame []byte // header and page
}

// checksum is that of a frame or of the header of the log.
type checksum struct{ a, b uint32 }

// check reads the log. Its first unreadable frame, or an unreadable header, is damage if a later
// frame continues a complete transaction.
func (l *logReader) check(path string) error {
	header := make([]byte, logHeaderSize)
	if _, err := io.ReadFull(l.file, header); err != nil {
		return fmt.Errorf("read the write-ahead log: %w", err)
	}
	l.order = binary.LittleEndian
	if header[3]&1 == 1 {
		l.order = binary.BigEndian
	}
	copy(l.salt[:], header[16:24])
	page := int(binary.BigEndian.Uint32(header[8:]))
	expected := l.sum(checksum{}, header[:24])
	good := storedSum(header[24:]) == expected && binary.BigEndian.Uint32(header)&^1 == 0x377f0682
	if !good {
		page = pageSize(path)
	}
	if page < 512 || page > 1<<16 {
		return nil // not a log of the database
	}
	l.frame = make([]byte, frameHeaderSize+page)
	return l.checkFrames(expected, good)
}

// checkFrames returns ErrLogDamaged if a frame behind an unreadable one continues a complete transaction.
// sum is the checksum of the header; good is false if the header is unreadable.
func (l *logReader) checkFrames(sum checksum, good bool) error {
	damaged := 0 // the first unreadable frame; 0 is the header
	ends := false
	var salt [8]byte
	for n := 1; ; n++ {
		_, err := io.ReadFull(l.file, l.frame)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the write-ahead log: %w", err)
		}
		stored := storedSum(l.frame[16:])
		current := [8]byte(l.frame[8:16])
		follows := l.sum(l.sum(sum, l.frame[:8]), l.frame[frameHeaderSize:]) == stored
		switch {
		case good && (!follows || current != l.salt):
			good, damaged = false, n
		case !good && follows && ends && current == salt && l.isCurrent(current, damaged):
			return fmt.Errorf("%w at frame %d of %d: transactions behind it are complete, and cannot be read",
				ErrLogDamaged, damaged, (l.size-logHeaderSize)/int64(len(l.frame)))
		}
		sum, salt, ends = stored, current, binary.BigEndian.Uint32(l.frame[4:]) != 0
	}
}

// isCurrent reports whether a frame with this salt belongs to the current generation of the log. Each
// frame does if the header, frame 0, is the damaged one, because the salt of the generation is unknown.
func (l *logReader) isCurrent(salt [8]byte, damaged int) bool { return damaged == 0 || salt == l.salt }

func storedSum(b []byte) checksum {
	return checksum{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])}
}

// sum continues a checksum over data, whose length is a multiple of 8.
func (l *logReader) sum(s checksum, data []byte) checksum {
	for ; len(data) >= 8; data = data[8:] {
		s.a += l.order.Uint32(data) + s.b
		s.b += l.order.Uint32(data[4:]) + s.a
	}
	return s
}

// pageSize reads the size of a page from the header of the database, 0 if there is none.
func pageSize(path string) int {
	header := readStart(path, 100)
	if header == nil {
		return 0
	}
	if size := int(binary.BigEndian.Uint16(header[16:])); size != 1 {
		return size
	}
	return 1 << 16
}

func readStart(path string, n int) []byte {
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	start := make([]byte, n)
	_, err = io.ReadFull(file, start)
	if errors.Join(err, file.Close()) != nil {
		return nil
	}
	return start
}

// indexSize is the size of the two copies of the header of the index, and of nBackfill, the number of
// frames that a checkpoint has copied into the database (sqlite.org/walformat.html, 2.1).
const indexSize = 48 + 48 + 4

// checkRemovedLog returns ErrLogDamaged if the log was removed before all of its frames were copied into
// the database. SQLite removes the index before the log, so neither a stop nor a crash leaves an index
// without a log.
func checkRemovedLog(path string) error {
	index := readStart(path+"-shm", indexSize)
	if index == nil || size(path) == 0 {
		return nil
	}
	frames, copied := binary.NativeEndian.Uint32(index[16:]), binary.NativeEndian.Uint32(index[96:])
	if [48]byte(index[:48]) != [48]byte(index[48:96]) || frames <= copied {
		return nil
	}
	return fmt.Errorf("%w: there is no file %s-wal, and %d of its %d pages are not in the database", ErrLogDamaged, path, frames-copied, frames)
}
