//go:build linux || darwin

package cache

import "syscall"

// FreeSpace returns how many bytes the disk of a folder has for this user; false when there is no such folder.
func FreeSpace(dir string) (int64, bool) {
	var s syscall.Statfs_t
	if syscall.Statfs(dir, &s) != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true
}
