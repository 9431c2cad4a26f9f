// Package roster is the root of the house and holds no code: only the tests that keep its walls
// straight (floorplan_test.go). The program starts in cmd/roster; internal/directory says what it
// is about; ARCHITECTURE.md shows the rooms.
package roster
