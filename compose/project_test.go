package compose

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/hframes/hframes/compose/scene"
	"github.com/hframes/hframes/internal/npm"
	"github.com/hframes/hframes/source"
	"github.com/hframes/hframes/templates"
)

// deck is the Markdown file of every test's project.
const deck = "video.md"

// shared is testdata/project, which lies under every test's project: a layout, a layout with slots and a theme, so
// that goldens do not change with the looks of ours.
func shared(t testing.TB) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	root := os.DirFS("testdata/project")
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(root, name)
		out[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// inMemory makes a project of files over the shared ones.
func inMemory(t testing.TB, files map[string]string) fstest.MapFS {
	t.Helper()
	out := shared(t)
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

// archived makes a project of the files of an archive. Its section "media" makes media, a file a line:
//
//	film.mp4: 4s 640x360 sound · beat.wav: 3s · photo.png: 800x600
func archived(t testing.TB, a *txtar.Archive) fstest.MapFS {
	t.Helper()
	out := shared(t)
	for _, f := range a.Files {
		if expected(f.Name) {
			continue
		}
		if f.Name != "media" {
			out[f.Name] = &fstest.MapFile{Data: f.Data}
			continue
		}
		for line := range strings.Lines(string(f.Data)) {
			name, facts, _ := strings.Cut(strings.TrimSpace(line), ": ")
			out[name] = &fstest.MapFile{Data: medium(t, name, strings.Fields(facts))}
		}
	}
	return out
}

// expected reports whether a section of a golden holds what is expected, and not a file of the project.
func expected(section string) bool {
	switch section {
	case "size", "diagnostics", "index.html", "index.motion.json", "film.js", "timemap.json":
		return true
	}
	return path.Dir(section) == "compositions"
}

// made is what one run of the pipeline up to compose gives.
type made struct {
	*Composition
	list source.List
}

// composeWith runs the stages up to compose, as the root package does.
func composeWith(c *Composer, project fs.FS, set *templates.Set, o Options) made {
	data, _ := fs.ReadFile(project, deck)
	doc, list := scene.Parse(source.NewFile(deck, data))
	out, more := c.Compose(doc, set, project, o)
	list.Add(more...)
	list.Sort()
	return made{out, list}
}

// composed is composeWith for a project of its own, templates' faults included.
func composed(project fs.FS, o Options) made {
	set, list := templates.Load(project)
	m := composeWith(New(), project, set, o)
	m.list.Add(list...)
	m.list.Sort()
	return m
}

// fonts is a registry that has every package. Of a font in subsets it has two: kana in the first, all else in the other.
func fonts(p npm.Package) (fs.FS, error) {
	out := fstest.MapFS{}
	for _, pattern := range p.Files {
		for _, subset := range []string{"0", "rest"} {
			name := strings.Replace(pattern, "*", subset, 1)
			out[name] = &fstest.MapFile{Data: []byte(p.String() + " " + name)}
		}
	}
	if slices.Contains(p.Files, subsetList) {
		out[subsetList] = &fstest.MapFile{Data: []byte(`{"[0]": "U+3040-30FF", "rest": "U+0000-303F,U+3100-FFFFF"}`)}
	}
	return out, nil
}

// noFonts is a registry without packages.
func noFonts(npm.Package) (fs.FS, error) { return nil, errors.New("offline") }

// ok fails the test if there are errors.
func (m made) ok(t testing.TB) made {
	t.Helper()
	if err := m.list.Err(); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m made) text(t testing.TB, name string) string {
	t.Helper()
	data, err := fs.ReadFile(m.FS, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// same reports the first file in which two compositions differ, and whatever else differs.
func same(t testing.TB, got, want made) {
	t.Helper()
	if a, b := sortedKeys(got.Files), sortedKeys(want.Files); strings.Join(a, " ") != strings.Join(b, " ") {
		t.Fatalf("files %v, want %v", a, b)
	}
	for _, name := range sortedKeys(want.Files) {
		if !bytes.Equal(got.Files[name], want.Files[name]) {
			t.Fatalf("%s differs:\n%s\nwant:\n%s", name, got.Files[name], want.Files[name])
		}
	}
	if a, b := printed(got.list), printed(want.list); a != b {
		t.Fatalf("diagnostics:\n%s\nwant:\n%s", a, b)
	}
	if a, b := fmt.Sprint(got.Inputs), fmt.Sprint(want.Inputs); a != b {
		t.Fatalf("inputs %s, want %s", a, b)
	}
	if a, b := fmt.Sprint(*got.Timeline), fmt.Sprint(*want.Timeline); a != b {
		t.Fatalf("timeline %s, want %s", a, b)
	}
}

func printed(l source.List) string {
	var b strings.Builder
	_ = l.Print(&b, false)
	return b.String()
}

// medium makes a file of the kind that its name says: "4s", "640x360" and "sound" are its facts.
func medium(t testing.TB, name string, facts []string) []byte {
	t.Helper()
	var length time.Duration
	w, h, sound := 0, 0, false
	for _, f := range facts {
		if d, err := time.ParseDuration(f); err == nil {
			length = d
		} else if _, err := fmt.Sscanf(f, "%dx%d", &w, &h); err != nil {
			sound = f == "sound"
		}
	}
	switch path.Ext(name) {
	case ".mp4":
		return mp4(w, h, length, sound)
	case ".wav":
		return wav(length)
	case ".png":
		var b bytes.Buffer
		if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	t.Fatalf("%s: no such medium", name)
	return nil
}

// wav is silence: 8 bits, 1000 samples a second.
func wav(length time.Duration) []byte {
	n := uint32(length.Milliseconds())
	var b bytes.Buffer
	put := func(v ...any) {
		for _, x := range v {
			_ = binary.Write(&b, binary.LittleEndian, x)
		}
	}
	put([]byte("RIFF"), 36+n, []byte("WAVEfmt "), uint32(16), uint16(1), uint16(1), uint32(1000), uint32(1000), uint16(1), uint16(8), []byte("data"), n)
	return append(b.Bytes(), bytes.Repeat([]byte{128}, int(n))...)
}

// mp4 is the index of a film without its frames. Without a size it is a sound.
func mp4(w, h int, length time.Duration, sound bool) []byte {
	ms := uint32(length.Milliseconds())
	head := func(n int) []byte { // mvhd and mdhd begin alike
		out := make([]byte, n)
		binary.BigEndian.PutUint32(out[12:], 1000)
		binary.BigEndian.PutUint32(out[16:], ms)
		return out
	}
	track := func(id byte, handler, codec string, sample []byte) []byte {
		tkhd := make([]byte, 84)
		tkhd[3], tkhd[15] = 3, id
		hdlr := make([]byte, 25)
		copy(hdlr[8:], handler)
		stsd := append([]byte{0, 0, 0, 0, 0, 0, 0, 1}, box(codec, sample)...)
		return box("trak", box("tkhd", tkhd), box("mdia", box("mdhd", head(24)), box("hdlr", hdlr), box("minf", box("stbl", box("stsd", stsd)))))
	}
	picture := make([]byte, 78)
	binary.BigEndian.PutUint16(picture[24:], uint16(w))
	binary.BigEndian.PutUint16(picture[26:], uint16(h))
	parts := [][]byte{box("mvhd", head(100))}
	if w > 0 {
		parts = append(parts, track(1, "vide", "avc1", picture))
	}
	if sound {
		parts = append(parts, track(2, "soun", "mp4a", make([]byte, 28)))
	}
	return append(box("ftyp", []byte("isom\x00\x00\x02\x00isom")), box("moov", parts...)...)
}

func box(kind string, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	out := binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))
	return append(append(out, kind...), body...)
}

func TestMedia(t *testing.T) {
	project := fstest.MapFS{
		"film.mp4":  {Data: medium(t, "film.mp4", []string{"4s", "640x360", "sound"})},
		"mute.mp4":  {Data: medium(t, "mute.mp4", []string{"2500ms", "320x240"})},
		"beat.wav":  {Data: medium(t, "beat.wav", []string{"3s"})},
		"photo.png": {Data: medium(t, "photo.png", []string{"80x60"})},
	}
	f := &film{composer: &Composer{media: map[string]mediaFile{}}, project: project, inputs: map[string]bool{}}
	for _, name := range sortedKeys(maps.Clone(project)) {
		info, err := f.probe(name)
		got := fmt.Sprintf("%s %s %dx%d %s %v %v", name, info.Kind, info.Width, info.Height, info.Duration, info.HasAudio, err)
		want := map[string]string{
			"film.mp4":  "film.mp4 video 640x360 4s true <nil>",
			"mute.mp4":  "mute.mp4 video 320x240 2.5s false <nil>",
			"beat.wav":  "beat.wav audio 0x0 3s true <nil>",
			"photo.png": "photo.png image 80x60 0s false <nil>",
		}[name]
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
