package userfile

import "bytes"

// checkEncoding rejects UTF-16, in which spreadsheets save "Unicode text". Without a
// byte order mark it shows by the zero bytes of its ASCII characters.
func (r *reader) checkEncoding() error {
	begin := r.buffer[r.start:min(len(r.buffer), r.start+64)]
	marked := bytes.HasPrefix(begin, []byte{0xFF, 0xFE}) || bytes.HasPrefix(begin, []byte{0xFE, 0xFF})
	if marked || bytes.IndexByte(begin, 0) >= 0 {
		return headerError("the file is UTF-16 and not UTF-8; save it as UTF-8, in a spreadsheet as \"CSV UTF-8\"")
	}
	return nil
}
