package sheet

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"github.com/hframes/hframes/internal/chrome"
)

// plain returns a picture of one colour.
func plain(w, h int, c color.NRGBA) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		m.SetNRGBA(i%w, i/w, c)
	}
	return m
}

func sheetOf(n, w, h int, c color.NRGBA) *Sheet {
	s := &Sheet{Title: "Night & <day>", About: []string{"3 scenes", "0:05.4"}, Width: 400}
	for range n {
		s.Pictures = append(s.Pictures, Picture{Name: "a<b", Time: "0:01.0", Image: plain(w, h, c)})
	}
	return s
}

// Pictures stand in rows that are as even as can be.
func TestColumns(t *testing.T) {
	for _, c := range []struct{ n, w, h, want int }{
		{0, 0, 0, 1}, {1, 16, 9, 1}, {2, 16, 9, 2}, {3, 16, 9, 3}, {4, 16, 9, 2}, {5, 16, 9, 3}, {6, 16, 9, 3}, {7, 16, 9, 4}, {9, 16, 9, 3}, {12, 16, 9, 4},
		{100, 16, 9, 4}, {3, 9, 16, 3}, {6, 9, 16, 6}, {200, 9, 16, 7},
	} {
		s := Sheet{}
		if got := s.columns(c.n, c.w, c.h); got != c.want {
			t.Errorf("%d of %dx%d: %d columns, want %d", c.n, c.w, c.h, got, c.want)
		}
	}
	s := Sheet{Columns: 7}
	if got := s.CellWidth(3, 16, 9); got != (1920-2*96-6*36)/7 {
		t.Error(got)
	}
}

// A sheet is as light or dark as its film, its text can be read, and its pictures stand out.
func TestLight(t *testing.T) {
	for _, c := range []color.NRGBA{{255, 255, 255, 255}, {231, 226, 243, 255}, {20, 18, 31, 255}, {0, 0, 0, 255}, {255, 106, 61, 255}, {128, 128, 128, 255}} {
		list := sheetOf(2, 8, 8, c).Pictures
		l := lightOf(list)
		paper, ink := luma(unhex(t, string(l.paper))), luma(unhex(t, string(l.ink)))
		if (luma(c) < 128) != (paper < 128) {
			t.Errorf("%v: paper %s", c, l.paper)
		}
		if d := paper - ink; d < 120 && d > -120 {
			t.Errorf("%v: ink %s on paper %s", c, l.ink, l.paper)
		}
		if d := paper - luma(c); d < 8 && d > -8 {
			t.Errorf("%v on paper %s", c, l.paper)
		}
	}
}

func unhex(t *testing.T, s string) color.NRGBA {
	t.Helper()
	var v [3]uint8
	for i := range v {
		for _, d := range s[1+2*i : 3+2*i] {
			v[i] = v[i]<<4 | uint8(strings.IndexRune("0123456789abcdef", d))
		}
	}
	return color.NRGBA{v[0], v[1], v[2], 255}
}

// The page holds all that it shows, and text stays text.
func TestHTML(t *testing.T) {
	page, err := sheetOf(2, 8, 4, color.NRGBA{255, 255, 255, 255}).HTML()
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	for _, want := range []string{"<h1>Night &amp; &lt;day&gt;</h1>", "<span>3 scenes</span>", "<b>a&lt;b</b><time>0:01.0</time>", `src="data:image/png;base64,`, `width="8" height="4"`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
	for _, bad := range []string{"ZgotmplZ", `src="http`, "url(\"http"} {
		if strings.Contains(text, bad) {
			t.Errorf("%s", bad)
		}
	}
	if again, _ := sheetOf(2, 8, 4, color.NRGBA{255, 255, 255, 255}).HTML(); !bytes.Equal(again, page) {
		t.Error("the same sheet made another page")
	}
}

// The picture of a page is all of it, in its width.
func TestDraw(t *testing.T) {
	s := sheetOf(20, 64, 36, color.NRGBA{20, 18, 31, 255})
	s.Columns = 2
	page, err := s.HTML()
	if err != nil {
		t.Fatal(err)
	}
	data, err := Draw(t.Context(), page, s.Width, chrome.PNG, chrome.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	size := m.Bounds().Size()
	if size.X != 400 || size.Y < 10*100 || size.Y > 10*200 {
		t.Errorf("%v", size)
	}
	seen := 0 // pictures down the left column
	for y, before := 0, false; y < size.Y; y++ {
		r, g, b, _ := m.At(60, y).RGBA()
		inside := color.NRGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255} == color.NRGBA{20, 18, 31, 255}
		if inside && !before {
			seen++
		}
		before = inside
	}
	if seen != 10 {
		t.Errorf("%d pictures below each other", seen)
	}
	s.Columns, s.Pictures = 1, sheetOf(100, 64, 360, color.NRGBA{A: 255}).Pictures
	if page, err = s.HTML(); err != nil {
		t.Fatal(err)
	}
	if _, err := Draw(t.Context(), page, s.Width, chrome.PNG, chrome.Options{}); err == nil || !strings.Contains(err.Error(), "px high") {
		t.Errorf("a sheet that is too tall: %v", err)
	}
}

func TestFit(t *testing.T) {
	m := plain(64, 36, color.NRGBA{1, 2, 3, 255})
	if Fit(m, 64) != m {
		t.Error("a picture that fits was changed")
	}
	small := Fit(m, 16)
	if small.Bounds().Size() != image.Pt(16, 9) || small.NRGBAAt(8, 4) != (color.NRGBA{1, 2, 3, 255}) {
		t.Errorf("%v %v", small.Bounds(), small.NRGBAAt(8, 4))
	}
}
