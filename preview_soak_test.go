package hframes_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/internal/chrome"
	"github.com/hframes/hframes/preview"
	"github.com/hframes/hframes/source"
)

const (
	soakEdits = 2000
	soakCheck = 250 // edits between two checkpoints
)

// TestPreviewSoak edits a deck as no author would, 2,000 times, while two browsers look at its preview: valid edits and
// broken ones, files that are saved in every way that editors know, that go away and come back, and that have nothing to
// do with the film. At each checkpoint both pages show what a build from scratch makes of the files, and nothing grows.
func TestPreviewSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("minutes of headless Chromium")
	}
	s := newSoak(t)
	t.Logf("seed %d", s.seed)
	var second, last usage
	for s.edits < soakEdits {
		s.edit()
		if s.edits%soakCheck != 0 {
			continue
		}
		s.check()
		s.repairAll()
		s.check()
		last = s.measure()
		n := s.edits / soakCheck
		t.Logf("%4d edits, %v, %d builds: %v", s.edits, time.Since(s.began).Round(time.Second), s.builds.Load(), last)
		if n == 2 {
			second = last
		}
	}
	last.within(t, second)
	t.Logf("%d bursts, %d builds, edits: %v", s.bursts, s.builds.Load(), s.count)
	if most := int64(s.bursts + s.edits/10); s.builds.Load() > most {
		t.Errorf("%d builds for %d bursts of edits", s.builds.Load(), s.bursts)
	}
	for _, p := range s.pages {
		for _, e := range p.Events() {
			if e.Kind == chrome.Exception || e.Kind == chrome.Crash {
				t.Errorf("a page complained: %s", e)
			}
		}
	}
}

// A soak is a project, its preview and two browsers.
type soak struct {
	t      *testing.T
	seed   uint64
	dice   *rand.Rand
	dir    string
	pages  []*chrome.Page
	builds atomic.Int64
	began  time.Time

	edits, bursts int
	count         map[string]int
	words         [4]int // version of each scene's text
	style         int
	troubles      map[string]func() // what is wrong now, and its repair
	extra         int               // small files
}

func newSoak(t *testing.T) *soak {
	s := &soak{t: t, seed: 20, dir: t.TempDir(), count: map[string]int{}, troubles: map[string]func(){}, began: time.Now()}
	s.dice = rand.New(rand.NewPCG(s.seed, s.seed))
	theme := filepath.Join("examples", "custom", "templates", "themes", "paper")
	if err := os.CopyFS(filepath.Join(s.dir, "templates", "themes", "paper"), os.DirFS(theme)); err != nil {
		t.Fatal(err)
	}
	put := func(name, text string) {
		writeFile(t, filepath.Join(s.dir, name), []byte(text))
	}
	put("templates/layouts/mine/layout.html", soakLayout)
	put("templates/layouts/mine/layout.yaml", "description: A list.\naccepts: [list]\nexample: |\n  ## Two {.mine}\n\n  - One\n  - Two\n")
	put("templates/layouts/mine/style.css", s.css())
	put("media/a.svg", s.picture())
	put("media/big.png", string(pngPixel))
	put("video.md", s.deck())
	at := serves(t, filepath.Join(s.dir, "video.md"), func(preview.Report) { s.builds.Add(1) })
	for range 2 {
		s.pages = append(s.pages, opens(t, chromium(t), at.URL, 900, 600))
	}
	s.check()
	return s
}

// pngPixel is a PNG of one px.
var pngPixel, _ = base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

const soakLayout = `<div class="mine"><h2 id="{{.ID}}-title">{{.Title}}</h2>
{{with .First "list"}}<ul>{{range .Items}}<li id="{{.ID}}" style="{{.Style}}">{{.Inner}}</li>{{end}}</ul>{{end}}</div>
`

func (s *soak) css() string {
	return fmt.Sprintf(".mine { position: absolute; inset: 0; padding: %dpx; color: rgb(%d, 0, 0); }\n", 40+s.style%50, s.style%200)
}

