//go:build !unix

package secret

import "io/fs"

func owned(fs.FileInfo, int) error { return nil }
