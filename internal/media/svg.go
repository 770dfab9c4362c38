package media

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
)

// looksLikeSVG reports whether text begins an SVG: an <svg> element, or XML that may hold one when the name says so.
func looksLikeSVG(head []byte, named bool) bool {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	switch {
	case bytes.HasPrefix(text, []byte("<svg")):
		return true
	case bytes.HasPrefix(text, []byte("<?xml")), bytes.HasPrefix(text, []byte("<!DOCTYPE svg")), bytes.HasPrefix(text, []byte("<!--")):
		return named || bytes.Contains(text, []byte("<svg"))
	}
	return named && len(text) > 0 && text[0] == '<' && foreign(head) == ""
}

// readSVG reads the root element of an SVG. Its size is width and height; what is missing follows from the viewBox,
// and without that is 300×150, as in CSS. Moving parts (SMIL or keyframes in the first megabyte) make it Animated.
func readSVG(f *file) (Info, error) {
	text, err := f.upTo(0, mostAtOnce)
	if err != nil {
		return Info{}, err
	}
	root, err := svgRoot(text)
	if err != nil {
		return Info{}, err
	}
	w, h := svgSize(root)
	if !(w > 0 && h > 0 && w <= 1<<24 && h <= 1<<24) {
		return Info{}, errors.New("its width or height is zero or out of range")
	}
	info := Info{Kind: Image, MIME: "image/svg+xml", Codec: "svg"}
	info.Width, info.Height = max(1, int(math.Round(w))), max(1, int(math.Round(h)))
	for _, sign := range []string{"<animate", "<set ", "@keyframes", "@-webkit-keyframes"} {
		info.Animated = info.Animated || bytes.Contains(text, []byte(sign))
	}
	return info, nil
}

// svgRoot returns the start tag of the root element.
func svgRoot(text []byte) (xml.StartElement, error) {
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	d.Strict = false
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // the tags are ASCII anyway
	for {
		t, err := d.RawToken()
		if err != nil {
			return xml.StartElement{}, errors.New("there is no <svg> element in it")
		}
		if e, ok := t.(xml.StartElement); ok {
			if e.Name.Local != "svg" {
				return e, errors.New("its root element is <" + e.Name.Local + ">")
			}
			return e, nil
		}
	}
}

func svgSize(root xml.StartElement) (w, h float64) {
	var vw, vh float64
	for _, a := range root.Attr {
		if a.Name.Space != "" {
			continue
		}
		switch a.Name.Local {
		case "width":
			w = cssPixels(a.Value)
		case "height":
			h = cssPixels(a.Value)
		case "viewBox":
			vw, vh = viewBox(a.Value)
		}
	}
	hasBox := vw > 0 && vh > 0
	switch {
	case w > 0 && h > 0:
		return w, h
	case w > 0 && hasBox:
		return w, w * vh / vw
	case h > 0 && hasBox:
		return h * vw / vh, h
	case hasBox:
		return vw, vh
	case w > 0:
		return w, 150
	case h > 0:
		return 300, h
	}
	return 300, 150
}

func viewBox(s string) (w, h float64) {
	n := strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' || r == '\r' })
	if len(n) != 4 {
		return 0, 0
	}
	w, errW := strconv.ParseFloat(n[2], 64)
	h, errH := strconv.ParseFloat(n[3], 64)
	if errW != nil || errH != nil || math.IsNaN(w) || math.IsNaN(h) {
		return 0, 0
	}
	return w, h
}

// cssPixels reads an absolute CSS length; 0 for a percentage and for what is not a length.
func cssPixels(s string) float64 {
	s = strings.ToLower(strings.TrimSpace(s))
	unit := strings.TrimLeft(s, "+-0123456789.")
	if rest, ok := strings.CutPrefix(unit, "e"); ok && rest != "m" && rest != "x" {
		unit = strings.TrimLeft(rest, "+-0123456789.") // an exponent, not em or ex
	}
	v, err := strconv.ParseFloat(strings.TrimSuffix(s, unit), 64)
	if err != nil {
		return 0
	}
	perUnit := map[string]float64{"": 1, "px": 1, "pt": 4.0 / 3, "pc": 16, "in": 96, "cm": 96 / 2.54, "mm": 96 / 25.4,
		"q": 96 / 101.6, "em": 16, "rem": 16, "ex": 8}
	return v * perUnit[strings.TrimSpace(unit)]
}