func (s *soak) picture() string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="64" height="36"><rect width="%d" height="36"/></svg>`, 1+s.style%64)
}

func (s *soak) deck() string {
	return fmt.Sprintf("---\ntheme: paper\n---\n\n# A film {#opening}\n\nVersion %06d\n\n---\n\n## A list {#list .mine}\n\n- One of %06d\n- Another\n\n"+
		"---\n\n## Pictures {#pictures}\n\n![a drawing of %06d](media/a.svg)\n\n---\n\n## Code {#code .code}\n\n```go\nfunc f() int { return %06d }\n```\n\n"+
		"---\n\n## The end {#end}\n\n![a picture](media/big.png)\n", s.words[0], s.words[1], s.words[2], s.words[3])
}

// must fails the test; what the soak does to its own files always works.
func (s *soak) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *soak) at(name string) string { return filepath.Join(s.dir, name) }

// save writes a file the way some editor does.
func (s *soak) save(name, text string) {
	file, data := s.at(name), []byte(text)
	switch s.dice.IntN(4) {
	case 0: // written aside and renamed into place
		s.must(os.WriteFile(file+".tmp", data, 0o644))
		s.must(os.Rename(file+".tmp", file))
	case 1: // vim: the old file becomes the backup
		_ = os.Rename(file, file+"~") // there may be none
		s.must(os.WriteFile(file, data, 0o644))
		_ = os.Remove(file + "~")
	case 2: // emptied, then written in two parts
		f, err := os.Create(file)
		s.must(err)
		_, err = f.Write(data[:len(data)/2])
		s.must(err)
		s.pause(3)
		_, err = f.Write(data[len(data)/2:])
		s.must(errors.Join(err, f.Close()))
	default:
		s.must(os.WriteFile(file, data, 0o644))
	}
}

// pause gives the preview up to that many ms. How long is of no consequence.
func (s *soak) pause(ms int) { time.Sleep(time.Duration(s.dice.IntN(ms)) * time.Millisecond) }

// large writes a file of 50 MB, as a download comes in.
func (s *soak) large(name, begin string) {
	f, err := os.Create(s.at(name))
	s.must(err)
	_, err = f.WriteString(begin)
	part := make([]byte, 1<<20)
	for i := 0; i < 50 && err == nil; i++ {
		_, err = f.Write(part)
	}
	s.must(errors.Join(err, f.Close()))
}

// edit does one random thing, and pauses now and then: bursts and rests take turns.
func (s *soak) edit() {
	s.edits++
	if len(s.troubles) > 0 && s.dice.IntN(3) == 0 {
		s.repair()
	} else {
		s.change()
	}
	switch n := s.dice.IntN(20); {
	case n == 0:
		s.bursts++
		s.pause(600)
	case n < 8:
		s.bursts++
		s.pause(60)
	}
}

func (s *soak) change() {
	kind := s.kind()
	if s.troubles[kind] != nil { // not twice
		kind = "text"
	}
	s.count[kind]++
	back := s.do(kind)
	if back != nil {
		s.troubles[kind] = back
	}
}

// kind throws what to do next.
func (s *soak) kind() string {
	n := s.dice.IntN(100)
	for _, k := range []struct {
		name   string
		weight int
	}{
		{"text", 30}, {"style", 18}, {"picture", 8}, {"files", 10}, {"front matter", 4}, {"markdown", 4}, {"theme", 3}, {"layout", 3}, {"layout gone", 3},
		{"deck renamed", 3}, {"picture deleted", 4}, {"media moved", 4}, {"templates moved", 4}, {"big file", 1},
	} {
		if n -= k.weight; n < 0 {
			return k.name
		}
	}
	return "big picture"
}

// do does a thing. If it may break the film, it returns what repairs it.
func (s *soak) do(kind string) (back func()) {
	away := func(from, to string) func() {
		s.must(os.Rename(s.at(from), s.at(to)))
		return func() {
			s.must(os.RemoveAll(s.at(from)))
			s.must(os.Rename(s.at(to), s.at(from)))
		}
	}
	free := func(names ...string) bool { // nothing that moves them is going on
		return !slices.ContainsFunc(names, func(n string) bool { return s.troubles[n] != nil })
	}
	broken := func(name, text string, was func() string) func() {
		s.save(name, text)
		return func() { s.save(name, was()) }
	}
	switch kind {
	case "text":
		s.words[s.dice.IntN(len(s.words))] = s.dice.IntN(1e6)
		if free("deck renamed", "front matter", "markdown") {
			s.save("video.md", s.deck())
		}
	case "style":
		s.style = s.dice.IntN(1e6)
		if free("templates moved", "layout gone") {
			s.save("templates/layouts/mine/style.css", s.css())
		}
	case "picture":
		s.style = s.dice.IntN(1e6)
		if free("media moved", "picture deleted") {
			s.save("media/a.svg", s.picture())
		}
	case "files":
		s.must(os.MkdirAll(s.at("other"), 0o755))
		for range 5 {
			s.extra++
			s.must(os.WriteFile(s.at(fmt.Sprintf("other/%d.txt", s.extra)), []byte("nothing"), 0o644))
		}
	case "front matter":
		if free("deck renamed", "markdown") {
			return broken("video.md", "---\nsize: [\n---\n\n# A\n", s.deck)
		}
	case "markdown":
		if free("deck renamed", "front matter") {
			return broken("video.md", strings.Replace(s.deck(), ".mine", ".nobody's", 1), s.deck)
		}
	case "theme":
		if free("templates moved") {
			was, err := os.ReadFile(s.at("templates/themes/paper/theme.yaml"))
			s.must(err)
			return broken("templates/themes/paper/theme.yaml", "colors: [\n", func() string { return string(was) })
		}
	case "layout":
		if free("templates moved", "layout gone") {
			return broken("templates/layouts/mine/layout.html", "<div>{{if}}</p>", func() string { return soakLayout })
		}
	case "layout gone":
		if free("templates moved", "layout") {
			return away("templates/layouts/mine", "gone")
		}
	case "deck renamed":
		if free("front matter", "markdown") {
			return away("video.md", "other.md")
		}
	case "picture deleted":
		if free("media moved") {
			s.must(os.Remove(s.at("media/a.svg")))
			return func() { s.save("media/a.svg", s.picture()) }
		}
	case "media moved":
		if free("picture deleted", "big picture") {
			return away("media", "elsewhere")
		}
	case "templates moved":
		if free("theme", "layout", "layout gone") {
			return away("templates", "elsewhere-too")
		}
	case "big file":
		s.large("download.bin", "")
	case "big picture":
		if free("media moved") {
			s.large("media/big.png", string(pngPixel))
			return func() { s.save("media/big.png", string(pngPixel)) }
		}
	}
	return nil
}

func (s *soak) repair() {
	var all []string
	for kind := range s.troubles {
		all = append(all, kind)
	}
	slices.Sort(all)
	kind := all[s.dice.IntN(len(all))]
	back := s.troubles[kind]
	delete(s.troubles, kind)
	back()
}

func (s *soak) repairAll() {
	for len(s.troubles) > 0 {
		s.repair()
	}
	s.save("video.md", s.deck())
	s.save("templates/layouts/mine/style.css", s.css())
	s.save("media/a.svg", s.picture())
	s.bursts++
}

// check builds the project from scratch and waits until both pages show the same.
func (s *soak) check() {
	s.t.Helper()
	wrong, hash, frames := 0, "", 0
	p, err := hframes.Open(s.at("video.md"), hframes.Options{})
	if err == nil {
		defer p.Close()
		film, builds := p.Build(s.t.Context())
		if err = builds; err == nil {
			hash, frames = film.Bundle.Hash, film.Composition.Timeline.Frames
		}
	}
	var list source.List
	if errors.As(err, &list) {
		for _, d := range list {
			if d.Severity == source.Error {
				wrong++
			}
		}
	} else if err != nil {
		wrong = 1
	}
	want := fmt.Sprintf(`!document.title.startsWith("✕") && document.querySelector(".card-sheet").hidden && document.querySelector(".stage").dataset.hash === %q &&
		Math.abs(document.querySelector(".scrubber [role=slider][aria-label=Playhead]").ariaValueMax * 30 - %d) < 0.5 && document.querySelectorAll(".stage iframe").length === 1`, hash, frames)
	if wrong > 0 {
		want = fmt.Sprintf(`document.title.startsWith("✕") && !document.querySelector(".card-sheet").hidden &&
			document.querySelectorAll(".card .problems > ul .problem.error").length === %d`, min(wrong, 100))
	}
	for i, page := range s.pages {
		var ok bool
		var is string
		for end := time.Now().Add(60 * time.Second); !ok; time.Sleep(10 * time.Millisecond) {
			if err := page.Eval(s.t.Context(), "!!("+want+")", &ok); err != nil {
				s.t.Fatal(err)
			}
			if !ok && time.Now().After(end) {
				_ = page.Eval(s.t.Context(), `[document.title, document.querySelector(".stage").dataset.hash, document.querySelectorAll("iframe").length,
					document.querySelector(".card").innerText].join("\n")`, &is)
				s.t.Fatalf("after %d edits page %d shows\n%s\nwhich is not %s\nthe build says %v; wrong is %v", s.edits, i, is, want, err, s.troubles)
			}
		}
	}
}

// A usage is what the process and its pages hold.
type usage struct {
	goroutines, descriptors int
	heap, rss               int64 // bytes
	pages                   []chrome.Usage
	frames                  int // most iframes of a page
}

func (u usage) String() string {
	text := fmt.Sprintf("%d goroutines, %d descriptors, heap %.1f MB, RSS %.0f MB", u.goroutines, u.descriptors, float64(u.heap)/1e6, float64(u.rss)/1e6)
	for _, p := range u.pages {
		text += fmt.Sprintf("; page: %.1f MB, %d documents, %d nodes, %d listeners", float64(p.Heap)/1e6, p.Documents, p.Nodes, p.Listeners)
	}
	return text
}

// measure looks at a film that has been as it is for some builds, so that what is remembered of earlier ones is the same
// each time, and takes the least of a few looks: browsers tidy up when they have time.
func (s *soak) measure() usage {
	for range 6 {
		s.words[1] = s.dice.IntN(1e6)
		s.save("video.md", s.deck())
		s.bursts++
		s.check()
	}
	least := s.look()
	for range 4 {
		u := s.look()
		least.heap, least.rss = min(least.heap, u.heap), min(least.rss, u.rss)
		least.goroutines, least.descriptors = min(least.goroutines, u.goroutines), min(least.descriptors, u.descriptors)
		for i, p := range u.pages {
			l := &least.pages[i]
			*l = chrome.Usage{Heap: min(l.Heap, p.Heap), Documents: min(l.Documents, p.Documents), Nodes: min(l.Nodes, p.Nodes), Listeners: min(l.Listeners, p.Listeners)}
		}
	}
	return least
}

func (s *soak) look() (u usage) {
	runtime.GC() // what is freed after finalizers ran needs a second one
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u.heap, u.goroutines = int64(m.HeapAlloc), runtime.NumGoroutine()
	if list, err := os.ReadDir("/proc/self/fd"); err == nil {
		u.descriptors = len(list)
	}
	if data, err := os.ReadFile("/proc/self/statm"); err == nil {
		pages, _ := strconv.ParseInt(strings.Fields(string(data))[1], 10, 64)
		u.rss = pages * int64(os.Getpagesize())
	}
	for _, p := range s.pages {
		use, err := p.Usage(s.t.Context())
		s.must(err)
		u.pages = append(u.pages, use)
		var frames int
		s.must(p.Eval(s.t.Context(), `document.querySelectorAll("iframe").length`, &frames))
		u.frames = max(u.frames, frames)
	}
	return u
}

// within compares with an earlier usage. Connections that a browser keeps open for a while are no growth.
func (u usage) within(t *testing.T, before usage) {
	t.Helper()
	const connections = 12 // of two browsers, beyond those that were open before
	if u.goroutines > before.goroutines+2*connections || u.descriptors > before.descriptors+connections {
		t.Errorf("goroutines or descriptors grew: %v, before %v", u, before)
	}
	flat := func(what string, is, was, slack int64) {
		if is > was+was/10+slack {
			t.Errorf("%s grew from %d to %d", what, was, is)
		}
	}
	flat("heap", u.heap, before.heap, 1<<20)
	flat("RSS", u.rss, before.rss, 8<<20)
	for i := range u.pages {
		flat("a page's heap", u.pages[i].Heap, before.pages[i].Heap, 1<<20)
		flat("a page's documents", int64(u.pages[i].Documents), int64(before.pages[i].Documents), 4)
		flat("a page's nodes", int64(u.pages[i].Nodes), int64(before.pages[i].Nodes), 1000)
		flat("a page's listeners", int64(u.pages[i].Listeners), int64(before.pages[i].Listeners), 100)
	}
	if u.frames > 2 {
		t.Errorf("%d frames", u.frames)
	}
}

// TestPreviewSheetForgotten opens the contact sheet and closes it again, also before its pictures are there: what was on
// it is forgotten.
func TestPreviewSheetForgotten(t *testing.T) {
	page := shows(t, "examples/hello", 900, 600)
	until(t, page, `document.querySelector(".stage[data-time]")`)
	turn := func() {
		eval(t, page, `[...document.querySelectorAll("button.tool")].find((b) => b.ariaLabel.startsWith("Contact sheet")).click()`)
	}
	times := func(n int) chrome.Usage {
		for i := range n {
			turn()
			if i%2 == 0 {
				until(t, page, `document.querySelector(".sheet-still.ready")`)
			}
			turn()
			until(t, page, `!document.querySelector(".sheet")`)
		}
		u, err := page.Usage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	before := times(12)
	var after chrome.Usage
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); { // a browser forgets frames when it has time
		after = times(8)
		if after.Documents <= before.Documents+4 && after.Listeners <= before.Listeners+20 && after.Nodes <= before.Nodes+300 {
			return
		}
		before.Documents = min(before.Documents, after.Documents)
	}
	t.Errorf("before %+v, after %+v", before, after)
}
