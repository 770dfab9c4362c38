//go:build unix

package workdir

import (
	"io/fs"
	"os"
	"syscall"
)

// ours reports whether a folder is this user's.
func ours(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(s.Uid) == os.Geteuid()
}
