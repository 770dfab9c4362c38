package compose

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hframes/hframes/compose/scene"
	"github.com/hframes/hframes/compose/timeline"
	"github.com/hframes/hframes/templates"
)

// place puts the scenes on the timeline.
func (f *film) place(plans []*plan) {
	byScene := make(map[*scene.Scene]*plan, len(plans))
	for _, p := range plans {
		byScene[p.scene] = p
	}
	in := timeline.Inputs{Width: f.size.Width, Height: f.size.Height, FPS: f.fps, Scenes: make([]timeline.SceneInput, len(plans)),
		Chart: func(s *scene.Scene, b *scene.Block) bool {
			return (&sceneRun{film: f, plan: byScene[s], scene: s}).isChart(b)
		}}
	if m := f.doc.Meta.Music; m != nil {
		in.Tempo = m.BPM
	}
	for i, p := range plans {
		in.Scenes[i] = timeline.SceneInput{Media: f.clips(p), Text: f.settingWords(p),
			Enter: timeline.Transition{Name: p.transition.Name, From: p.from, Duration: p.enter, Overlap: p.transition.Overlap}}
	}
	line, problems := timeline.Place(f.doc, in)
	f.line = line
	f.diagnose(problems...)
}

// checkFront reports data files that cannot be read, and warns of keys of the front matter that nothing reads yet.
func (f *film) checkFront() {
	m := &f.doc.Meta
	idle := func(key, msg, hint string) {
		f.diagnose(f.front(key, key, "compose/no-effect", msg).Warn().WithHint(hint))
	}
	if m.Captions {
		idle("captions", "captions are not drawn yet", "leave it out: it changes nothing")
	}
	if m.Voice.Name != "" {
		idle("voice", "narration has no sound yet, so nobody speaks it", "its words and cues are timed all the same; voice: {speed: 1.1} sets how fast")
	}
	for i := range m.Data {
		f.checkData(&m.Data[i])
	}
	if len(m.Data) > 0 {
		idle("data", "rows of data are not filled in yet", "use variables: a render can give them other values")
	}
}

func (f *film) checkData(d *scene.Data) {
	fault := func(code, msg, hint string) {
		pos, end := f.word(d.Pos, d.Src)
		f.diagnose(f.doc.File.AtPos(pos, end, code, msg).WithHint(hint))
	}
	name, ok := local(d.Src)
	if !ok {
		fault("compose/remote-data", fmt.Sprintf("%q is not a file of the project", d.Src), "copy the file into the project")
		return
	}
	f.inputs[name] = true
	st, err := fs.Stat(f.project, name)
	if err == nil && st.IsDir() {
		err = errors.New("it is a folder")
	} else if err == nil {
		_, err = fs.ReadFile(f.project, name)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fault("compose/missing-file", fmt.Sprintf("there is no file %q", d.Src), f.similar(name))
	case err != nil:
		fault("compose/unreadable-data", fmt.Sprintf("%q cannot be read: %v", d.Src, err), "")
	}
}

// settingWords returns the text of settings that the audience reads: those of the layout and of template blocks.
func (f *film) settingWords(p *plan) string {
	words := visibleText(p.layout.Settings, p.set)
	call := func(name string, settings []scene.Setting) {
		if t := f.set.Block(name); t != nil {
			set, _ := t.Check(pairs(settings))
			words = append(words, visibleText(t.Settings, set)...)
		}
	}
	var rich func(scene.Rich)
	rich = func(content scene.Rich) {
		for _, s := range content {
			if d := s.Directive; d != nil {
				call(d.Name, d.Settings)
				rich(d.Label)
			}
		}
	}
	rich(p.scene.Title)
	p.walk(func(b *scene.Block) {
		if b.Kind == scene.Directive {
			call(b.Name, b.Settings)
		}
		rich(b.Rich)
		rich(b.By)
		for i := range b.Items {
			rich(b.Items[i].Rich)
		}
		if b.Table != nil {
			for _, row := range append(b.Table.Rows[:len(b.Table.Rows):len(b.Table.Rows)], b.Table.Header) {
				for _, cell := range row {
					rich(cell.Rich)
				}
			}
		}
	})
	return strings.Join(words, " ")
}

