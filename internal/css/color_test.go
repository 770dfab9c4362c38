package css

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
)

// TestColorsAsChromium compares with what a browser painted (testdata/colors.tsv).
func TestColorsAsChromium(t *testing.T) {
	data, err := os.ReadFile("testdata/colors.tsv")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		colour, want, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			continue
		}
		n++
		var r, g, b, a float64
		if _, err := fmt.Sscan(want, &r, &g, &b, &a); err != nil {
			t.Fatal(err)
		}
		got, err := ParseColor(colour)
		if err != nil {
			t.Errorf("%s: %v", colour, err)
			continue
		}
		within := 1.0
		if a < 255 {
			within = 255/max(a, 1) + 0.5 // canvases keep premultiplied bytes
		}
		for i, d := range []float64{got.R*255 - r, got.G*255 - g, got.B*255 - b, (got.A*255 - a) * within} {
			if math.Abs(d) > within {
				t.Errorf("%s = %s, Chromium paints %s (part %d is off by %.2f)", colour, got.String(), want, i, d)
				break
			}
		}
	}
	if n < 80 {
		t.Errorf("only %d colours", n)
	}
}

func TestNotColors(t *testing.T) {
	for _, s := range []string{"", "bluish", "#12", "#12345", "#ggg", "rgb(1 2)", "rgb(1 2 3 4 5)", "rgb(1px 2 3)", "rgb(", "hsl(10px 1% 1%)", "oklch(a b c)",
		"color(nowhere 1 1 1)", "red blue", "url(a)", "\"red\"", "12", "color-mix(red, blue)", "color-mix(in srgb, red, none)", "color-mix(in srgb, red 0%, blue 0%)"} {
		if c, err := ParseColor(s); err == nil || errors.Is(err, ErrDynamic) {
			t.Errorf("ParseColor(%q) = %v, %v", s, c, err)
		}
	}
	for _, s := range []string{"var(--x)", "var(--x, red)", "currentColor", "inherit", "CanvasText", "light-dark(red, blue)", "rgb(from red r g b)", "oklch(from var(--c) l c h)",
		"rgb(var(--r) 0 0)", "rgb(calc(1 + 2) 0 0)", "color-mix(in oklab, var(--a) 20%, white)", "color-mix(in oklab, red, currentcolor)", "color-mix(in lch, red, blue)", "color(from red srgb r g b)"} {
		if c, err := ParseColor(s); !errors.Is(err, ErrDynamic) {
			t.Errorf("ParseColor(%q) = %v, %v", s, c, err)
		}
	}
}

func TestContrast(t *testing.T) {
	for _, c := range []struct {
		fg, bg string
		want   float64
	}{
		{"black", "white", 21},
		{"#fff", "#fff", 1},
		{"#777", "white", 4.478},
		{"#767676", "#ffffff", 4.542},
		{"#595959", "white", 7.004},
		{"#0000ff", "white", 8.592},
		{"red", "white", 3.998},
		{"lime", "black", 15.304},
		{"rgb(0 0 0 / 50%)", "white", 3.977},
		{"transparent", "#123456", 1},
		{"white", "#1a73e8", 4.505},
	} {
		fg, errFG := ParseColor(c.fg)
		bg, errBG := ParseColor(c.bg)
		if got := ContrastOf(fg, bg); errFG != nil || errBG != nil || math.Abs(got-c.want) > 0.005 {
			t.Errorf("ContrastOf(%s, %s) = %.4f, want %v", c.fg, c.bg, got, c.want)
		}
	}
}

func TestOver(t *testing.T) {
	half := RGBA{1, 0, 0, 0.5}
	if got := half.Over(RGBA{0, 0, 1, 1}).String(); got != "#800080" {
		t.Error(got)
	}
	if got := half.Over(RGBA{0, 0, 1, 0.5}).String(); got != "#aa0055bf" {
		t.Error(got)
	}
	if got := (RGBA{}).Over(RGBA{}); got != (RGBA{}) {
		t.Error(got)
	}
}

func FuzzParseColor(f *testing.F) {
	for _, s := range []string{"#abc", "rgb(1 2 3 / 4%)", "oklch(0.5 0.1 20deg)", "color-mix(in oklch, red 20%, rgb(from red r g b))", "hsl(1e9 -1% 300%)", "color(display-p3 1e300 0 -5)", "lab(none none none)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseColor(s)
		if err != nil {
			return
		}
		for _, x := range []float64{c.R, c.G, c.B, c.A} {
			if !(x >= 0 && x <= 1) {
				t.Errorf("ParseColor(%q) = %v", s, c)
			}
		}
		if r := ContrastOf(c, RGBA{1, 1, 1, 1}); !(r >= 1 && r <= 21.01) {
			t.Errorf("contrast of %q is %v", s, r)
		}
	})
}
