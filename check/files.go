package check

import (
	"fmt"
	"path"
	"strings"

	"github.com/hframes/hframes/internal/markup"
	"github.com/hframes/hframes/source"
)

// checkReferences follows every file that a page's markup names.
func (c *checker) checkReferences(p *page) {
	for i := range p.doc.Tags {
		t := p.tag(i)
		if t.Name == "script" && p.attr(i, "type") == "importmap" {
			c.checkImportMap(p, i)
		}
		for k := range t.Attrs {
			a := &t.Attrs[k]
			if !a.HasValue || !c.namesFile(p, i, a.Name) {
				continue
			}
			if a.Name == "srcset" || a.Name == "imagesrcset" {
				c.checkSrcset(p, a)
				continue
			}
			c.checkReference(p, p.File, p.Name, a.Value, a.ValStart, a.ValEnd, referenceKind(p, i))
		}
	}
}

// checkImportMap follows the addresses that an import map gives to module names.
func (c *checker) checkImportMap(p *page, i int) {
	t := p.tag(i)
	text := string(p.doc.Content(t))
	list, _ := members(text)
	for _, m := range list {
		if m.key != "imports" {
			continue
		}
		inner, _ := members(string(m.raw))
		for _, e := range inner {
			if v := jsonText(e.raw); v != "" {
				c.checkReference(p, p.File, p.Name, v, t.End+m.start+e.start, t.End+m.start+e.end, source.Error)
			}
		}
	}
}

// namesFile reports whether an attribute of tag i names a file that the page loads.
func (c *checker) namesFile(p *page, i int, attr string) bool {
	t := p.tag(i)
	switch attr {
	case "src", "srcset", "poster":
		return t.Name != "template"
	case "href":
		switch t.Name {
		case "link":
			return !strings.EqualFold(p.attr(i, "rel"), "preconnect") && !strings.EqualFold(p.attr(i, "rel"), "dns-prefetch") && !strings.EqualFold(p.attr(i, "rel"), "canonical")
		case "image", "use", "feimage":
			return true
		}
	case "xlink:href":
		return t.Name == "image" || t.Name == "use" || t.Name == "feimage"
	case "imagesrcset", "data-lottie-src":
		return true
	case "data":
		return t.Name == "object"
	}
	return false // data-composition-src is checkHosts'
}

// referenceKind says what a missing file costs: an icon in the browser's tab costs nothing.
func referenceKind(p *page, i int) source.Severity {
	if p.tag(i).Name == "link" && strings.Contains(strings.ToLower(p.attr(i, "rel")), "icon") {
		return source.Warning
	}
	return source.Error
}

// checkSrcset follows each candidate of a srcset.
func (c *checker) checkSrcset(p *page, a *markup.Attr) {
	if strings.Contains(a.Value, "data:") {
		return
	}
	at := 0
	for _, part := range strings.Split(a.Value, ",") {
		if url, _, _ := strings.Cut(strings.TrimSpace(part), " "); url != "" {
			from := at + strings.Index(part, url)
			start, end := rawOffset(p.Data, a, from), rawOffset(p.Data, a, from+len(url))
			c.checkReference(p, p.File, p.Name, url, start, end, source.Error)
		}
		at += len(part) + 1
	}
}

// checkReference looks at one reference, at the bytes from start to end of f. base is the file that relative paths
// count from.
func (c *checker) checkReference(p *page, f *source.File, base, ref string, start, end int, missing source.Severity) {
	ref = strings.TrimSpace(ref)
	switch {
	case isInline(ref) || isPlaceholder(ref):
		return
	case isRemote(ref):
		c.report("check/remote-url", f, start, end, fmt.Sprintf("%q comes from the network, so rendering needs a connection", ref), "copy the file into the project")
		return
	case isOutside(ref):
		c.report("check/outside-project", f, start, end, fmt.Sprintf("%q is a place on one machine", ref), "copy the file into the project and write its path from there")
		return
	}
	if p.snippet {
		return // its files come with it to where it is pasted
	}
	names := candidates(base, ref)
	for _, name := range names {
		if c.exists(name) {
			c.checkPlace(f, ref, name, base, start, end)
			return
		}
	}
	if len(names) == 0 {
		return
	}
	if leaves(base, ref) {
		c.report("check/outside-project", f, start, end, fmt.Sprintf("%q leaves the project", ref), "copy the file into the project")
		return
	}
	if c.elsewhere(names[0]) {
		return
	}
	c.reportAs(missing, "check/missing-file", f, start, end, fmt.Sprintf("there is no file %q", names[0]), c.nearestHint(names[0]))
}

