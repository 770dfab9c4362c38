package compose

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/image/font/gofont/gomono"

	"github.com/hframes/hframes/internal/npm"
	"github.com/hframes/hframes/source"
	"github.com/hframes/hframes/templates"
)

// A fallbackFont draws characters that a theme's fonts lack, behind them in every stack. Without it a film would show
// whatever the machine that renders it has installed, or boxes.
type fallbackFont struct {
	family string
	runes  string      // unicode-range of what it is asked for
	pkg    npm.Package // Files: the one file with all of runes, or the pattern of subsets that unicode.json lists
	weight string
	lang   string // which language's forms of Chinese characters it has
}

const (
	emoji = "U+231A-231B, U+23E9-23EC, U+23F0, U+23F3, U+25FD-25FE, U+2614-2615, U+2648-2653, U+267F, U+2693, U+26A1, " +
		"U+26AA-26AB, U+26BD-26BE, U+26C4-26C5, U+26CE, U+26D4, U+26EA, U+26F2-26F3, U+26F5, U+26FA, U+26FD, " +
		"U+2705, U+270A-270B, U+2728, U+274C, U+274E, U+2753-2755, U+2757, U+2795-2797, U+27B0, U+27BF, U+2B1B-2B1C, " +
		"U+2B50, U+2B55, U+1F004, U+1F0CF, U+1F18E, U+1F191-1F19A, U+1F1E6-1F1FF, U+1F201-1FAFF"
	chinese = "U+2E80-312F, U+3190-4DBF, U+4E00-9FFF, U+F900-FAFF, U+FE30-FE4F, U+FF00-FF9F, U+FFE0-FFEF, U+20000-3FFFF"
	hangul  = "U+1100-11FF, U+3130-318F, U+A960-A97F, U+AC00-D7FF, U+FFA0-FFDC"
)

// fallbackFonts in the order in which they are asked. Coverage of the fonts without subsets is what their files hold.
var fallbackFonts = []fallbackFont{
	{family: "Go Mono", runes: "U+2500, U+2502, U+250C, U+2510, U+2514, U+2518, U+251C, U+2524, U+252C, U+2534, U+253C, U+2550-256C", weight: "100 900"},
	variable("sans", "5.3.0", "e3ZuxzY9AL2psXPZlhwhnYrHUHv6PMoyK9MQ7croF0CUgURLqu9EMjW7q2FgVLwij1tjLsIHQrnwQ8aUcg4BiA==",
		"U+00A0-052F, U+0900-097F, U+1C80-1C8A, U+1D00-1DBF, U+1E00-1FFF, U+2000-206F, U+20A0-20C0, U+2113, "+
			"U+2116, U+2122, U+2C60-2C7F, U+2DE0-2DFF, U+A640-A69F, U+A720-A7FF", ""),
	variable("sans-hebrew", "5.3.0", "jGIZ2EOCTtT1ZhLthz6nEpPXGMniSPI/0tv5CDFDZ7MPYyoj6FskW7WJ0YTyesFADdzjx7F2Pg5W1PWD6y9UFw==",
		"U+0590-05FF, U+FB1D-FB4F", ""),
	variable("sans-arabic", "5.3.0", "Rz8+DBzza3//cmN+DBQajJhx3x+Dx12eUgnQsTOgPWbOT0+In6APmE8z4I/QQnUWfAx+s8l93+60qDT5vJH1sA==",
		"U+0600-06FF, U+0750-077F, U+08A0-08FF, U+FB50-FDFF, U+FE70-FEFC", ""),
	variable("sans-thai", "5.3.0", "jHEC1vo8gD09GKf8jtH1IMoPqWmQQSKH3gkyD3ibCIMEkVpEqJ9NJ2c181VHKbTHXc7Wu9CbuBU3yjQNvpbEbw==",
		"U+0E00-0E7F", ""),
	{family: "hf-emoji", runes: emoji, weight: "400", pkg: npm.Package{Name: "twemoji-colr-font", Version: "15.0.3",
		Integrity: "sha512-UsK4JUpaczeVoMGeYMnKaMTxKt7fujg1nQOk4NaC0teZmdOo+uAai0DIuaSzsMkShtG4J75F0OEsVdGJ+Q1pHQ==", Files: []string{"twemoji.woff2"}}},
	static("sans-math", "5.3.0", "CzodkZ4R2VC73rqbNbVpiI94fXZJLFEMNBTAM3DFadjAKrjLQ2Fr+s2yM2c5uS+frBZ2IM+LyMo6COhAzV7hCA==", "latin",
		"U+2102, U+2107, U+210A-2113, U+2115, U+2118-211D, U+2124, U+2126-2129, U+212B-212D, U+212F-2138, "+
			"U+213C-214B, U+2190-2300, U+2308-230B, U+25A0-25FF, U+2605-2606, U+2713, U+27C0-27FF, U+2900-2B04, "+
			"U+2B0E-2B1A, U+2B1D-2B4C"),
	static("sans-symbols-2", "5.3.0", "hFnEnIXOIgLLJ61SO9icRXKoS+LSWoq7ZqKJQ/NaQR7ptdC6+7yW4ci6EuXgsS1S9JmWpciX6w0AFZkU1DKn1A==", "symbols",
		"U+2316, U+2318, U+2324-2328, U+232B, U+23CE-23CF, U+23ED-23EF, U+23F1-2426, U+2580-2609, "+
			"U+260E-2612, U+2616-2623, U+2630-2637, U+2654-2668, U+2680-268F, U+269E-26A0, U+26BF-26CD, "+
			"U+26CF-26E1, U+2700-2704, U+2706-2709, U+270C-271C, U+2722-2727, U+2729-274B, U+274D, U+274F-2752, "+
			"U+2756, U+2758-2775, U+2794, U+2798-27AF, U+27B1-27BE, U+2800-28FF, U+2B4D-2B73, U+2B76-2B95, "+
			"U+2B97-2BFD"),
	variable("sans-symbols", "5.3.0", "DIyQrT0pfYxsHAhDRHTWZ/GG7RsS6IP5e32iBaX2TIutf2ZwSiNCK2fIZ+O94A8uKv64Oepravc2mUeWDZVdkg==",
		"U+2160-2183, U+2185-2188, U+2460-24FF, U+260A-260D, U+2613, U+2624-262F, U+2638-263B, U+263D-2653, "+
			"U+2669-267E, U+2690-269D, U+26A2-26A9, U+26AD-26BC, U+26E2-26FF, U+271D-2721, U+2776-2793", ""),
	variable("sans-sc", "5.3.1", "UB96JJ17HyD5ehEU7Em0hDdh7fvTMB4B4Hzmq5c4QaNwwSLqTrdM2S+coySeBqCkXwh0DxqXT0b0wMrmzorFpQ==", chinese, "zh"),
	variable("sans-tc", "5.3.1", "gueh+AySNkihE+HvizXLHltxt5/xVFSvw6ISnKTlpb/lG5QQm6u/KwuempTJ/jDYMST3xwiERYTTyseoJ/Kxew==", chinese, "zh-Hant"),
	variable("sans-jp", "5.3.1", "/anGvJFc5y36f8DJ+3TSh2+KAvaRLA9PaLUMvneeY5s4j8m+8X4F3lE/sjTuG9YI5BX4sykvCk4TuJMG7ecMRQ==", chinese, "ja"),
	variable("sans-kr", "5.3.1", "f5aty6Qgk2LVU5TjCtXHxiYHqUWYW8f75ll0Chn8ucCqoOlIomcACUwf1V47yUt6wTdWZiGr3dcbQk+zlOspMA==", hangul+", "+chinese, "ko"),
}

