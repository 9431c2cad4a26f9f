// Package importer imports users from the lines of a file, in batches that can be resumed, and exports
// them. The rules for a single user stay in the directory, which implements [Rules]. Package userfile
// reads and writes the files.
package importer
