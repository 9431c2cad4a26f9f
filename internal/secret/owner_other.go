//go:build !unix

package secret

import "io/fs"

func checkOwner(fs.FileInfo, int) error { return nil }
