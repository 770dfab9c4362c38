package templates

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hframes/hframes/internal/css"
)

// A colour's value in theme.yaml is
//
//	value = a CSS colour | var(--color-ROLE) | color-mix(in oklab, value N%, value)
//	      | oklch(from value calc(l + N) calc(c * N) h) | oklch(from value max(N, l + N) calc(c * N) h)
//	      | contrast-color(value)
//
// where oklch(from …) is lighter or darker by N (l, 0–1), with max never darker than N, and more or less vivid (c), and
// contrast-color is whichever of the ground's text and background, white and black stands out: the first of them with
// 4.5:1. Tokens works all of this out, so that the page holds plain colours, which the official contrast
// audit can read and every Chromium knows. Only what rests on a variable of the film stays an expression.

var (
	roleRef  = regexp.MustCompile(`^var\(--color-([a-z0-9-]+)\)$`)
	variable = regexp.MustCompile(`^var\(--([A-Za-z0-9_-]+)\)$`)
	mixForm  = regexp.MustCompile(`^color-mix\(in oklab, (.+) (\d+(?:\.\d+)?)%, (.+)\)$`)
	fromForm = regexp.MustCompile(`^oklch\(from (.+) (?:calc\(|max\((\d*\.?\d+), )l ([+-]) (\d*\.?\d+)\) calc\(c \* (\d*\.?\d+)\) h\)$`)
	pickForm = regexp.MustCompile(`^contrast-color\((.+)\)$`)
)

// parseColor reads a colour that stands for itself.
func parseColor(s string) (css.RGBA, bool) {
	c, err := css.ParseColor(s)
	return c, err == nil
}

// checkExpr returns what is wrong with a colour's value in theme.yaml, or "".
func checkExpr(v string) string {
	if roleRef.MatchString(v) {
		return ""
	}
	if m := mixForm.FindStringSubmatch(v); m != nil {
		if share, _ := strconv.ParseFloat(m[2], 64); share > 100 {
			return m[2] + "% is more than all of it"
		}
		if msg := checkExpr(m[1]); msg != "" {
			return msg
		}
		return checkExpr(m[3])
	}
	for _, form := range []*regexp.Regexp{fromForm, pickForm} {
		if m := form.FindStringSubmatch(v); m != nil {
			return checkExpr(m[1])
		}
	}
	if _, ok := parseColor(v); !ok {
		return quote(v) + " is not a colour"
	}
	return ""
}

// A ground is the roles of one tone with their values as written, and shown: the same with the defaults of the film's
// variables in their place. What is chosen by contrast is chosen there.
type ground struct{ roles, shown []role }

func (g ground) find(name string) string {
	if i := slices.IndexFunc(g.roles, func(r role) bool { return r.name == name }); i >= 0 {
		return g.roles[i].value
	}
	return ""
}

// plain is the ground on which no colour rests on a variable that has a default.
func (g ground) plain() ground { return ground{g.shown, g.shown} }

// color returns a role's colour, as it is while variables have their defaults.
func (g ground) color(name string) (css.RGBA, bool) {
	p := g.plain()
	return parseColor(p.value(p.find(name), 0))
}

// maxDepth bounds how far one colour may rest on another.
const maxDepth = 12

// value works a colour out to #rrggbb, or to a CSS expression when it rests on a variable of the film.
func (g ground) value(v string, depth int) string {
	if depth > maxDepth {
		return "#808080" // colours that rest on each other
	}
	if m := roleRef.FindStringSubmatch(v); m != nil {
		if next := g.find(m[1]); next != "" {
			return g.value(next, depth+1)
		}
		return v
	}
	if m := mixForm.FindStringSubmatch(v); m != nil {
		a, b := g.value(m[1], depth+1), g.value(m[3], depth+1)
		x, okX := parseColor(a)
		y, okY := parseColor(b)
		if !okX || !okY {
			return fmt.Sprintf("color-mix(in oklab, %s %s%%, %s)", a, m[2], b)
		}
		share, _ := strconv.ParseFloat(m[2], 64)
		return x.Mix(min(share, 100)/100, y).String()
	}
	if m := fromForm.FindStringSubmatch(v); m != nil {
		inner := g.value(m[1], depth+1)
		c, ok := parseColor(inner)
		if !ok {
			return strings.Replace(v, m[1], inner, 1)
		}
		least, _ := strconv.ParseFloat(m[2], 64)
		light, _ := strconv.ParseFloat(m[3]+m[4], 64)
		vivid, _ := strconv.ParseFloat(m[5], 64)
		return c.Shift(light, least, vivid).String()
	}
	if m := pickForm.FindStringSubmatch(v); m != nil {
		return g.pick(m[1], depth)
	}
	if c, ok := parseColor(v); ok {
		return c.String()
	}
	return v
}

