package render

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/hframes/hframes/internal/css"
	"github.com/hframes/hframes/internal/markup"
)

// A folder is all files of a film.
type folder struct {
	entry string
	names []string          // sorted
	sums  map[string]string // sha256, hexadecimal
	texts map[string][]byte // contents of files that can name others
}

// textKinds are the files that can name others.
var textKinds = map[string]bool{".html": true, ".htm": true, ".css": true, ".js": true, ".mjs": true, ".json": true, ".svg": true, ".vtt": true, ".txt": true}

func readFolder(files fs.FS, entry string) (*folder, error) {
	f := &folder{entry: entry, sums: map[string]string{}, texts: map[string][]byte{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return folderError(name, err)
		}
		if d.IsDir() {
			return nil
		}
		f.names = append(f.names, name)
		in, err := files.Open(name)
		if err != nil {
			return folderError(name, err)
		}
		defer in.Close()
		h := sha256.New()
		var text bytes.Buffer
		var out io.Writer = h
		if textKinds[strings.ToLower(path.Ext(name))] {
			out = io.MultiWriter(h, &text)
		}
		if _, err := io.Copy(out, in); err != nil {
			return folderError(name, err)
		}
		f.sums[name] = hex.EncodeToString(h.Sum(nil))
		if text.Len() > 0 {
			f.texts[name] = text.Bytes()
		}
		return nil
	})
	slices.Sort(f.names)
	return f, err
}

// mentions reports whether a text among the files holds words.
func (f *folder) mentions(words string) bool {
	for _, text := range f.texts {
		if bytes.Contains(text, []byte(words)) {
			return true
		}
	}
	return false
}

// split divides a film into what all its scenes share and, for each scene, its own part. A file belongs to the scenes
// that name it, directly or through other files. One that the entry page names, or that nothing names in a way that is
// understood here, is shared. Sounds belong to nobody: they are not seen.
func (f *folder) split(page *markup.Doc, root *markup.Tag, clips []timedElement) (shared []Input, own [][]Input) {
	rest, sounds := remainder(page, root, clips)
	common := f.reach(rest)
	scenes := make([]map[string]bool, len(clips))
	texts := make([][]byte, len(clips)) // of the scenes' pages
	known := maps.Clone(common)
	for i, c := range clips {
		name := f.mounted(c.tag)
		var sound []byte
		texts[i], sound = ownText(markup.Parse(f.texts[name]), c.tag)
		sounds = append(sounds, sound...)
		scenes[i] = f.reach(texts[i])
		scenes[i][name] = true
		maps.Copy(known, scenes[i])
	}
	heard := f.reach(sounds)
	for _, name := range f.names { // what is left over
		if !known[name] && name != f.entry && !heard[name] && !sidecar(name) {
			common[name] = true
			maps.Copy(common, f.reach(f.texts[name]))
		}
	}
	shared = append(shared, Input{Name: f.entry, Hash: sum(rest)})
	for _, name := range slices.Sorted(maps.Keys(common)) {
		shared = append(shared, Input{Name: name, Hash: f.sums[name]})
	}
	if leaks := leaks(rest, texts); leaks != "" {
		shared = append(shared, Input{Name: "styles of scenes that reach others", Hash: sum([]byte(leaks))})
	}
	for i, c := range clips {
		name := f.mounted(c.tag)
		list := []Input{{name, sum(texts[i]), c.name}, {f.entry, sum([]byte(mountOf(c.tag))), c.name}}
		for _, file := range slices.Sorted(maps.Keys(scenes[i])) {
			if file != name && !common[file] {
				list = append(list, Input{file, f.sums[file], c.name})
			}
		}
		own = append(own, list)
	}
	return shared, own
}

// mounted returns the path of the page that a host mounts.
func (f *folder) mounted(host *markup.Tag) string {
	src, _ := host.Attr("data-composition-src")
	return path.Join(path.Dir(f.entry), src)
}

// reach returns the files that a text names, and those that they name. A name is the last part of a file's path: too
// many are found rather than too few.
func (f *folder) reach(text []byte) map[string]bool {
	found := map[string]bool{}
	for next := [][]byte{text}; len(next) > 0; next = next[1:] {
		for _, name := range f.names {
			if !found[name] && name != f.entry && bytes.Contains(next[0], []byte(path.Base(name))) {
				found[name] = true
				next = append(next, f.texts[name])
			}
		}
	}
	return found
}

// sidecar reports whether a file is for tools and never part of the picture.
func sidecar(name string) bool {
	return name == "timemap.json" || name == ".hframes" || strings.HasSuffix(name, ".motion.json")
}

