package check

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hframes/hframes/internal/media"
	"github.com/hframes/hframes/source"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// want is the name of the section that holds the printed diagnostics.
const want = "want"

// read returns the project in a golden, its options and what is expected. Lines of the comment add to it: "max-bytes: n"
// sets the option, "sound: name seconds" and "silent film: name seconds" add a file.
func read(t testing.TB, name string) (archive *txtar.Archive, fsys fstest.MapFS, o Options, expected string) {
	t.Helper()
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	fsys = fstest.MapFS{}
	for _, f := range archive.Files {
		if f.Name == want {
			expected = string(f.Data)
			continue
		}
		fsys[f.Name] = &fstest.MapFile{Data: standIn(f.Name, f.Data)}
	}
	for line := range strings.Lines(string(archive.Comment)) {
		if v, ok := strings.CutPrefix(line, "max-bytes: "); ok {
			if o.MaxBytes, err = strconv.ParseInt(strings.TrimSpace(v), 10, 64); err != nil {
				t.Fatal(err)
			}
		}
		for kind, build := range map[string]func(int) []byte{"sound: ": silence, "silent film: ": pictures} {
			v, ok := strings.CutPrefix(line, kind)
			if !ok {
				continue
			}
			name, length, _ := strings.Cut(strings.TrimSpace(v), " ")
			n, err := strconv.Atoi(length)
			if err != nil {
				t.Fatal(err)
			}
			fsys[name] = &fstest.MapFile{Data: build(n)}
		}
	}
	return archive, fsys, o, expected
}

// standIn returns what an "x" in a golden stands for: for media a picture, which has no length that a rule could go by,
// for fonts the header of one.
func standIn(name string, data []byte) []byte {
	if string(data) != "x\n" {
		return data
	}
	if isFont(name) {
		return []byte("wOF2\x00\x01\x00\x00\x00\x00\x00\x0c")
	}
	switch kind, _, _ := strings.Cut(media.MIME(name), "/"); kind {
	case "image", "video", "audio":
		return []byte(`<svg width="1" height="1"/>`)
	}
	return data
}

// pictures returns an animated picture of n seconds: the shortest film without sound that the standard library writes.
func pictures(n int) []byte {
	frame := image.NewPaletted(image.Rect(0, 0, 2, 2), color.Palette{color.Black, color.White})
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{50 * n, 50 * n}}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// silence returns a WAV file of n seconds: 100 samples of a byte each second.
func silence(n int) []byte {
	const rate = 100
	var b bytes.Buffer
	le := func(v any) { binary.Write(&b, binary.LittleEndian, v) }
	b.WriteString("RIFF")
	le(uint32(36 + n*rate))
	b.WriteString("WAVEfmt ")
	le(uint32(16))
	le([]uint16{1, 1})
	le([]uint32{rate, rate})
	le([]uint16{1, 8})
	b.WriteString("data")
	le(uint32(n * rate))
	b.Write(bytes.Repeat([]byte{128}, n*rate))
	return b.Bytes()
}

func goldens(t testing.TB, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no goldens for %s (%v)", pattern, err)
	}
	return files
}

