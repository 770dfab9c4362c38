package bundler

import (
	"archive/zip"
	"fmt"
	"io"
	"path"
	"strings"
)

// WriteZip writes the bundle as a zip archive: files sorted, all times and modes the same, so that equal bundles give
// equal bytes. Media is stored, text is deflated.
func (b *Bundle) WriteZip(w io.Writer) error {
	zw := zip.NewWriter(w)
	for _, f := range b.Files {
		h := &zip.FileHeader{Name: f.Path, Method: zip.Deflate}
		h.ModifiedDate = 1<<5 | 1 // 1980-01-01, the first day that the format knows
		h.SetMode(0o644)
		if packed[strings.ToLower(path.Ext(f.Path))] {
			h.Method = zip.Store
		}
		out, err := zw.CreateHeader(h)
		if err == nil {
			err = f.copyTo(out)
		}
		if err != nil {
			return fmt.Errorf("zip %s: %w", f.Path, err)
		}
	}
	if err := zw.Close(); err != nil {
		return fmt.Errorf("zip: %w", err)
	}
	return nil
}

// packed are the kinds of files that do not get smaller.
var packed = map[string]bool{".png": true, ".jpg": true, ".jpeg": true, ".gif": true, ".webp": true, ".avif": true,
	".mp4": true, ".m4v": true, ".mov": true, ".webm": true, ".mp3": true, ".m4a": true, ".aac": true, ".ogg": true, ".opus": true,
	".flac": true, ".woff": true, ".woff2": true, ".zip": true, ".lottie": true, ".ktx2": true, ".glb": false}
