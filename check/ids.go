package check

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/hframes/hframes/source"
)

// checkIDs looks at the ids of one page.
func (c *checker) checkIDs(p *page) {
	first := map[string]int{}
	for i := range p.doc.Tags {
		id := p.attr(i, "id")
		if id == "" || !p.live[i] || isPlaceholder(id) {
			continue
		}
		if j, ok := first[id]; ok {
			c.sameID(p, i, j, id)
			continue
		}
		first[id] = i
		if isDigit(id[0]) {
			c.digitID(p, i, id)
		}
	}
	c.checkTimedNames(p)
}

// sameID reports the second element of a page with one id.
func (c *checker) sameID(p *page, i, j int, id string) {
	name := p.tag(i).Name
	media := name == "video" || name == "audio"
	effect := "only the first is found by its id"
	if media {
		effect = "the renderer keeps one of them"
	}
	start, end := p.attrSpan(i, "id")
	c.reportAs(severityOf(media || name == "img" && p.tag(j).Name == "img" && p.isTimed(i)), "check/duplicate-id", p.File, start, end,
		fmt.Sprintf("the id %q is already that of <%s> in line %d: %s", id, p.tag(j).Name, p.Pos(p.tag(j).Start).Line, effect), "give each element its own id")
}

func (c *checker) digitID(p *page, i int, id string) {
	used := bytes.Contains(p.Data, []byte("#"+id))
	start, end := p.attrSpan(i, "id")
	c.reportAs(severityOf(used), "check/digit-id", p.File, start, end, fmt.Sprintf("the id %q begins with a digit: #%s is no valid selector", id, id),
		"begin it with a letter")
}

// checkTimedNames finds timed elements that editors cannot get hold of: without an id or without the class clip.
func (c *checker) checkTimedNames(p *page) {
	for i := range p.doc.Tags {
		if !p.live[i] || i == p.root || p.snippet {
			continue
		}
		isComp := p.comp[i] == i || p.isHost(i)
		if !p.isTimed(i) && !p.has(i, "data-duration") {
			continue
		}
		switch p.tag(i).Name {
		case "script", "style", "template", "html", "meta":
			continue
		case "video", "audio", "img": // their ids are checkMedia's
			if p.attr(i, "id") != "" || p.tag(i).Name != "img" {
				continue
			}
		default:
			if !isComp && !hasClass(p.attr(i, "class"), "clip") {
				c.atTag("check/no-clip-class", p, i, fmt.Sprintf("%s has times but not the class clip: editors do not take it for a clip", p.label(i)), `add class="clip"`)
			}
		}
		if p.attr(i, "id") == "" {
			c.atTag("check/clip-no-id", p, i, fmt.Sprintf("%s has times but no id: editors cannot get hold of it", p.label(i)), "add an id")
		}
	}
}

func hasClass(list, class string) bool {
	for _, name := range strings.Fields(list) {
		if name == class {
			return true
		}
	}
	return false
}

// An owner is the first element of the film with some id.
type owner struct {
	page *page
	tag  int
}

// checkSharedIDs finds ids that two files use: after assembly all files are one document.
func (c *checker) checkSharedIDs() {
	owners := map[string]owner{}
	for _, p := range c.pages {
		if !p.mounted || p.snippet {
			continue
		}
		for i := range p.doc.Tags {
			id := p.attr(i, "id")
			if id == "" || !p.live[i] || i == p.root && !p.entry || strings.HasSuffix(id, "-template") || isPlaceholder(id) {
				continue // the id of a mounted root does not reach the page
			}
			if o, ok := owners[id]; !ok {
				owners[id] = owner{p, i}
			} else if o.page != p {
				c.sharedID(p, i, o, id)
			}
		}
	}
}

func (c *checker) sharedID(p *page, i int, o owner, id string) {
	hash := []byte("#" + id)
	paint := p.paints(i) && (bytes.Contains(p.Data, append([]byte("url("), hash...)) || bytes.Contains(p.Data, append([]byte(`href="`), hash...)))
	here, there := p.doc.Content(p.tag(i)), o.page.doc.Content(o.page.tag(o.tag))
	start, end := p.attrSpan(i, "id")
	msg := fmt.Sprintf("the id %q is also that of <%s> in %s:%d; all files become one document", id, o.page.tag(o.tag).Name,
		o.page.Name, o.page.Pos(o.page.tag(o.tag).Start).Line)
	if paint && !bytes.Equal(here, there) {
		c.reportAs(severityOf(true), "check/duplicate-id", p.File, start, end, msg+fmt.Sprintf(", and url(#%s) finds the other one", id), "prefix ids with the name of the scene")
		return
	}
	c.reportAs(source.Warning, "check/duplicate-id", p.File, start, end, msg, "prefix ids with the name of the scene")
}

// paints reports whether tag i is something that SVG refers to by id: a gradient, a filter, a symbol.
func (p *page) paints(i int) bool { return p.within(i, "svg", -1) }
