package app

import (
	"context"
	"errors"

	"roster.example/roster/internal/model"
)

// RotateKey activates a new key, encrypts all secrets and queued emails with it, and then removes
// the old key. It returns the number of API keys. It can be repeated after an error. No server may
// run on the folder.
//
// RotateKey creates the new key, unless there is already one before the old key, from the operator
// or a failed attempt. So all nodes can get the new key in advance.
func (a *App) RotateKey(ctx context.Context, progress func(done int)) (int, error) {
	inUse, err := a.Directory.TryKey(ctx, model.Operator())
	if err != nil {
		return 0, err
	}
	path := KeyFile(a.cfg)
	switch {
	case a.keyring.CurrentID() != inUse:
	case a.cfg.Key != "":
		return 0, errors.New("the key comes from the environment; insert the new key before the old one there, on every node, " +
			"restart them, and repeat this command")
	default:
		if err := a.keyring.Rotate(path); err != nil {
			return 0, err
		}
	}
	n, err := a.Directory.Rekey(ctx, model.Operator(), progress)
	if err != nil || a.cfg.Key != "" {
		return n, err
	}
	return n, a.keyring.Retire(path)
}
