//go:build !unix

package outfile

import "io/fs"

// ours reports whether a file is a plain one.
func ours(info fs.FileInfo) bool { return info.Mode().IsRegular() }
