package render

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/internal/markup"
)

// A canvas is what a film's entry page says of its size and speed.
type canvas struct {
	width, height int
	rate          ffmpeg.Rate // zero when the page does not say
}

// maxSide bounds a canvas, in px: more than any H.264 level allows is a mistake.
const maxSide = 16384

// readCanvas reads the root element of the entry page (contract §2): the composition marked data-root="true", else the
// first one.
func readCanvas(files fs.FS, entry string) (canvas, error) {
	_, root, err := readRoot(files, entry)
	if err != nil {
		return canvas{}, err
	}
	return canvasOf(root, entry)
}

func readPage(files fs.FS, entry string) (*markup.Doc, error) {
	page, err := fs.ReadFile(files, entry)
	if err != nil {
		return nil, fmt.Errorf("read entry page: %w", err)
	}
	return markup.Parse(page), nil
}

// readRoot reads the entry page and finds its root element.
func readRoot(files fs.FS, entry string) (*markup.Doc, *markup.Tag, error) {
	doc, err := readPage(files, entry)
	if err != nil {
		return nil, nil, err
	}
	root := findRoot(doc)
	if root == nil {
		return nil, nil, fmt.Errorf("%s: no element with data-composition-id", entry)
	}
	return doc, root, nil
}

// canvasOf is readCanvas for a root that is read already.
func canvasOf(root *markup.Tag, entry string) (c canvas, err error) {
	if c.width, err = side(root, "data-width"); err != nil {
		return canvas{}, fmt.Errorf("%s: %w", entry, err)
	}
	if c.height, err = side(root, "data-height"); err != nil {
		return canvas{}, fmt.Errorf("%s: %w", entry, err)
	}
	if v, ok := root.Attr("data-fps"); ok {
		if c.rate, err = parseRate(v); err != nil {
			return canvas{}, fmt.Errorf("%s: data-fps: %w", entry, err)
		}
	}
	return c, nil
}

func findRoot(doc *markup.Doc) *markup.Tag {
	var first *markup.Tag
	for i := range doc.Tags {
		t := &doc.Tags[i]
		if _, ok := t.Attr("data-composition-id"); !ok {
			continue
		}
		if v, _ := t.Attr("data-root"); v == "true" {
			return t
		}
		if first == nil {
			first = t
		}
	}
	return first
}

func side(root *markup.Tag, name string) (int, error) {
	v, ok := root.Attr(name)
	if !ok {
		return 0, fmt.Errorf("the root composition has no %s", name)
	}
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(v), "px"))
	if err != nil || n < 1 || n > maxSide {
		return 0, fmt.Errorf("%s %q is not a number of pixels from 1 to %d", name, v, maxSide)
	}
	return n, nil
}

// parseRate reads "30" or "30000/1001", 1 to 240 frames a second.
func parseRate(s string) (ffmpeg.Rate, error) {
	num, den, slash := strings.Cut(strings.TrimSpace(s), "/")
	if !slash {
		den = "1"
	}
	n, err1 := strconv.Atoi(num)
	d, err2 := strconv.Atoi(den)
	if err1 != nil || err2 != nil || n < 1 || d < 1 || n < d || n > 240*d {
		return ffmpeg.Rate{}, fmt.Errorf("%q is not a frame rate from 1 to 240", s)
	}
	return ffmpeg.Rate{Num: n, Den: d}, nil
}
