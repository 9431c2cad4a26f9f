package native

import (
	"time"

	"roster.example/roster/internal/secret"
)

// timeOrNil returns nil for the zero time.
func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func secretText(s string) secret.Text { return secret.Text(s) }

func secretTextOrNil(s *string) *secret.Text {
	if s == nil {
		return nil
	}
	t := secretText(*s)
	return &t
}

func asText[T ~string](v T) string { return string(v) }

func fromText[T ~string](v string) T { return T(v) }
