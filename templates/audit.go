package templates

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/hframes/hframes/internal/css"
	"github.com/hframes/hframes/source"
)

// What is wrong with the colours of a theme when each of them is right for itself: roles that there are not, colours
// that rest on each other, text that cannot be read.

// A pair is a colour that has to be seen on another. All text is 24 px or more, so 3:1 is WCAG's AA.
type pair struct {
	front, back string
	least       float64
}

var pairs = []pair{{"text", "background", 4.5}, {"muted", "background", 3}, {"accent", "background", 3}, {"on-accent", "accent", 3}}

// fault returns what is wrong with a pair on a ground, or "".
func (p pair) fault(g ground) string {
	front, ok := g.color(p.front)
	back, okBack := g.color(p.back)
	if !ok || !okBack {
		return ""
	}
	ratio := css.ContrastOf(front, back)
	if ratio >= p.least {
		return ""
	}
	return fmt.Sprintf("%s %s on %s %s has a contrast of %.1f:1, less than %g:1", p.front, front, p.back, back, ratio, p.least)
}

const contrastHint = "choose a lighter or darker colour"

// lowContrast warns of a film's colours that cannot be read.
func (t *Theme) lowContrast(changed map[string]string) []Problem {
	g := t.normal()
	var out []Problem
	for _, p := range pairs {
		_, front := changed[p.front]
		_, back := changed[p.back]
		key := p.front
		if !front {
			key = p.back
		}
		if msg := p.fault(g); msg != "" && (front || back) {
			out = append(out, Problem{Key: key, OnValue: true, Severity: source.Warning, Code: "templates/low-contrast", Msg: msg, Hint: contrastHint})
		}
	}
	return out
}

var anyRole = regexp.MustCompile(`var\(--color-([a-z0-9-]+)\)`)

// rests returns the roles that a colour rests on. What is chosen by contrast is chosen among text and background, too.
func rests(value string) []string {
	var out []string
	for _, m := range anyRole.FindAllStringSubmatch(value, -1) {
		out = append(out, m[1])
	}
	if strings.Contains(value, "contrast-color(") {
		out = append(out, "text", "background")
	}
	return out
}

// circle returns the way from a role back to itself when its colour rests on itself.
func circle(roles []role, name string) []string {
	g := ground{roles: roles}
	seen := map[string]bool{}
	var walk func(at string) []string
	walk = func(at string) []string {
		for _, next := range rests(g.find(at)) {
			if next == name {
				return []string{at, name}
			}
			if seen[next] {
				continue
			}
			seen[next] = true
			if rest := walk(next); rest != nil {
				return append([]string{at}, rest...)
			}
		}
		return nil
	}
	return walk(name)
}

// breakCircles reports a film's colours that rest on themselves, and makes them grey.
func (t *Theme) breakCircles(changed map[string]string) []Problem {
	var out []Problem
	for i, c := range t.colors {
		if _, own := changed[c.name]; !own {
			continue
		}
		if way := circle(t.colors, c.name); way != nil {
			out = append(out, Problem{Key: c.name, OnValue: true, Code: "templates/color-circle", Msg: circleText(way), Hint: circleHint})
			t.colors[i].value = "#808080"
		}
	}
	return out
}

const circleHint = "give one of them a colour of its own"

func circleText(way []string) string {
	return quote(way[0]) + " rests on itself: " + strings.Join(way, " → ")
}

// An entry is a key of theme.yaml with its value.
type entry struct{ key, value *yaml.Node }

// places returns where theme.yaml names its colours, by tone and role: tone "" is the normal ground, and role "" the key
// that they all stand under.
func places(root *yaml.Node) map[[2]string]entry {
	out := map[[2]string]entry{}
	ground := func(tone string, key, colors *yaml.Node) {
		out[[2]string{tone, ""}] = entry{key, colors}
		entries(colors, func(k, v *yaml.Node) { out[[2]string{tone, k.Value}] = entry{k, v} })
	}
	entries(root, func(key, value *yaml.Node) {
		switch key.Value {
		case "colors":
			ground("", key, value)
		case "tones":
			entries(value, func(k, v *yaml.Node) { ground(k.Value, k, v) })
		}
	})
	return out
}

