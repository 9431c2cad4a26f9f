//go:build !linux

package secret

// lowerPriority does nothing on this system.
func lowerPriority() {}
