package compose

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"

	"github.com/hframes/hframes/internal/css"
	"github.com/hframes/hframes/internal/npm"
	"github.com/hframes/hframes/source"
	"github.com/hframes/hframes/templates"
)

// fonts adds the files of the theme's fonts to the composition and returns their @font-face rules. Of a font that
// comes in subsets only those are taken that hold a character of text. Where a package is not to be had, the Go fonts
// stand in, with a warning.
func (f *film) fonts(files map[string][]byte, text string) string {
	var rules strings.Builder
	packages := map[string]fs.FS{}
	done := map[string]bool{}
	for _, font := range f.theme.Fonts {
		if font.Family == "" || done[font.Family] {
			continue
		}
		done[font.Family] = true
		if font.Package == "" {
			f.supplied(font, files)
			continue
		}
		pkg := FontPackage(font)
		fsys, seen := packages[pkg.String()]
		if !seen {
			fsys = f.fontPackage(pkg, font)
			packages[pkg.String()] = fsys
		}
		if fsys == nil {
			standIn(&rules, files, font)
			continue
		}
		for _, file := range font.Files {
			if !covers(file.Range, text) {
				continue
			}
			data, err := fs.ReadFile(fsys, file.File)
			if err != nil {
				f.diagnose(source.Diagnostic{Severity: source.Warning, Code: "compose/font-file", Msg: fmt.Sprintf("font %q: %v", font.Family, err)})
				continue
			}
			name := "assets/fonts/" + path.Base(file.File)
			files[name] = data
			face(&rules, font.Family, name, file)
		}
	}
	return rules.String()
}

// supplied warns of a family that no package brings, unless CSS of the theme's, of a layout's or of the author's does.
func (f *film) supplied(font templates.Font, pages map[string][]byte) {
	if brings(f.themeCSS(), font.Family) {
		return
	}
	for _, name := range sortedKeys(pages) {
		if path.Ext(name) == ".html" && brings(string(pages[name]), font.Family) {
			return
		}
	}
	code, msg := "compose/no-font", fmt.Sprintf("nothing supplies the font %q", font.Family)
	d := f.front("fonts."+font.Role, font.Family, code, msg)
	if font.Pos.IsValid() {
		data, _ := fs.ReadFile(f.project, font.Pos.File)
		d = source.NewFile(font.Pos.File, data).AtPos(font.Pos, font.End, code, msg)
	}
	f.diagnose(d.Warn().WithHint("add an @font-face with a file of the project to the theme's CSS"))
}

// brings reports whether a sheet, or a page with sheets in it, has an @font-face for a family.
func brings(text, family string) bool {
	for {
		_, rest, ok := strings.Cut(text, "@font-face")
		if !ok {
			return false
		}
		rule, after, _ := strings.Cut(rest, "}")
		for _, r := range css.Parse([]byte("@font-face" + rule + "}")).Rules {
			for _, d := range r.Decls {
				if d.Property == "font-family" && slices.ContainsFunc(css.Families(d.Value), func(name string) bool { return strings.EqualFold(name, family) }) {
					return true
				}
			}
		}
		text = after
	}
}

// FontPackage returns the npm package that a theme's font comes in.
func FontPackage(f templates.Font) npm.Package {
	p := npm.Package{Name: f.Package, Version: f.Version, Integrity: f.Integrity}
	for _, file := range f.Files {
		p.Files = append(p.Files, file.File)
	}
	return p
}

func (f *film) fontPackage(pkg npm.Package, font templates.Font) fs.FS {
	fsys, err := f.fetch(pkg)
	if err != nil {
		stand := "Go Sans"
		if font.Role == "mono" {
			stand = "Go Mono"
		}
		f.diagnose(noFont(source.Diagnostic{Msg: fmt.Sprintf("font %q is drawn in %s: %v", font.Family, stand, err)}, err))
		return nil
	}
	return fsys
}

// noFont is a diagnostic of a font that is not to be had: a warning, but an error where another file came in its place.
func noFont(d source.Diagnostic, err error) source.Diagnostic {
	d.Severity, d.Code, d.Hint = source.Warning, "compose/font-missing", "build once while online: the font is then kept"
	if forged := (*npm.Mismatch)(nil); errors.As(err, &forged) {
		d.Severity = source.Error
	}
	if with := interface{ Hint() string }(nil); errors.As(err, &with) {
		d.Hint = with.Hint()
	}
	return d
}

// fetch finds a package of fonts.
func (f *film) fetch(pkg npm.Package) (fs.FS, error) {
	if f.options.Fonts == nil {
		return nil, errors.New("no fonts are to be had")
	}
	return f.options.Fonts(pkg)
}

func standIn(rules *strings.Builder, files map[string][]byte, font templates.Font) {
	add := func(name string, data []byte, weight string) {
		files["assets/fonts/"+name] = data
		face(rules, font.Family, "assets/fonts/"+name, templates.FontFile{Weight: weight, Style: "normal"})
	}
	if font.Role == "mono" {
		add("go-mono.ttf", gomono.TTF, "100 900")
		return
	}
	add("go-regular.ttf", goregular.TTF, "100 500")
	add("go-bold.ttf", gobold.TTF, "501 900")
}

// face writes one @font-face rule for a file that is url in the bundle.
func face(rules *strings.Builder, family, url string, f templates.FontFile) {
	fmt.Fprintf(rules, "@font-face{font-family:%q;src:url(%q);font-weight:%s;font-style:%s;font-display:block", family, url, f.Weight, f.Style)
	if f.Stretch != "" {
		rules.WriteString(";font-stretch:" + f.Stretch)
	}
	if f.Range != "" {
		rules.WriteString(";unicode-range:" + f.Range)
	}
	rules.WriteString("}\n")
}

// covers reports whether a unicode-range holds a character of text. No range holds them all.
func covers(ranges, text string) bool {
	if ranges == "" {
		return true
	}
	spans := unicodeRange(ranges)
	return strings.ContainsFunc(text, func(c rune) bool { return within(spans, c) })
}

func within(spans [][2]rune, c rune) bool {
	return slices.ContainsFunc(spans, func(s [2]rune) bool { return s[0] <= c && c <= s[1] })
}

// unicodeRange reads U+26, U+0-7F, U+4??.
func unicodeRange(s string) [][2]rune {
	var out [][2]rune
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(part), "U+"), "u+")
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		a, errA := strconv.ParseUint(strings.ReplaceAll(low, "?", "0"), 16, 21)
		b, errB := strconv.ParseUint(strings.ReplaceAll(high, "?", "F"), 16, 21)
		if errA == nil && errB == nil {
			out = append(out, [2]rune{rune(a), rune(b)})
		}
	}
	return out
}
