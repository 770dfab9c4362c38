package bundler

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// Files that a script may load while the film runs: data, Lottie animations, models, textures, look-up tables. The
// bundler cannot see how a script makes up an address, so it goes by names. A file of the project is kept at its own
// path if
//
//   - its base name occurs, as a string, in a script, a style, an attribute or a data island of the bundle, or in a text file that is
//     kept itself (a glTF model names its textures); or
//   - a string in a script ends in the beginning of its path ("frames/" + n, `frames/f_${n}.png`); or
//   - the official tools read it: see sidecars; or
//   - [Options.Keep] names it.
//
// Only kinds of files that a film can use are looked at; sources (Markdown, TypeScript, package.json …) never, nor anything excluded from a project (contract §16).

// A fileName has an extension that a film can use. In code it ends with its string; "d.data)" is none.
var (
	fileName   = regexp.MustCompile(`[^\s"'` + "`" + `()<>{}\[\],;:=|*?&#\\/]+\.([A-Za-z][A-Za-z0-9]{1,8})(?:$|[\s"'` + "`" + `(),;:?&#<])`)
	quotedName = regexp.MustCompile(`[^\s"'` + "`" + `()<>{}\[\],;:=|*?&#\\/]+\.([A-Za-z][A-Za-z0-9]{1,8})["'` + "`" + `?#]`)
)

// stub matches the beginning of a path at the end of a string, or before ${ in a template.
var stub = regexp.MustCompile(`([\w.@%+~-]*/[\w./@%+~-]*)(?:["'` + "`" + `]|\$\{)`)

// mentioned returns the words of a script or style that may be names of files; beginnings of paths end in "*". The
// words are sorted, each once.
func mentioned(text string) []string { return words(text, quotedName) }

