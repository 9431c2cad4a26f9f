package native

import "roster.example/roster/internal/directory"

// KindOf is the status and the code of a kind.
func KindOf(kind directory.Kind) (int, string) { return kindOf(kind) }
