package operation

// SetField sets a field if to is not nil and differs, and appends its name to fields, which become the
// detail of an event.
func SetField[T comparable](fields *[]string, name string, field *T, to *T) {
	if to != nil && *to != *field {
		*field = *to
		*fields = append(*fields, name)
	}
}

// KeyLost is the reason for giving up what cannot be decrypted.
const KeyLost = "the encryption key that sealed it is gone"