func words(text string, pattern *regexp.Regexp) []string {
	var out []string
	for _, m := range pattern.FindAllStringSubmatchIndex(text, -1) {
		if usable[strings.ToLower(text[m[2]:m[3]])] {
			out = append(out, text[m[0]:m[3]])
		}
	}
	for _, m := range stub.FindAllStringSubmatch(text, -1) {
		s := strings.TrimLeft(m[1], "./")
		if s != "" && path.Ext(s) == "" {
			out = append(out, s+"*")
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (p *page) mention(text string) {
	if strings.ContainsAny(text, "./") {
		p.words = append(p.words, words(text, fileName)...)
	}
}

// wanted reports whether a file of that name can be of use to a film that runs.
func wanted(name string) bool {
	base := path.Base(name)
	return !never[base] && usable[strings.ToLower(strings.TrimPrefix(path.Ext(base), "."))]
}

var (
	usable = set("json lottie gltf glb bin png jpg jpeg gif webp avif svg bmp ico hdr exr ktx ktx2 basis dds tga mp4 webm mov m4v mp3 " +
		"wav ogg oga m4a aac flac opus woff woff2 ttf otf wasm cube 3dl csv tsv txt xml vtt srt html htm js mjs css obj mtl fbx stl ply usdz " +
		"atlas fnt glsl vert frag wgsl riv splat m3u8 dat data pdf")
	never = set("package.json package-lock.json tsconfig.json jsconfig.json meta.json registry-item.json")
)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// textFiles are kept files that may name others.
var textFiles = map[string]bool{".json": true, ".gltf": true, ".html": true, ".htm": true, ".js": true, ".mjs": true, ".css": true,
	".svg": true, ".xml": true, ".txt": true, ".csv": true, ".m3u8": true, ".mtl": true, ".obj": true, ".atlas": true, ".fnt": true}

// sidecars are files beside the entry page that the official tools read by name.
var sidecars = []string{"hyperframes.json", "caption-overrides.json", "timemap.json"}

// keep takes the files into the bundle that stay at their own path.
func (r *run) keep(pages []*mount) {
	r.keepSidecars(pages)
	k := keeper{run: r, names: map[string]bool{}, done: map[string]bool{}}
	for _, m := range pages {
		k.done[m.name] = true
		k.learn(m.words)
		for _, u := range m.used {
			if u != nil {
				k.learn(u.words)
			}
		}
	}
	for _, m := range pages {
		for _, u := range m.keep {
			if got := r.find(where{dir: m.dir(), rule: fromPage}, u); got.status == isLocal {
				k.take(got.path)
			}
		}
	}
	for name := range r.files {
		delete(k.names, path.Base(name)) // assets under their new names
	}
	for k.again = len(k.names) > 0 || len(r.o.Keep) > 0; k.again; {
		k.again = false
		for _, name := range r.walk() {
			switch {
			case k.done[name]:
			case r.named(name):
				k.done[name] = true
				k.keepFile(name)
			case r.wantedHere(name, k.names):
				k.take(name)
			}
		}
	}
	k.tell(pages)
}

// tell notes what would be kept if it were there. A name that scripts mention counts beside each page, since nobody knows
// where else it would be put; a folder in which files' names begin as a script says counts with all its names.
func (k *keeper) tell(pages []*mount) {
	if k.o.Looked == nil {
		return
	}
	missing := map[string]bool{}
	for name := range k.names {
		stub, begins := strings.CutSuffix(name, "*")
		if begins {
			name = path.Dir(stub)
		}
		if name != "." && (begins || wanted(name)) {
			missing[name] = true
		}
	}
	if len(missing) > 0 {
		for _, name := range k.walk() {
			delete(missing, path.Base(name))
		}
	}
	dirs := map[string]bool{k.base: true}
	for _, m := range pages {
		dirs[m.dir()] = true
	}
	for name := range missing {
		for dir := range dirs {
			k.looked(path.Join(dir, name))
		}
	}
	for name := range k.done {
		if wanted(name) && k.begun(name, k.names) {
			k.looked(path.Dir(name) + "/")
		}
	}
}

// A keeper collects files that are kept and the names they mention, until there are no more.
type keeper struct {
	*run
	names map[string]bool
	done  map[string]bool // paths of pages and of what is kept
	again bool
}

func (k *keeper) learn(names []string) {
	for _, n := range names {
		k.names[n] = true
	}
}

func (k *keeper) take(name string) {
	if k.done[name] {
		return
	}
	k.done[name] = true
	size := k.keepFile(name)
	if !textFiles[strings.ToLower(path.Ext(name))] || size > maxRead {
		return
	}
	if t, err := k.text(name); err == nil {
		k.learn(k.mentionedIn(t))
		k.again = true
	}
}

// maxRead bounds the kept files that are searched for names, in bytes.
const maxRead = 8 << 20

// mentionedIn returns the names that a kept text file mentions.
func (r *run) mentionedIn(t *text) []string {
	if list, ok := r.mentions.get(t, r.build); ok {
		return list
	}
	list := words(string(t.data), fileName)
	r.mentions.put(t, list, r.build)
	return list
}

// named reports whether [Options.Keep] names a file. What such a file mentions is not looked for.
func (r *run) named(name string) bool {
	for _, pattern := range r.o.Keep {
		if dir, ok := strings.CutSuffix(pattern, "/**"); ok && strings.HasPrefix(name, dir+"/") {
			return true
		}
		if ok, err := path.Match(pattern, name); ok && err == nil {
			return true
		}
	}
	return false
}

// wantedHere applies the other rules to one file.
func (r *run) wantedHere(name string, words map[string]bool) bool {
	if !wanted(name) {
		return false
	}
	if words[path.Base(name)] {
		return true
	}
	return r.begun(name, words)
}

// begun reports whether a script holds the beginning of a path, from the project's folder or from any folder on the way.
func (r *run) begun(name string, words map[string]bool) bool {
	for rest := name; ; {
		for i := range len(rest) {
			if i > 0 && strings.Contains(rest[:i], "/") && words[rest[:i]+"*"] {
				return true
			}
		}
		_, after, ok := strings.Cut(rest, "/")
		if !ok {
			return false
		}
		rest = after
	}
}

// keepFile takes a file of the project into the bundle as it is, and returns its size in bytes.
func (r *run) keepFile(name string) int64 {
	s, err := r.sum(name)
	if err != nil {
		r.diagnose(readError(name, err))
		return 0
	}
	r.input(name)
	r.emit(&File{Path: name, Size: s.size, Hash: s.hash, fsys: r.fsys, Source: name})
	return s.size
}

// keepSidecars takes the files in that lie beside pages and belong to them: <page>.motion.json, and those beside the
// entry page.
func (r *run) keepSidecars(pages []*mount) {
	for i, m := range pages {
		names := []string{strings.TrimSuffix(path.Base(m.name), path.Ext(m.name)) + ".motion.json"}
		if i == 0 {
			names = append(names, sidecars...)
		}
		here := r.entries(m.dir())
		for _, n := range names {
			r.looked(path.Join(m.dir(), n))
			if _, ok := slices.BinarySearch(here, n); ok {
				r.keepFile(path.Join(m.dir(), n))
			}
		}
	}
}