func (g ground) pick(on string, depth int) string {
	const text = "var(--color-text)"
	shown := g.plain()
	ground, ok := parseColor(shown.value(on, depth+1))
	if !ok {
		return g.value(text, depth+1)
	}
	best, bestRatio := text, 0.0
	for _, v := range []string{text, "var(--color-background)", "#ffffff", "#000000"} {
		c, ok := parseColor(shown.value(v, depth+1))
		if !ok {
			continue
		}
		ratio := css.ContrastOf(c, ground)
		if ratio > bestRatio {
			best, bestRatio = v, ratio
		}
		if ratio >= 4.5 {
			break
		}
	}
	return g.value(best, depth+1)
}

// normal returns the ground that a scene stands on when it says nothing of it.
func (t *Theme) normal() ground {
	shown := slices.Clone(t.colors)
	for i, c := range shown {
		if m := variable.FindStringSubmatch(c.value); m != nil && t.defaults[m[1]] != "" {
			shown[i].value = t.defaults[m[1]]
		}
	}
	return ground{t.colors, shown}
}

// grounds returns the normal ground, then one a tone.
func (t *Theme) grounds() []ground {
	normal := t.normal()
	out := []ground{normal}
	for _, tone := range t.tones {
		g := ground{slices.Clone(normal.roles), slices.Clone(normal.shown)}
		for _, c := range tone.colors {
			if i := slices.IndexFunc(g.roles, func(r role) bool { return r.name == c.name }); i >= 0 {
				g.roles[i].value = normal.value(c.value, 0)
				g.shown[i].value = normal.plain().value(c.value, 0)
			}
		}
		out = append(out, g)
	}
	return out
}

// Color returns a role's colour on the normal ground, "" if there is no such role.
func (t *Theme) Color(role string) string {
	g := t.normal()
	return g.value(g.find(role), 0)
}

// Tokens returns the CSS rules that give every colour and font role its value: one for the stages and the film's
// backdrop, then one a tone. They stand before base.css and theme.css, in the page's head. behind are families that draw
// what the theme's own fonts have no glyph for.
func (t *Theme) Tokens(behind ...string) string {
	var b strings.Builder
	for i, g := range t.grounds() {
		selector := ".stage,.backdrop"
		if i > 0 {
			name := t.tones[i-1].name
			selector = ".stage.tone-" + name + ",.stage .tone-" + name
		}
		b.WriteString(selector + "{")
		for _, c := range g.roles {
			fmt.Fprintf(&b, "%s:%s;", property(c.name), g.value(c.value, 0))
		}
		if i == 0 {
			for _, f := range t.Fonts {
				fmt.Fprintf(&b, "--font-%s:%s;", f.Role, f.Stack(behind...))
				if f.Role == "display" {
					fmt.Fprintf(&b, "--display-tracking:%gem;--display-case:%s;", f.Tracking, f.textCase())
				}
			}
		}
		b.WriteString("}\n")
	}
	if c, ok := parseColor(t.Color("background")); ok {
		fmt.Fprintf(&b, "html,body{background:%s}\n", c)
	}
	return b.String()
}

// property returns the custom property of a colour role: --color-accent, and --code-keyword for code.
func property(role string) string {
	if strings.HasPrefix(role, "code-") {
		return "--" + role
	}
	return "--color-" + role
}

// Stack returns the font's family, those behind it and its generic fallback, as CSS writes them.
func (f *Font) Stack(behind ...string) string {
	stack := ""
	for _, family := range append([]string{f.Family}, behind...) {
		stack += `"` + strings.NewReplacer(`"`, "", `\`, "", "\n", " ", ";", "", "}", "", "{", "", "<", "").Replace(family) + `",`
	}
	return stack + generic(f.Fallback)
}

func (f *Font) textCase() string {
	if f.Uppercase {
		return "uppercase"
	}
	return "none"
}

func generic(name string) string {
	if name == "serif" || name == "monospace" {
		return name
	}
	return "sans-serif"
}
