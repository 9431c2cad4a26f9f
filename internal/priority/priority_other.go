//go:build !linux

package priority

// LowerProcess does nothing on this system.
func LowerProcess() {}

// lowerThread does nothing on this system.
func lowerThread() {}
