package cloud_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/hframes/hframes/bundler"
	"github.com/hframes/hframes/cloud"
)

// TestPackMemory shows that media streams: Pack allocates for a film of 190 MB what it does for one of 1 MB, give or take
// a MiB.
func TestPackMemory(t *testing.T) {
	taken := func(size int64) int64 {
		dir := t.TempDir()
		clip := filepath.Join(dir, "clip.mp4")
		film := strings.Replace(page("a clip"), "</div></div>", `</div>
<video id="clip" class="clip" src="clip.mp4" data-start="0" data-duration="1" data-track-index="1" muted></video></div>`, 1)
		for path, data := range map[string]string{clip: "", filepath.Join(dir, "index.html"): film} {
			if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Truncate(clip, size); err != nil {
			t.Fatal(err)
		}
		b, list := bundler.New(bundler.Options{Dir: dir}).Build(t.Context(), os.DirFS(dir), "index.html")
		if err := list.Err(); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		a, err := cloud.Pack(b, nil)
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		if a.Size < size || a.Size > size+1<<20 {
			t.Errorf("the zip of a clip of %d bytes has %d", size, a.Size)
		}
		return int64(after.TotalAlloc - before.TotalAlloc)
	}
	small, large := taken(1_000_000), taken(190_000_000)
	if large > small+1<<20 {
		t.Errorf("Pack allocates %d bytes for 1 MB and %d for 190 MB", small, large)
	}
}
