//go:build linux

package wayland

import "image"

var (
	viewporterKind = &kind{"wp_viewporter", []method{
		{"destroy", "", 0, destroy},
		{"get_viewport", "no", 0, createViewport},
	}}
	viewportKind = &kind{"wp_viewport", []method{
		{"destroy", "", 0, on((*viewport).destroy)},
		{"set_source", "ffff", 0, on((*viewport).setSource)},
		{"set_destination", "ii", 0, on((*viewport).setDestination)},
	}}
)

// The errors of wp_viewport.
const (
	badValue    = 0
	badSize     = 1
	outOfBuffer = 2
	noSurface   = 3
)

// A viewport is the object that sets which part of a buffer a surface shows, and how large.
type viewport struct {
	object  *object
	surface *surface // nil when that is gone
}

func createViewport(c *client, o *object, a []value) error {
	const viewportExists = 0
	s, err := surfaceOf(o, a[1])
	if err != nil {
		return err
	}
	if s.viewport != nil {
		return breach(o.id, viewportExists, "a surface has a viewport already")
	}
	s.viewport = &viewport{surface: s}
	s.viewport.object = c.create(a[0].id(), viewportKind, o.version, s.viewport)
	return nil
}

func (v *viewport) destroy(c *client, _ []value) error {
	if v.surface != nil {
		v.surface.viewport = nil
		v.surface.pending.view.source, v.surface.pending.view.target = fixedRectangle{}, image.Point{}
	}
	c.remove(v.object)
	return nil
}

func (v *viewport) setSource(_ *client, a []value) error {
	if v.surface == nil {
		return breach(v.object.id, noSurface, "the viewport's surface is gone")
	}
	r := fixedRectangle{int64(a[0].n), int64(a[1].n), int64(a[2].n), int64(a[3].n)}
	if unset := int64(-1 << 8); r == (fixedRectangle{unset, unset, unset, unset}) {
		r = fixedRectangle{}
	} else if r.x < 0 || r.y < 0 || r.w <= 0 || r.h <= 0 {
		return breach(v.object.id, badValue, "a source of nothing")
	}
	v.surface.pending.view.source = r
	return nil
}

func (v *viewport) setDestination(_ *client, a []value) error {
	if v.surface == nil {
		return breach(v.object.id, noSurface, "the viewport's surface is gone")
	}
	size := image.Pt(int(a[0].n), int(a[1].n))
	if size == image.Pt(-1, -1) {
		size = image.Point{}
	} else if size.X < 1 || size.Y < 1 {
		return breach(v.object.id, badValue, "a size of nothing")
	}
	v.surface.pending.view.target = size
	return nil
}

// A view is how the px of a buffer become units of a surface.
type view struct {
	scale  int            // px per unit
	turned bool           // whether the picture lies on its side or is mirrored
	source fixedRectangle // the part that is shown, in units before target; zero = all
	target image.Point    // its size in units of the surface; zero = as the source
}

// A fixedRectangle is in 1/256 of a unit.
type fixedRectangle struct{ x, y, w, h int64 }

// crop returns the px of a buffer that are shown. The viewport is the one to blame.
func (v view) crop(b *buffer, viewport uint32) (image.Rectangle, error) {
	whole := image.Rect(0, 0, b.width, b.height)
	if v.source == (fixedRectangle{}) {
		return whole, nil
	}
	s, scale := v.source, int64(v.scale)
	if v.target == (image.Point{}) && (s.w%256 != 0 || s.h%256 != 0) {
		return whole, breach(viewport, badSize, "a source of broken size without a destination")
	}
	part := image.Rect(int(s.x*scale>>8), int(s.y*scale>>8), int(((s.x+s.w)*scale+255)>>8), int(((s.y+s.h)*scale+255)>>8))
	if !part.In(whole) {
		return whole, breach(viewport, outOfBuffer, "a source outside its buffer")
	}
	return part, nil
}

// damage returns what a commit changed, in px from the corner of what is shown.
func (s *state) damage(shown image.Rectangle) image.Rectangle {
	local := s.local
	if t := s.view.target; t != (image.Point{}) {
		limit := image.Rectangle{Max: t}
		local = local.Intersect(limit)
		size := shown.Size()
		local.Min = image.Pt(local.Min.X*size.X/t.X, local.Min.Y*size.Y/t.Y)
		local.Max = image.Pt((local.Max.X*size.X+t.X-1)/t.X, (local.Max.Y*size.Y+t.Y-1)/t.Y)
	} else {
		local.Min, local.Max = local.Min.Mul(s.view.scale), local.Max.Mul(s.view.scale)
	}
	changed := local.Union(s.pixels.Sub(shown.Min))
	return changed.Intersect(image.Rectangle{Max: shown.Size()})
}
