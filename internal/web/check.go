package web

// CheckObject reports whether body is one JSON object that all readers take for
// the same: UTF-8, no member twice, no NUL, not nested too deep and not of too many
// values. The error is an *Error. It is for those who decode the body themselves.
func CheckObject(body []byte) error {
	_, err := parseObject(body)
	return err
}