func printed(t testing.TB, list source.List) string {
	t.Helper()
	var b bytes.Buffer
	if err := list.Print(&b, false); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGoldens(t *testing.T) {
	for _, file := range goldens(t, "*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, fsys, o, expected := read(t, file)
			got := printed(t, Folder(fsys, "", o))
			if *update {
				archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == want })
				archive.Files = append(archive.Files, txtar.File{Name: want, Data: []byte(got)})
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(expected, got); diff != "" {
				t.Errorf("printed diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCorrect runs over projects without a fault: the check must be silent.
func TestCorrect(t *testing.T) {
	for _, file := range goldens(t, "ok/*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			_, fsys, o, _ := read(t, file)
			if got := printed(t, Folder(fsys, "", o)); got != "" {
				t.Errorf("a correct project is not silent:\n%s", got)
			}
		})
	}
}

// TestScene begins with a mounted file: it is no document, what lies beside it are other scenes, and its paths count
// from a root that is not here. The same page as index.html is wrong.
func TestScene(t *testing.T) {
	const scene = `<template id="NAME-template">
<div id="NAME-root" data-composition-id="NAME" data-start="0" data-duration="4">
<img id="NAME-photo" src="assets/photo.jpg" alt="">
<p id="NAME-text">Hello</p>
<script>gsap.set("#NAME-text", { x: 1 }); window.__timelines["NAME"] = own();</script>
</div>
</template>`
	page := func(name string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(strings.ReplaceAll(scene, "NAME", name))}
	}
	whole := &fstest.MapFile{Data: []byte("<!doctype html><html><head><title>x</title></head><body>" + string(page("s1").Data) + "</body></html>")}
	for name, f := range map[string]*fstest.MapFile{"s1.html": page("s1"), "whole.html": whole} {
		fsys := fstest.MapFS{name: f, "s2.html": page("s2"), "voice.mp3": {Data: []byte("x")}}
		if got := printed(t, Folder(fsys, name, Options{})); got != "" {
			t.Errorf("%s is not silent:\n%s", name, got)
		}
	}
	list := Folder(fstest.MapFS{"index.html": whole, "assets/photo.jpg": {}}, "", Options{})
	if len(list) == 0 || list[0].Code != "check/entry-template" {
		t.Errorf("index.html in a template:\n%s", list.Error())
	}
}

// TestGrowth checks folders in which every step doubled the work once: files that mount the next one twice, also in a
// circle, and a chain of starts that count from each other.
func TestGrowth(t *testing.T) {
	fsys := fstest.MapFS{}
	const depth = 40
	for i := range depth {
		host := ""
		for k := range 2 {
			host += fmt.Sprintf(`<div id="h%d-%d" class="clip" data-composition-id="s%d" data-composition-src="compositions/s%d.html" data-start="%d" data-duration="1" data-width="1920" data-height="1080" data-no-timeline></div>`, i, k, (i+1)%depth, (i+1)%depth, k)
		}
		fsys[fmt.Sprintf("compositions/s%d.html", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, `<template><div data-composition-id="s%d" data-width="1920" data-height="1080">%s</div></template>`, i, host)}
	}
	var clips strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&clips, `<p id="c%d" class="clip" data-start="c%d" data-duration="1" data-track-index="3">x</p>`, i, i-1)
	}
	fsys["index.html"] = &fstest.MapFile{Data: fmt.Appendf(nil, `<!doctype html><html><head><title>x</title></head><body>
<div id="root" data-composition-id="main" data-start="0" data-duration="3000" data-width="1920" data-height="1080" data-no-timeline>
<div id="host" class="clip" data-composition-id="s0" data-composition-src="compositions/s0.html" data-start="0" data-duration="2" data-track-index="1" data-width="1920" data-height="1080" data-no-timeline></div>
%s</div></body></html>`, clips.String())}
	begin := time.Now()
	list := Folder(fsys, "", Options{})
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	if n := strings.Count(list.Error(), "check/relative-start"); n == 0 {
		t.Error("no relative start is found")
	}
}

// TestCatalogue holds the catalogue to its word: every code occurs in a golden, with a severity no heavier than the
// catalogue's, and no golden has a code that the catalogue lacks.
func TestCatalogue(t *testing.T) {
	seen := map[string]bool{}
	severity := map[string]source.Severity{}
	for _, c := range Codes() {
		if _, twice := severity[c.Name]; twice {
			t.Errorf("%s is in the catalogue twice", c.Name)
		}
		if c.Meaning == "" || strings.HasSuffix(c.Meaning, ".") || !strings.HasPrefix(c.Name, "check/") {
			t.Errorf("bad entry %+v", c)
		}
		severity[c.Name] = c.Severity
	}
	for _, file := range goldens(t, "*.txtar") {
		_, fsys, o, _ := read(t, file)
		for _, d := range Folder(fsys, "", o) {
			seen[d.Code] = true
			most, known := severity[d.Code]
			if !known {
				t.Errorf("%s: %s is not in the catalogue", file, d.Code)
			}
			if d.Severity < most {
				t.Errorf("%s: %s is an %s, the catalogue says %s", file, d.Code, d.Severity, most)
			}
			if d.Msg == "" || strings.HasSuffix(d.Msg, ".") {
				t.Errorf("%s: bad message %q", file, d.Msg)
			}
		}
	}
	for _, c := range Codes() {
		if !seen[c.Name] {
			t.Errorf("no golden shows %s", c.Name)
		}
	}
}

func TestIgnore(t *testing.T) {
	_, fsys, _, _ := read(t, filepath.Join("testdata", "console.txtar"))
	if list := Folder(fsys, "", Options{Ignore: []string{"check/console"}}); len(list) != 0 {
		t.Errorf("not ignored: %s", list.Error())
	}
}

func TestMinText(t *testing.T) {
	_, fsys, _, _ := read(t, filepath.Join("testdata", "small-text.txtar"))
	if list := Folder(fsys, "", Options{MinText: -1}); len(list) != 0 {
		t.Errorf("the rule is off: %s", list.Error())
	}
	if list := Folder(fsys, "", Options{MinText: 6}); len(list) != 0 {
		t.Errorf("6 px at 1080 is 4 px at 720: %s", list.Error())
	}
}

// TestSame runs a check twice: the order of what it finds never changes.
func TestSame(t *testing.T) {
	for _, file := range goldens(t, "*.txtar") {
		_, fsys, o, _ := read(t, file)
		first := printed(t, Folder(fsys, "", o))
		for range 3 {
			if again := printed(t, Folder(fsys, "", o)); again != first {
				t.Errorf("%s: two runs differ:\n%s", file, cmp.Diff(first, again))
			}
		}
	}
}
