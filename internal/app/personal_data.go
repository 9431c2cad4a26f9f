package app

import (
	"io"

	"roster.example/roster/internal/api/native"
	"roster.example/roster/internal/directory"
)

// WritePersonalData writes the personal data of a user as JSON, in the form of the native API.
func WritePersonalData(w io.Writer, data directory.PersonalData) error {
	return native.WritePersonalData(w, data)
}