// visibleText returns the values of visible settings. "none" is how one of them says that it shows nothing.
func visibleText(specs []templates.SettingSpec, set map[string]any) []string {
	var words []string
	for _, spec := range specs {
		if v := fmt.Sprint(set[spec.Name]); spec.Visible && v != "none" {
			words = append(words, v)
		}
	}
	return words
}

// clips returns the playing times of the videos and sounds of a scene.
func (f *film) clips(p *plan) []time.Duration {
	var out []time.Duration
	p.walk(func(b *scene.Block) {
		if b.Kind != scene.VideoKind && b.Kind != scene.AudioKind {
			return
		}
		if name, ok := local(b.Media.Src); ok {
			if info, err := f.probe(name); err == nil {
				out = append(out, trimmed(info.Duration, b.Settings))
			}
		}
	})
	return out
}

// walk visits every block of a scene, the ones in slots and in other blocks too.
func (p *plan) walk(visit func(*scene.Block)) {
	var blocks func([]scene.Block)
	blocks = func(in []scene.Block) {
		for i := range in {
			visit(&in[i])
			blocks(in[i].Blocks)
			for _, it := range in[i].Items {
				blocks(it.Blocks)
			}
		}
	}
	blocks(p.scene.Blocks)
	for i := range p.scene.Slots {
		blocks(p.scene.Slots[i].Blocks)
	}
}

// takeCues turns the times of the narration's cues into what the scene's elements are given.
func (r *sceneRun) takeCues() {
	r.cues = cues{items: map[int]float64{}, ids: map[string]float64{}, rows: map[string]float64{}}
	have := r.targets()
	r.ids = map[string]bool{}
	for _, id := range have.ids {
		r.ids[id] = true
	}
	for _, c := range r.clip.Cues {
		at := c.At.Seconds()
		switch c.Kind {
		case scene.CueItem:
			keep(r.cues.items, c.N, at)
		case scene.CueID:
			keep(r.cues.ids, c.Name, at)
		case scene.CueBar:
			name := c.Name
			if name == "" && c.N >= 1 && c.N <= len(have.rows) {
				name = have.rows[c.N-1]
			}
			keep(r.cues.rows, name, at)
		}
	}
}

// keep remembers the first time a thing is named.
func keep[K comparable](m map[K]float64, k K, at float64) {
	if _, ok := m[k]; !ok {
		m[k] = at
	}
}

// key is everything that a scene's page depends on, but for the files that it shows. Two scenes with one key have one
// page. It holds what the scene was read as, since a definition of a link may stand in another scene, and what was
// written, since diagnostics show it.
func (r *sceneRun) key() string {
	f := r.film
	start, end := 0, len(f.doc.File.Data)
	if i := r.clip.Index; i > 0 {
		start = f.doc.File.Offset(f.doc.Scenes[i-1].End)
	}
	if i := r.clip.Index + 1; i < len(f.doc.Scenes) {
		end = f.doc.File.Offset(f.doc.Scenes[i].Pos)
	}
	clip := *r.clip
	clip.Reason, clip.Reading = "", 0
	read, err := json.Marshal([]any{r.scene, clip, r.plan.layout.Name, r.plan.number, len(f.doc.Scenes), chapters(f.doc)})
	if err != nil {
		panic(err) // plain structs of our own
	}
	return f.env + "\n" + string(read) + "\n" + string(f.doc.File.Data[start:max(start, end)])
}

// holds reports whether the files that a page shows are what they were.
func (f *film) holds(page *rendered) bool {
	same := true
	for _, known := range page.files {
		info, err := f.probe(known.name) // all of them, since they are inputs again
		same = same && err == nil && info == known.info
	}
	return same
}

