//go:build !race

package e2e

import "testing"

func TestRoutesFollowThePermissionTable(t *testing.T) {
	t.Parallel()
	for engine, settings := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			w := startWithCallers(t, settings(t))
			for _, row := range permissionTable() {
				w.checkRow(row)
			}
		})
	}
}
