package app

import (
	"context"
	"errors"

	"roster.example/roster/internal/directory"
)

// RotateKey brings a new key into use, encrypts everything anew, letters that wait
// included, and then lets go of the old key. It returns the number of API keys,
// and can be repeated after a failure. No server may run on the folder.
//
// The new key is made here, unless one was put in front of the old one already, by
// hand or by an attempt that failed: so it can be handed to all nodes before.
func (a *App) RotateKey(ctx context.Context, progress func(done int)) (int, error) {
	inUse, err := a.Directory.TryKey(ctx, directory.Operator())
	if err != nil {
		return 0, err
	}
	path := KeyFile(a.cfg)
	switch {
	case a.keyring.CurrentID() != inUse:
	case a.cfg.Key != "":
		return 0, errors.New("the key comes from the environment; put the new key in front of the old one there, on every node, " +
			"start them again, and repeat this command")
	default:
		if err := a.keyring.Rotate(path); err != nil {
			return 0, err
		}
	}
	n, err := a.Directory.Rekey(ctx, directory.Operator(), progress)
	if err != nil || a.cfg.Key != "" {
		return n, err
	}
	return n, a.keyring.Retire(path)
}
