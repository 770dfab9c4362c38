// Package sheet lays the pictures of a film out on one page.
//
// In go pictures with captions; out comes a page of HTML that needs no other file, or a picture of that page, which a
// browser takes. The page has the film's own light: it is dark for a dark film.
package sheet

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/png"

	"golang.org/x/image/draw"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/gofont/goregular"
)

// A Sheet is what a page shows.
type Sheet struct {
	Title    string
	About    []string // a few words each, beside the title
	Width    int      // px, 400–8000; 0 = 1920
	Columns  int      // 1–20; 0 = as many as suit the number of pictures
	Pictures []Picture
}

// A Picture is one of a film's frames. All on a sheet have one size.
type Picture struct {
	Name  string // of the scene; may be ""
	Time  string
	Image *image.NRGBA
}

// Limits of a sheet.
const (
	DefaultWidth       = 1920
	MinWidth, MaxWidth = 400, 8000
	MaxColumns         = 20
)

// On a sheet that is 1920 px wide, px.
const (
	design = 1920
	margin = 96
	gap    = 36
)

//go:embed sheet.html
var pageText string

var page = template.Must(template.New("sheet").Parse(pageText))

// shown is a picture as the page's template sees it.
type shown struct {
	Name, Time    string
	Source        template.URL
	Width, Height int
}

// CellWidth returns how wide a picture is on the sheet, px, when there are n of them of width w and height h.
func (s *Sheet) CellWidth(n, w, h int) int {
	columns := s.columns(n, w, h)
	width := cmp.Or(s.Width, DefaultWidth)
	return max(1, (width-(2*margin+(columns-1)*gap)*width/design)/columns)
}

// columns returns how many pictures stand side by side.
func (s *Sheet) columns(n, w, h int) int {
	if s.Columns > 0 {
		return s.Columns
	}
	most := 4
	if h > w {
		most = 6
	}
	columns := 1
	for columns < most && columns*columns*max(w, 1)*9 < n*max(h, 1)*16 { // the whole is as wide as a film, more or less
		columns++
	}
	holes := func(columns int) int { return (columns - n%columns) % columns }
	if holes(columns+1) < holes(columns) || columns == 1 {
		columns++
	}
	return min(columns, max(n, 1))
}

// Fit returns a picture made smaller to a width, px; a picture that is no wider stays as it is.
func Fit(m *image.NRGBA, width int) *image.NRGBA {
	size := m.Bounds().Size()
	if size.X <= width {
		return m
	}
	out := image.NewNRGBA(image.Rect(0, 0, width, max(1, (size.Y*width+size.X/2)/size.X)))
	draw.CatmullRom.Scale(out, out.Bounds(), m, m.Bounds(), draw.Src, nil)
	return out
}

// HTML returns the page, with pictures and fonts in it.
func (s *Sheet) HTML() ([]byte, error) {
	var size image.Point
	if len(s.Pictures) > 0 {
		size = s.Pictures[0].Image.Bounds().Size()
	}
	columns := s.columns(len(s.Pictures), size.X, size.Y)
	light := lightOf(s.Pictures)
	view := map[string]any{
		"Title": s.Title, "About": s.About, "Width": cmp.Or(s.Width, DefaultWidth), "Columns": columns, "Narrow": min(columns, 2), "Margin": margin, "Gap": gap,
		"Regular": data("font/ttf", goregular.TTF), "Medium": data("font/ttf", gomedium.TTF),
		"Paper": light.paper, "Ink": light.ink, "Quiet": light.quiet, "Line": light.line,
	}
	var list []shown
	for _, p := range s.Pictures {
		var b bytes.Buffer
		if err := png.Encode(&b, p.Image); err != nil {
			return nil, fmt.Errorf("write a picture of the sheet: %w", err)
		}
		size := p.Image.Bounds().Size()
		list = append(list, shown{p.Name, p.Time, data("image/png", b.Bytes()), size.X, size.Y})
	}
	view["Pictures"] = list
	var b bytes.Buffer
	if err := page.Execute(&b, view); err != nil {
		return nil, fmt.Errorf("write the sheet: %w", err)
	}
	return b.Bytes(), nil
}

// data returns an address that holds a file.
func data(kind string, file []byte) template.URL {
	return template.URL("data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(file))
}