// audit reports what is wrong with a theme's colours taken together.
func (r reader) audit(root *yaml.Node, t *Theme) {
	at := places(root)
	for _, c := range t.colors {
		if p, ok := at[[2]string{"", c.name}]; ok {
			r.checkRefs(p.value, c.value, t)
		}
	}
	for _, tone := range t.tones {
		for _, c := range tone.colors {
			p, ok := at[[2]string{tone.name, c.name}]
			if !ok {
				continue
			}
			r.checkRefs(p.value, c.value, t)
			if roles := t.Roles(); !slices.Contains(roles, c.name) {
				r.fail(p.key, "unknown-color", source.DidYouMean(c.name, roles), "tone %q changes a colour that there is not: %q", tone.name, c.name)
			}
		}
	}
	r.nearMisses(at)
	for i, c := range t.colors {
		if way := circle(t.colors, c.name); way != nil {
			r.fail(at[[2]string{"", c.name}].value, "color-circle", circleHint, "%s", circleText(way))
			t.colors[i].value = "#808080"
		}
	}
}

// checkRefs reports the roles in a colour that the theme does not have.
func (r reader) checkRefs(n *yaml.Node, value string, t *Theme) {
	roles := t.Roles()
	for _, m := range anyRole.FindAllStringSubmatch(value, -1) {
		if !slices.Contains(roles, m[1]) {
			r.fail(n, "unknown-color", source.DidYouMean(m[1], roles), "unknown colour %q", m[1])
		}
	}
}

// nearMisses warns of names that are almost those of a colour or a tone that layouts know and the theme leaves out.
func (r reader) nearMisses(at map[[2]string]entry) {
	var colors, tones []string // left out
	for _, c := range standard {
		if _, ok := at[[2]string{"", c.name}]; !ok {
			colors = append(colors, c.name)
		}
	}
	for _, t := range standardTones {
		if _, ok := at[[2]string{t.name, ""}]; !ok {
			tones = append(tones, t.name)
		}
	}
	stem := func(s string) string { return strings.TrimRight(s, "-0123456789") }
	for name, p := range at {
		what, known := "colour", colors
		switch {
		case name[0] != "" && name[1] == "":
			what, known = "tone", tones
		case name[0] != "" || name[1] == "" || slices.ContainsFunc(standard, func(c role) bool { return c.name == name[1] }):
			continue
		}
		near := source.Nearest(p.key.Value, known)
		if near != "" && near != p.key.Value && stem(near) != stem(p.key.Value) { // accent-3 is no mistaken accent-2
			r.warn(p.key, "near-miss", fmt.Sprintf("did you mean %q?", near), "no layout asks for a %s %q", what, p.key.Value)
		}
	}
}

// checkContrast warns of what cannot be read on one of a theme's grounds. What fails on the normal ground is said once.
func (r reader) checkContrast(root *yaml.Node, t *Theme) {
	at := places(root)
	failed := map[string]bool{}
	for i, g := range t.grounds() {
		tone, on := "", ""
		if i > 0 {
			tone = t.tones[i-1].name
			on = fmt.Sprintf(", on tone %q", tone)
		}
		for _, p := range pairs {
			msg := p.fault(g)
			if msg == "" || failed[p.front] || p.front == "muted" && pairs[0].fault(g) != "" {
				continue
			}
			if i == 0 {
				failed[p.front] = true
			}
			r.warn(nearestTo(p, tone, at), "low-contrast", contrastHint, "%s%s", msg, on)
		}
	}
}

// nearestTo returns the node that gives a pair its colours on a tone: the front's, the back's, or what they derive from.
func nearestTo(p pair, tone string, at map[[2]string]entry) *yaml.Node {
	for _, role := range []string{p.front, p.back} {
		if x, ok := at[[2]string{tone, role}]; ok {
			return x.value
		}
	}
	if x, ok := at[[2]string{tone, ""}]; ok {
		return x.key
	}
	return nearestTo(p, "", at)
}
