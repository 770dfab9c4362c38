package compose

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/hframes/hframes/internal/css"
	"github.com/hframes/hframes/templates"
)

// layoutCSS returns a layout's style sheet as it stands in a scene: its keyframes carry the layout's name, since names
// of keyframes are global once the scenes are put together (contract §3), and its url() count from the project.
func (f *film) layoutCSS(l *templates.Layout) string { return f.sheet(l.Name, l.CSSFile, l.CSS) }

func (f *film) blockCSS(t *templates.BlockTemplate) string {
	return f.sheet("block-"+t.Name, t.CSSFile, t.CSS)
}

func (f *film) sheet(prefix, file string, data []byte) string {
	if known, ok := f.composer.styles[prefix]; ok {
		return known
	}
	out := fromProject(css.PrefixKeyframes(data, prefix), file)
	f.composer.styles[prefix] = strings.TrimSpace(string(out))
	return f.composer.styles[prefix]
}

// themeCSS returns the theme's style sheet as it stands in the film's page.
func (f *film) themeCSS() string { return string(fromProject(f.theme.CSS, f.theme.CSSFile)) }

// fromProject makes the url() of a style sheet count from the project, not from the sheet's folder.
func fromProject(sheet []byte, file string) []byte {
	return css.RewriteURLs(sheet, func(url string) string {
		if file == "" || strings.Contains(url, ":") || strings.HasPrefix(url, "/") || strings.HasPrefix(url, "#") {
			return url
		}
		return path.Join(path.Dir(file), url)
	})
}

// ground colours what lies behind every scene (contract §2, Background).
func (f *film) ground() string {
	u := ""
	if n := unit(f.size); n != 1 {
		u = ".backdrop{--u:" + seconds(n) + "px}\n"
	}
	return "html,body,.backdrop{margin:0;background:" + f.theme.Color("background") + "}\n#root>.clip{position:absolute;inset:0}\n" + u
}

// script writes the entry of the film's one script: the clock, and every motion.js in use.
func (f *film) script(plans []*plan) []byte {
	var b strings.Builder
	b.WriteString("import { scene, film } from \"./hframes/clock.js\";\n")
	var names []string
	for _, p := range plans {
		if p.layout.Motion != "" && !slices.Contains(names, p.layout.Name) {
			names = append(names, p.layout.Name)
		}
	}
	slices.Sort(names)
	for i, name := range names {
		fmt.Fprintf(&b, "import motion%d from %s;\n", i, quoted("./"+f.set.Layout(name).Motion))
	}
	b.WriteString("const motion = {")
	for i, name := range names {
		fmt.Fprintf(&b, "%s: motion%d,", quoted(name), i)
	}
	b.WriteString("};\nwindow.hframes = { scene, film, motion };\n")
	return []byte(b.String())
}

func quoted(s string) string {
	q, _ := jsonText(s)
	return q
}
