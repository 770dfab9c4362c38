//go:build unix

package outfile

import (
	"io/fs"
	"os"
	"syscall"
)

// ours reports whether a file is a plain one, of this user, and has no other name.
func ours(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.Mode().IsRegular() && int(s.Uid) == os.Geteuid() && s.Nlink == 1
}