func variable(name, version, sha512, runes, lang string) fallbackFont {
	return fallbackFont{family: "hf-" + name, runes: runes, weight: "100 900", lang: lang, pkg: npm.Package{
		Name: "@fontsource-variable/noto-" + name, Version: version, Integrity: "sha512-" + sha512,
		Files: []string{subsetList, "files/noto-" + name + "-*-wght-normal.woff2"}}}
}

func static(name, version, sha512, subset, runes string) fallbackFont {
	return fallbackFont{family: "hf-" + name, runes: runes, weight: "400", pkg: npm.Package{
		Name: "@fontsource/noto-" + name, Version: version, Integrity: "sha512-" + sha512,
		Files: []string{"files/noto-" + name + "-" + subset + "-400-normal.woff2"}}}
}

// subsetList is the file of a fontsource package that says which subset holds which characters.
const subsetList = "unicode.json"

// subsets returns the font's files, by name, and the unicode-range of each. The last files entry is their pattern.
func (f fallbackFont) subsets(fsys fs.FS) ([]templates.FontFile, error) {
	pattern := f.pkg.Files[len(f.pkg.Files)-1]
	if !strings.Contains(pattern, "*") {
		return []templates.FontFile{{File: pattern, Weight: f.weight, Style: "normal", Range: f.runes}}, nil
	}
	data, err := fs.ReadFile(fsys, subsetList)
	if err != nil {
		return nil, err
	}
	var ranges map[string]string
	if err := json.Unmarshal(data, &ranges); err != nil {
		return nil, fmt.Errorf("%s: %w", subsetList, err)
	}
	var out []templates.FontFile
	for _, name := range sortedKeys(ranges) {
		file := strings.Replace(pattern, "*", strings.Trim(name, "[]"), 1)
		out = append(out, templates.FontFile{File: file, Weight: f.weight, Style: "normal", Range: ranges[name]})
	}
	return out, nil
}

