package cli

import (
	"context"
	"io"

	"roster.example/roster/internal/app"
)

// interruptible returns a reader that fails with [app.ErrInterrupted] once ctx has
// ended, also while from blocks, as a terminal or pipe does.
func interruptible(ctx context.Context, from io.Reader) io.Reader {
	reader, writer := io.Pipe()
	go func() {
		_, err := io.Copy(writer, from)
		writer.CloseWithError(err) // nil is the end of the file
	}()
	context.AfterFunc(ctx, func() { writer.CloseWithError(app.ErrInterrupted) })
	return reader
}
