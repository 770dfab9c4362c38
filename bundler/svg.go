package bundler

import (
	"bytes"
	"regexp"
	"slices"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/svg"
)

// svg minifies an SVG file that is shown as a picture. The minifier does not know which white space in text is visible,
// nor that 007 may be an id, so a file with text, styles or scripts in it, or whose ids would change, stays as it is.
func (r *run) svg(t *text) []byte {
	if r.o.NoMinify || !bytes.Contains(t.data, []byte("</svg>")) || risky(t.data) {
		return t.data
	}
	var b bytes.Buffer
	if err := new(svg.Minifier).Minify(minify.New(), &b, bytes.NewReader(bytes.Clone(t.data)), nil); err != nil {
		return t.data
	}
	if !slices.Equal(svgIDs.FindAllString(string(t.data), -1), svgIDs.FindAllString(b.String(), -1)) {
		return t.data
	}
	return b.Bytes()
}

func risky(svg []byte) bool {
	return bytes.Contains(svg, []byte("xml:space")) || svgRisk.Match(svg)
}

// Both patterns begin with a constant text, which makes them quick: most of an SVG file is numbers.
var (
	svgRisk = regexp.MustCompile(`<(?:(?:text|foreignObject|script|style|animate|set)\b|!DOCTYPE|!\[CDATA\[|!ENTITY)`)
	svgIDs  = regexp.MustCompile(`id=["'][^"']*["']`)
)
