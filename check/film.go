package check

import (
	"math"
	"strings"
)

// A film is the project put together: compositions, the clips in them, and their times.
type film struct {
	regs      *registrations
	done      map[*sheet]bool
	probed    map[string]*probed // media files that were looked into
	mentioned map[string]bool    // attributes that scripts or styles name
	rem       float64            // font size of <html> in px; see faces
	root      *comp
	comps     []*comp // every composition once, in order of appearance
	byTag     map[place]*comp
	clipAt    map[place]*clip
	named     map[clipName]*clip // see clipNamed
	loops     map[*clip]bool     // clips whose start depends on itself
	seen      map[stretch][]span // see shown
}

// A clipName is what a reference may call a clip by: an id, or the id of a composition in the composition it lies in.
type clipName struct {
	in       *comp // nil for ids of the whole film
	attr, id string
}

// A place is a tag of a page.
type place struct {
	page *page
	tag  int
}

// A comp is one composition: the film's root, a mounted file, or a composition written in place. A file mounted by
// several hosts is one comp with several hosts.
type comp struct {
	place
	id    string
	clips []*clip
	hosts []*clip // the clips that show it; none for the root
	dur   float64 // its own data-duration; NaN if it has none
}

// A clip is an element with a time window. Times are seconds on the clock of its composition.
type clip struct {
	place
	in       *comp
	start    float64 // NaN if it cannot be told
	dur      float64 // NaN if it is not written
	track    string  // "" if it has none
	sound    bool
	child    *comp // the composition it shows, if any
	resolved bool
	busy     bool
}

func (k *clip) end() float64 { return k.start + k.dur }

// timed reports whether both ends of the clip are known.
func (k *clip) timed() bool { return !math.IsNaN(k.start) && !math.IsNaN(k.dur) }

// assemble builds the film from the entry page.
func (c *checker) assemble() {
	c.film = film{byTag: map[place]*comp{}, clipAt: map[place]*clip{}, done: map[*sheet]bool{}, probed: map[string]*probed{}, seen: map[stretch][]span{}, mentioned: map[string]bool{}}
	if c.entry.root >= 0 {
		c.root = c.compose(place{c.entry, c.entry.root})
	}
	for _, p := range c.pages { // files that nothing mounts still have clips to look at
		if p.root >= 0 && !p.mounted {
			c.compose(place{p, p.root})
		}
	}
	for _, k := range c.comps {
		for _, clip := range k.clips {
			c.resolveStart(clip)
		}
	}
}

// compose returns the composition at a place, with its clips. A file that mounts itself finds itself.
func (c *checker) compose(at place) *comp {
	if k := c.byTag[at]; k != nil {
		return k
	}
	k := &comp{place: at, id: at.page.attr(at.tag, "data-composition-id"), dur: at.page.length(at.tag)}
	c.byTag[at] = k
	c.comps = append(c.comps, k)
	p, last := at.page, at.page.last(at.tag)
	for i := range p.doc.Tags {
		outside := p.entry && at.tag == p.root && p.comp[i] < 0 // beside the root, but in the film
		if !p.live[i] || !outside && (i <= at.tag || i >= last || !c.belongs(p, i, at.tag)) {
			continue
		}
		if clip := c.newClip(k, i); clip != nil {
			k.clips = append(k.clips, clip)
			c.clipAt[clip.place] = clip
			if inner, ok := c.mounted(p, i); ok {
				clip.child = c.compose(inner)
				clip.child.hosts = append(clip.child.hosts, clip)
			}
		}
	}
	return k
}

// belongs reports whether tag i is an element of the composition at tag root and of none inside it.
func (c *checker) belongs(p *page, i, root int) bool {
	if p.comp[i] != i {
		return p.comp[i] == root
	}
	parent := p.tag(i).Parent
	return parent >= 0 && p.comp[parent] == root
}

// newClip returns the clip at tag i, or nil if the element has no part in time.
func (c *checker) newClip(in *comp, i int) *clip {
	p := in.page
	isComp := p.comp[i] == i || p.isHost(i)
	if !p.isTimed(i) && !isComp {
		return nil
	}
	k := &clip{place: place{p, i}, in: in, start: math.NaN(), dur: p.length(i), sound: p.tag(i).Name == "audio"}
	for _, name := range []string{"data-track-index", "data-track", "data-layer"} {
		if v := p.attr(i, name); v != "" {
			k.track = v
			if n, ok := number(v); ok { // 01 and 1.0 are track 1
				k.track = plain(n)
			}
			break
		}
	}
	return k
}

