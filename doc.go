// Package roster is the root of the module. It contains only tests: of the rules in ARCHITECTURE.md, the
// licences in NOTICE and the documents. The program starts in cmd/roster.
package roster
