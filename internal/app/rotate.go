package app

import (
	"context"

	"roster.example/roster/internal/directory"
)

// RotateKey replaces the key of the key file, encrypts everything anew, letters
// that wait included, and then lets go of the old key. It returns the number of API
// keys, and can be repeated after a failure. No server may run on the folder.
func (a *App) RotateKey(ctx context.Context, progress func(done int)) (int, error) {
	path := KeyFile(a.cfg)
	if err := a.keyring.Rotate(path); err != nil {
		return 0, err
	}
	n, err := a.Directory.Rekey(ctx, directory.Operator(), progress)
	if err != nil {
		return n, err
	}
	return n, a.keyring.Retire(path)
}