// remainder returns the entry page without what changes when a scene or a sound does: hosts, sounds, the film's length
// and its title. The sounds are returned beside it.
func remainder(page *markup.Doc, root *markup.Tag, clips []timedElement) (rest, sounds []byte) {
	var cuts [][2]int
	for _, c := range clips {
		cuts = append(cuts, [2]int{c.tag.Start, c.tag.CloseEnd})
	}
	if a := root.Find("data-duration"); a != nil {
		cuts = append(cuts, [2]int{a.Start, a.End})
	}
	for i := range page.Tags {
		t := &page.Tags[i]
		if t.Name == "title" && t.Parent >= 0 && page.Tags[t.Parent].Name == "head" {
			cuts = append(cuts, [2]int{t.Start, t.CloseEnd})
		}
	}
	more, sounds := soundsOf(page)
	return without(page.Data, append(cuts, more...)), sounds
}

// ownText returns a scene's page without sounds and without what only says where in the film it stands: the lanes of
// clips in it and starts that are times of the film (contract §8), which become times of the scene.
func ownText(page *markup.Doc, host *markup.Tag) (rest, sounds []byte) {
	begin, _ := number(host, "data-start")
	cuts, sounds := soundsOf(page)
	var starts []byte
	for i := range page.Tags {
		t := &page.Tags[i]
		for _, a := range t.Attrs {
			switch a.Name {
			case "data-track-index", "data-hf-media-start-basis", "data-start":
				cuts = append(cuts, [2]int{a.Start, a.End})
			}
		}
		start, ok := number(t, "data-start")
		if basis, _ := t.Attr("data-hf-media-start-basis"); basis == "global" {
			start -= begin
		}
		if ok && t.Name != "audio" {
			starts = fmt.Appendf(starts, "\n%d: %d µs", i, int64(math.Round(start*1e6)))
		} else if v, there := t.Attr("data-start"); there && !ok {
			starts = fmt.Appendf(starts, "\n%d: %s", i, v)
		}
	}
	return append(without(page.Data, cuts), starts...), sounds
}

// soundsOf returns where the audio elements of a page stand that are not seen, and their text.
func soundsOf(page *markup.Doc) (places [][2]int, text []byte) {
	for i := range page.Tags {
		t := &page.Tags[i]
		if t.Name == "audio" && t.Find("controls") == nil {
			places = append(places, [2]int{t.Start, t.CloseEnd})
			text = append(text, page.Data[t.Start:t.CloseEnd]...)
		}
	}
	return places, text
}

// without returns data without some parts of it, and without the white space before each.
func without(data []byte, cuts [][2]int) []byte {
	slices.SortFunc(cuts, func(a, b [2]int) int { return cmp.Compare(a[0], b[0]) })
	var out []byte
	at := 0
	for _, c := range cuts {
		if c[0] >= at {
			out = append(out, bytes.TrimRight(data[at:c[0]], " \t\r\n")...)
		}
		at = max(at, c[1])
	}
	return append(out, data[at:]...)
}

// mountOf returns what of a host's attributes can be seen.
func mountOf(host *markup.Tag) string {
	var b strings.Builder
	for _, a := range host.Attrs {
		switch a.Name {
		case "data-start", "data-duration", "data-track-index", "data-label": // the scene's page knows its length
		default:
			fmt.Fprintf(&b, "%s=%q\n", a.Name, a.Value)
		}
	}
	return b.String()
}

// leaks returns the styles in scenes' pages that reach other scenes (contract §3: rules for "*" alone and at-rules such
// as @font-face are not held to a scene). Keyframes reach others, too, but matter to nobody who does not use their name:
// they count where the name means two things, or is used where it is not defined. rest is the entry page.
func leaks(rest []byte, scenes [][]byte) string {
	var out strings.Builder
	pages := append([][]byte{rest}, scenes...)
	means := map[string][]string{} // by name of keyframes
	defined := make([]map[string]bool, len(pages))
	for i, page := range pages {
		defined[i] = map[string]bool{}
		global, frames := globalRules(page)
		if i > 0 {
			out.WriteString(global)
		}
		for _, f := range frames {
			defined[i][f[0]] = true
			means[f[0]] = append(means[f[0]], f[1])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(means)) {
		texts := slices.Compact(means[name])
		strange := len(texts) > 1
		for i, page := range pages {
			strange = strange || !defined[i][name] && !defined[0][name] && bytes.Contains(page, []byte(name))
		}
		if strange {
			out.WriteString(strings.Join(texts, "\n"))
		}
	}
	return out.String()
}

// globalRules returns the rules of a page's style elements that are not held to it, and its keyframes: name and text.
func globalRules(page []byte) (global string, frames [][2]string) {
	var b strings.Builder
	doc := markup.Parse(page)
	for i := range doc.Tags {
		if doc.Tags[i].Name != "style" {
			continue
		}
		sheet := css.Parse(doc.Content(&doc.Tags[i]))
		for _, r := range sheet.Rules {
			text := string(sheet.Data[r.Start:r.End])
			switch {
			case r.At == "keyframes" || r.At == "-webkit-keyframes":
				frames = append(frames, [2]string{r.Selector, text})
			case r.At == "media" || r.At == "supports" || r.At == "container":
			case r.At != "" && (r.Parent < 0 || sheet.Rules[r.Parent].At != ""), r.At == "" && slices.Contains(css.Split(r.Selector), "*"):
				b.WriteString(text)
			}
		}
	}
	return b.String(), frames
}
