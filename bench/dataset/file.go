package dataset

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"io"
)

// WriteCSV writes the users as a file for "roster import", with an address, a
// name, a role and an SSH key each.
func (c Size) WriteCSV(w io.Writer) error {
	buffer := bufio.NewWriterSize(w, 1<<20)
	out := csv.NewWriter(buffer)
	if err := out.Write([]string{"username", "email", "name", "role", "ssh_key"}); err != nil {
		return err
	}
	for i := range int(c) {
		p := c.User(i)
		if err := out.Write([]string{p.Username, p.Email, p.Name(), "Member", Key(i) + " " + p.Username}); err != nil {
			return err
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return err
	}
	return buffer.Flush()
}

// Key returns the SSH key of user i, without a comment. Its private key
// does not exist.
func Key(i int) string {
	const kind = "ssh-ed25519"
	point := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
	blob := binary.BigEndian.AppendUint32(nil, uint32(len(kind)))
	blob = append(blob, kind...)
	blob = binary.BigEndian.AppendUint32(blob, uint32(len(point)))
	return kind + " " + base64.StdEncoding.EncodeToString(append(blob, point[:]...))
}