// environment is what every scene depends on: the film's front matter and the canvas.
func (f *film) environment() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %d %d %s\n", f.size.Width, f.size.Height, f.fps, f.theme.Name)
	end := len(f.doc.File.Data)
	if len(f.doc.Scenes) > 0 {
		end = f.doc.File.Offset(f.doc.Scenes[0].Pos)
	}
	b.Write(f.doc.File.Data[:end])
	return b.String()
}

// visible returns every character that the film may show, each once, for choosing font subsets. Beside the deck's own
// these are the ones that layouts and motion add.
func (f *film) visible() string {
	seen := map[rune]bool{}
	var b strings.Builder
	add := func(text string) {
		for _, c := range text {
			if !seen[c] {
				seen[c] = true
				b.WriteRune(c)
			}
		}
	}
	add("0123456789…–—“”‘’•→✓ ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
	add(string(f.doc.File.Data))
	for _, v := range f.doc.Meta.Variables {
		add(v.Text())
	}
	return b.String()
}

// drawn returns the characters beyond ASCII that the film draws, sorted, each once.
func (f *film) drawn(pages []*rendered) []rune {
	var out []rune
	for _, p := range pages {
		out = append(out, p.text...)
	}
	for _, v := range f.doc.Meta.Variables {
		out = append(out, beyondASCII(v.Text())...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// beyondASCII returns the characters of text that are not ASCII, sorted, each once.
func beyondASCII(text string) []rune {
	var out []rune
	for _, c := range text {
		if c >= utf8.RuneSelf {
			out = append(out, c)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// timemap ties the author's file to the film: scene by scene the lines, the time span, the elements and the cues.
func (f *film) timemap(plans []*plan, pages []*rendered) []byte {
	type element struct {
		ID   string `json:"id"`
		Line int    `json:"line"`
		End  int    `json:"end"`
	}
	type cue struct {
		Line   int     `json:"line"`
		Time   float64 `json:"time"` // s, of the film
		Kind   string  `json:"kind"`
		Target string  `json:"target,omitempty"`
	}
	type entry struct {
		ID       string    `json:"id"`
		Title    string    `json:"title,omitempty"`
		Layout   string    `json:"layout"`
		Line     int       `json:"line"`
		End      int       `json:"end"`
		Start    float64   `json:"start"`
		Duration float64   `json:"duration"`
		Elements []element `json:"elements"`
		Cues     []cue     `json:"cues,omitempty"`
	}
	var out struct {
		Version int     `json:"version"`
		File    string  `json:"file"`
		FPS     int     `json:"fps"`
		Frames  int     `json:"frames"`
		Scenes  []entry `json:"scenes"`
	}
	out.Version, out.File, out.FPS, out.Frames = 1, f.doc.File.Name, f.fps, f.line.Frames
	for i, p := range plans {
		clip := &f.line.Clips[i]
		from, length := window(clip.Start, clip.Start+clip.Duration)
		e := entry{ID: p.scene.ID, Title: plain(p.scene.Title, f.defaults), Layout: p.layout.Name,
			Line: p.scene.Pos.Line, End: p.scene.End.Line, Start: from, Duration: length, Elements: []element{}}
		for _, m := range pages[i].marks {
			e.Elements = append(e.Elements, element{m.ID, m.Start.Line, m.End.Line})
		}
		for _, c := range clip.Cues {
			written := p.scene.Voice.Cues[c.Index]
			target := c.Name
			if target == "" && c.N > 0 {
				target = fmt.Sprint(c.N)
			}
			e.Cues = append(e.Cues, cue{written.Pos.Line, math.Round((clip.Start+c.At).Seconds()*tick) / tick, string(c.Kind), target})
		}
		out.Scenes = append(out.Scenes, e)
	}
	b, err := json.Marshal(out)
	if err != nil {
		panic(err) // plain structs of our own
	}
	return b
}