// isOutside reports whether a reference is a file: address or a drive of one machine.
func isOutside(ref string) bool {
	lower := strings.ToLower(ref)
	return strings.HasPrefix(lower, "file:") || len(lower) > 2 && lower[1] == ':' && (lower[2] == '\\' || lower[2] == '/')
}

// leaves reports whether a relative reference climbs above the project's root.
func leaves(base, ref string) bool {
	return strings.HasPrefix(path.Join(path.Dir(base), cleanPath(ref)), "..")
}

// checkPlace looks at a file that is there: whether it can be read, and whether it stays there for the render.
func (c *checker) checkPlace(f *source.File, ref, name, base string, start, end int) {
	c.unreadable(f, name, start, end)
	if leaves(base, ref) {
		c.report("check/outside-project", f, start, end, fmt.Sprintf("%q leaves the project", ref), fmt.Sprintf("write %q", name))
	} else if strings.HasPrefix(ref, "../") && path.Ext(base) != ".css" {
		c.report("check/parent-path", f, start, end, fmt.Sprintf("older previews look for %q above the project", ref), fmt.Sprintf("write %q: paths count from the project's root", name))
	}
	if folder := excluded(name); folder != "" {
		c.report("check/excluded-folder", f, start, end, fmt.Sprintf("%q lies in %q, which an upload to the render service leaves out", name, folder), "move it to assets/")
	}
}

// excluded returns the part of a path for which the upload leaves a file out, "" if it takes the file.
func excluded(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		for _, f := range excludedFolders {
			if part == f && i < len(parts)-1 {
				return f + "/"
			}
		}
		if strings.HasPrefix(part, ".") {
			return part
		}
	}
	if len(parts) > 1 && (parts[0] == "renders" || parts[0] == "snapshots") {
		return parts[0] + "/"
	}
	return ""
}

// checkFolder looks at the folder as a whole.
func (c *checker) checkFolder() {
	if c.entry.snippet {
		return
	}
	total, biggest := int64(0), ""
	for _, name := range c.names {
		if excluded(name) != "" {
			continue
		}
		size := c.sizes[name]
		total += size
		if size > c.sizes[biggest] {
			biggest = name
		}
	}
	if total > c.MaxBytes {
		c.reportFile("check/too-large", biggest, fmt.Sprintf("the folder has %s, the render service takes %s; this file has %s",
			bytesText(total), bytesText(c.MaxBytes), bytesText(c.sizes[biggest])), "leave out what no page uses, or compress it")
	}
	if path.Base(c.entry.Name) == "index.html" { // else the film is another page's
		c.otherRoots()
		c.strayAudio()
	}
}

// bytesText prints a size for a message.
func bytesText(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

// otherRoots finds a second page at the top of the folder that could be taken for the film.
func (c *checker) otherRoots() {
	for _, name := range c.names {
		if strings.Contains(name, "/") || !strings.HasSuffix(name, ".html") || name == c.entry.Name || name == "caption-skin.html" || strings.HasPrefix(name, "._") {
			continue
		}
		p := c.byPath[name]
		if p == nil {
			data, err := c.read(name)
			if err != nil {
				continue
			}
			p = newPage(name, data, true)
		}
		if i := firstComposition(p); i >= 0 {
			c.atTag("check/second-root", p, i, fmt.Sprintf("%q and %q both hold a composition at the top of the folder", name, c.entry.Name), "move it under compositions/")
		}
	}
}

func firstComposition(p *page) int {
	for i := range p.doc.Tags {
		if p.has(i, "data-composition-id") {
			return i
		}
	}
	return -1
}

// strayAudio finds sound files at the top of a folder whose pages play no sound.
func (c *checker) strayAudio() {
	for _, p := range c.pages {
		for i := range p.doc.Tags {
			if p.tag(i).Name == "audio" {
				return
			}
		}
	}
	for _, name := range c.names {
		if !strings.Contains(name, "/") && mediaKinds[strings.ToLower(path.Ext(name))] == "audio" {
			c.reportFile("check/unused-audio", name, "no page plays this sound: the film is silent", "add an <audio> element for it")
		}
	}
}