// fallback adds fonts for the characters of text that the theme's fonts lack. It returns their @font-face rules and
// their families. A character that no font has is a warning.
func (f *film) fallback(files map[string][]byte, text []rune) (css string, families []string) {
	lacks := f.lacks(text)
	if len(lacks) == 0 {
		return "", nil // as most films
	}
	var out strings.Builder
	for _, font := range inLanguage(fallbackFonts, lang(f.doc), lacks) {
		wanted := unicodeRange(font.runes)
		asks := slices.DeleteFunc(slices.Clone(lacks), func(c rune) bool { return !within(wanted, c) })
		if len(asks) == 0 {
			continue
		}
		found, err := asks, error(nil)
		if font.pkg.Name == "" { // embedded
			files["assets/fonts/go-mono.ttf"] = gomono.TTF
			face(&out, font.family, "assets/fonts/go-mono.ttf", templates.FontFile{Weight: font.weight, Style: "normal", Range: font.runes})
		} else {
			found, err = f.takeSubsets(&out, files, font, asks)
		}
		if err != nil {
			f.diagnose(noFont(f.glyph(asks, "", fmt.Sprintf("the font for %s is not to be had: %v", some(asks), err)), err))
			found = asks
		} else if len(found) > 0 {
			families = append(families, font.family)
		}
		lacks = without(lacks, found)
	}
	if len(lacks) > 0 {
		f.diagnose(f.glyph(lacks, "compose/no-glyph", "no font has "+some(lacks)).WithHint("give the theme a font that has it"))
	}
	return out.String(), families
}

// takeSubsets adds the files of a font that hold one of the characters asked for, and returns those that they hold.
func (f *film) takeSubsets(css *strings.Builder, files map[string][]byte, font fallbackFont, asks []rune) (found []rune, err error) {
	fsys, err := f.fetch(font.pkg)
	if err != nil {
		return nil, err
	}
	subsets, err := font.subsets(fsys)
	if err != nil {
		return nil, err
	}
	for _, s := range subsets {
		spans := unicodeRange(s.Range)
		if !slices.ContainsFunc(asks, func(c rune) bool { return within(spans, c) }) {
			continue
		}
		data, err := fs.ReadFile(fsys, s.File)
		if err != nil {
			return nil, err
		}
		name := "assets/fonts/" + path.Base(s.File)
		files[name] = data
		face(css, font.family, name, s)
		for _, c := range asks {
			if within(spans, c) {
				found = append(found, c)
			}
		}
	}
	return found, nil
}

// lacks returns the characters of text that one of the theme's fonts has no glyph for. A font that the film's own CSS
// supplies, or that does not say what its files hold, is taken to have all.
func (f *film) lacks(text []rune) []rune {
	var fonts [][][2]rune
	for _, font := range f.theme.Fonts {
		var all []string
		for _, file := range font.Files {
			all = append(all, file.Range)
		}
		if font.Package != "" && !slices.Contains(all, "") {
			fonts = append(fonts, unicodeRange(strings.Join(all, ",")))
		}
	}
	return slices.DeleteFunc(slices.Clone(text), func(c rune) bool {
		blank := !unicode.IsGraphic(c) || unicode.Is(unicode.Zs, c) || unicode.Is(unicode.Variation_Selector, c)
		return blank || !slices.ContainsFunc(fonts, func(has [][2]rune) bool { return !within(has, c) })
	})
}

// inLanguage puts the font whose forms of Chinese characters are those of a language before the others of its kind. A
// film that does not say its language shows it by its kana or hangul.
func inLanguage(fonts []fallbackFont, lang string, text []rune) []fallbackFont {
	has := func(t *unicode.RangeTable) bool {
		return slices.ContainsFunc(text, func(c rune) bool { return unicode.Is(t, c) })
	}
	switch lower := strings.ToLower(lang); {
	case strings.HasPrefix(lower, "zh-hant"), strings.HasPrefix(lower, "zh-tw"), strings.HasPrefix(lower, "zh-hk"):
		lang = "zh-Hant"
	case strings.HasPrefix(lower, "zh"):
		lang = "zh"
	case strings.HasPrefix(lower, "ja"), has(unicode.Hiragana), has(unicode.Katakana):
		lang = "ja"
	case strings.HasPrefix(lower, "ko"), has(unicode.Hangul):
		lang = "ko"
	}
	own := func(f fallbackFont) bool { return f.lang == lang }
	out := slices.DeleteFunc(slices.Clone(fonts), own)
	at := slices.IndexFunc(out, func(f fallbackFont) bool { return f.lang != "" })
	for _, f := range fonts {
		if own(f) && f.lang != "" {
			return slices.Insert(out, at, f)
		}
	}
	return fonts
}

// glyph is a warning about the first of some characters that the deck holds.
func (f *film) glyph(chars []rune, code, msg string) source.Diagnostic {
	for _, c := range chars {
		if i := strings.IndexRune(string(f.doc.File.Data), c); i >= 0 {
			return f.doc.File.At(i, i+len(string(c)), code, msg).Warn()
		}
	}
	return source.Diagnostic{Severity: source.Warning, Code: code, Msg: msg}
}

// some names a few characters.
func some(chars []rune) string {
	const most = 3
	named := make([]string, 0, most)
	for _, c := range chars[:min(len(chars), most)] {
		named = append(named, fmt.Sprintf("%q (U+%04X)", string(c), c))
	}
	text := strings.Join(named, ", ")
	if more := len(chars) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func without(chars, found []rune) []rune {
	return slices.DeleteFunc(slices.Clone(chars), func(c rune) bool { return slices.Contains(found, c) })
}
