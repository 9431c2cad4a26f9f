//go:build !unix

package app

import (
	"errors"
	"io/fs"
	"os"
)

// lockFolder returns an error: without flock, two processes could write to one folder.
func lockFolder(string) (*os.File, error) {
	return nil, errors.New("roster runs on Unix systems only; on Windows, use WSL or a container")
}

func ownerOf(fs.FileInfo) uint32 { return 0 }

func fileLimit() uint64 { return 0 }
