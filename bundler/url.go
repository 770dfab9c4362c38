package bundler

import (
	"net/url"
	"path"
	"regexp"
	"strings"
)

// How a URL finds its file (contract §3, §16, and the official compiler):
//
//	/x      from the project's root
//	../x    from the folder of the file that names it; steps above the root stop at the root
//	x, ./x  in a page: the file beside the page if there is one, else from the entry page's folder;
//	        in a stylesheet or module: from that file's folder
//
// Percent escapes are tried decoded first. Anything with a scheme, "//", "#" or a placeholder is left alone.

// A where is the place a URL is written at.
type where struct {
	dir  string // folder of the file, "." = the project's
	rule rule
}

type rule int

const (
	fromPage rule = iota // an attribute, an inline style or script
	fromFile             // a stylesheet or a script of its own
)

type status int

const (
	isForeign status = iota // remote, data, fragment, placeholder: not ours to touch
	isLocal                 // path is a file of the project
	isMissing               // path is where it should be
	isOutside               // it leaves the project
)

type found struct {
	status status
	path   string
	suffix string // "?query#fragment"
}

var (
	hasScheme      = regexp.MustCompile(`^(?:[A-Za-z][A-Za-z0-9+.-]*:|//|\\\\)`)
	hasPlaceholder = regexp.MustCompile(`^__[A-Z_]+__$|<<[^<>]+>>|\{\{[^{}]+\}\}|\$\{[^{}]+\}`)
)

// find looks a URL up in the project.
func (r *run) find(w where, raw string) found {
	u := strings.TrimSpace(raw)
	if u == "" || u[0] == '#' || hasScheme.MatchString(u) || hasPlaceholder.MatchString(u) {
		return found{}
	}
	name, suffix := u, ""
	if i := strings.IndexAny(u, "?#"); i >= 0 {
		name, suffix = u[:i], u[i:]
	}
	if name == "" {
		return found{}
	}
	names := []string{strings.ReplaceAll(name, `\`, "/")}
	if decoded, err := url.PathUnescape(names[0]); err == nil && decoded != names[0] {
		names = []string{decoded, names[0]}
	}
	var first found
	for i, n := range names {
		for _, c := range r.candidates(w, n) {
			f := found{status: isMissing, path: strings.TrimPrefix(c, "/"), suffix: suffix}
			if f.path == ".." || strings.HasPrefix(f.path, "../") {
				f.status = isOutside
			} else if r.exists(f.path) {
				f.status = isLocal
				return f
			}
			if i == 0 {
				first = f // the last place of the decoded name is the one to report
			}
		}
	}
	return first
}

func (r *run) candidates(w where, name string) []string {
	switch {
	case strings.HasPrefix(name, "/"):
		return []string{path.Clean(strings.TrimLeft(name, "/"))}
	case w.rule == fromFile:
		return []string{path.Join(w.dir, name)}
	case strings.HasPrefix(name, "../") && w.dir != r.base:
		return []string{path.Join("/", w.dir, name)} // the official compiler stops at the root
	case w.dir == r.base || strings.HasPrefix(name, "../"):
		return []string{path.Join(r.base, name)}
	}
	return []string{path.Join(w.dir, name), path.Join(r.base, name)}
}

// relative returns target, a path, as seen from a folder.
func relative(dir, target string) string {
	if dir == "." {
		return target
	}
	from, to := strings.Split(dir, "/"), strings.Split(target, "/")
	for len(from) > 0 && len(to) > 1 && from[0] == to[0] {
		from, to = from[1:], to[1:]
	}
	return strings.Repeat("../", len(from)) + strings.Join(to, "/")
}

// cssURL matches url(…) in a style attribute or an SVG attribute. One of its groups holds the URL.
var cssURL = regexp.MustCompile(`\burl\(\s*(?:"([^"]*)"|'([^']*)'|([^"'()\s]+))\s*\)`)