// mounted returns the composition that tag i shows: the root of the file it names, the inline template named after it,
// or the element itself if the composition is written in place.
func (c *checker) mounted(p *page, i int) (place, bool) {
	if src := p.attr(i, "data-composition-src"); src != "" {
		q := c.byPath[cleanPath(src)]
		if q == nil {
			return place{}, false
		}
		root := q.innerRoot(p.attr(i, "data-composition-id"))
		return place{q, root}, root >= 0
	}
	if p.comp[i] != i {
		return place{}, false
	}
	if t := p.inlineTemplate(p.attr(i, "data-composition-id")); t >= 0 {
		for j, last := t+1, p.last(t); j < last; j++ {
			if p.comp[j] == j {
				return place{p, j}, true
			}
		}
	}
	return place{p, i}, true
}

// innerRoot returns the root of a mounted file: the composition of that id, else the first one.
func (p *page) innerRoot(id string) int {
	for i := range p.doc.Tags {
		if p.comp[i] == i && p.attr(i, "data-composition-id") == id {
			return i
		}
	}
	return p.root
}

// inlineTemplate returns the index of <template id="<id>-template">, -1 if there is none.
func (p *page) inlineTemplate(id string) int {
	for i := range p.doc.Tags {
		if t := p.tag(i); t.Name == "template" && i != p.template && id != "" && p.attr(i, "id") == id+"-template" {
			return i
		}
	}
	return -1
}

// length returns the length in seconds that tag i declares, NaN if it declares none that can be used.
func (p *page) length(i int) float64 {
	for _, name := range []string{"data-duration", "data-composition-duration"} {
		if v, ok := number(p.attr(i, name)); ok && v > 0 {
			return v
		}
	}
	end, ok := number(p.attr(i, "data-end"))
	start, fixed := number(p.attr(i, "data-start"))
	if ok && fixed && end > start {
		return end - start
	}
	return math.NaN()
}

// resolveStart finds where a clip starts. References that lead nowhere leave it NaN; times.go says so.
func (c *checker) resolveStart(k *clip) float64 {
	if k.resolved || k.busy {
		return k.start
	}
	k.busy = true
	defer func() { k.busy, k.resolved = false, true }()
	raw := k.page.attr(k.tag, "data-start")
	if v, ok := number(raw); ok || raw == "" {
		k.start = max(v, 0)
		return k.start
	}
	ref, ok := parseReference(raw)
	if !ok {
		return k.start
	}
	target := c.clipNamed(k, ref.id)
	if target == nil {
		return k.start
	}
	start := c.resolveStart(target)
	dur := target.dur
	if math.IsNaN(dur) && target.child != nil {
		dur = target.child.dur
	}
	k.start = max(start+dur+ref.offset, 0)
	return k.start
}

// clipNamed finds the clip that a reference means: by element id, then by composition id, in the clip's own
// composition first.
func (c *checker) clipNamed(from *clip, id string) *clip {
	if c.named == nil {
		c.nameClips()
	}
	for _, name := range []clipName{{from.in, "id", id}, {from.in, "data-composition-id", id}, {nil, "id", id}} {
		if k := c.named[name]; k != nil {
			return k
		}
	}
	return nil
}

// nameClips notes the first clip of every name.
func (c *checker) nameClips() {
	c.named = map[clipName]*clip{}
	for _, in := range c.comps {
		for _, k := range in.clips {
			for _, name := range []clipName{{in, "id", ""}, {in, "data-composition-id", ""}, {nil, "id", ""}} {
				if name.id = k.page.attr(k.tag, name.attr); c.named[name] == nil {
					c.named[name] = k
				}
			}
		}
	}
}

// limit returns the end of a composition on its own clock: the longest window a host gives it, else what it declares
// itself; NaN if neither is known.
func (k *comp) limit() float64 {
	longest := math.NaN()
	for _, h := range k.hosts {
		if math.IsNaN(h.dur) {
			return k.dur
		}
		if !(h.dur <= longest) {
			longest = h.dur
		}
	}
	if math.IsNaN(longest) {
		return k.dur
	}
	return longest
}

// isBackground reports whether an element is named as a backdrop: something that is there, but is not what one watches.
func (p *page) isBackground(i int) bool {
	names := strings.Fields(p.attr(i, "class"))
	names = append(names, p.attr(i, "id"), p.attr(i, "data-composition-id"))
	for _, n := range names {
		for _, word := range strings.FieldsFunc(strings.ToLower(n), func(r rune) bool { return r == '-' || r == '_' || r == ' ' }) {
			switch word {
			case "bg", "background", "backdrop", "wallpaper", "grain", "noise", "vignette", "backgrounds":
				return true
			}
		}
	}
	return false
}
