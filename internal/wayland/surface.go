//go:build linux

package wayland

import (
	"image"
	"slices"
)

var (
	compositorKind = &kind{"wl_compositor", []method{
		{"create_surface", "n", 0, func(c *client, o *object, a []value) error {
			s := &surface{}
			s.pending.view.scale = 1
			s.object = c.create(a[0].id(), surfaceKind, o.version, s)
			return nil
		}},
		{"create_region", "n", 0, func(c *client, o *object, a []value) error {
			c.create(a[0].id(), regionKind, o.version, nil)
			return nil
		}},
	}}
	regionKind = &kind{"wl_region", []method{
		{"destroy", "", 0, destroy},
		{"add", "iiii", 0, ignore},
		{"subtract", "iiii", 0, ignore},
	}}
	surfaceKind = &kind{"wl_surface", []method{
		{"destroy", "", 0, on((*surface).destroy)},
		{"attach", "Oii", 0, on((*surface).attach)},
		{"damage", "iiii", 0, on((*surface).damage)},
		{"frame", "n", 0, on((*surface).frame)},
		{"set_opaque_region", "O", 0, ignore},
		{"set_input_region", "O", 0, ignore},
		{"commit", "", 0, on((*surface).commit)},
		{"set_buffer_transform", "i", 2, on((*surface).setTransform)},
		{"set_buffer_scale", "i", 3, on((*surface).setScale)},
		{"damage_buffer", "iiii", 4, on((*surface).damageBuffer)},
	}}
)

// The errors of wl_surface.
const (
	invalidScale     = 0
	invalidTransform = 1
	invalidSize      = 2
)

// A surface is a place for pictures: that of a window, a part of one, or of nothing yet.
type surface struct {
	object   *object
	pending  state // what was said since the last commit
	cached   state // what was committed and waits for the parent's commit
	role     string
	xdg      *xdgSurface // the window's
	sub      *subsurface
	children []*surface
	viewport *viewport
}

// surfaceOf returns the surface that a request to o names.
func surfaceOf(o *object, v value) (*surface, error) {
	s, ok := v.object.data.(*surface)
	if !ok {
		return nil, breach(o.id, invalidObject, "%s is no wl_surface", v.object.kind.name)
	}
	return s, nil
}

// A state is what a commit changes on a surface.
type state struct {
	attached  bool // whether there is a new buffer, or none from now on
	buffer    *buffer
	callbacks []*object
	feedbacks []*object
	local     image.Rectangle // damage in units of the surface
	pixels    image.Rectangle // damage in px of the buffer
	view      view            // stays from commit to commit
}

// destroy ends a surface. What refers to it has to be gone for a window, and has no effect any more for all else.
func (s *surface) destroy(c *client, _ []value) error {
	if s.xdg != nil {
		return breach(s.xdg.base.id, wmRole, "a surface goes before its window")
	}
	if s.sub != nil {
		s.sub.leave()
	}
	for _, child := range s.children {
		child.sub.parent = nil
	}
	if s.viewport != nil {
		s.viewport.surface = nil
	}
	for _, o := range slices.Concat(s.cached.callbacks, s.pending.callbacks) {
		c.remove(o)
	}
	c.neverShown(slices.Concat(s.cached.feedbacks, s.pending.feedbacks))
	c.discard(&s.cached)
	c.remove(s.object)
	return nil
}

func (s *surface) attach(_ *client, a []value) error {
	s.pending.attached, s.pending.buffer = true, nil
	if o := a[0].object; o != nil {
		b, ok := o.data.(*buffer)
		if !ok {
			return breach(s.object.id, invalidObject, "%s is no wl_buffer", o.kind.name)
		}
		s.pending.buffer = b
	}
	return nil
}

func (s *surface) damage(_ *client, a []value) error {
	s.pending.local = s.pending.local.Union(rectangle(a))
	return nil
}

func (s *surface) damageBuffer(_ *client, a []value) error {
	s.pending.pixels = s.pending.pixels.Union(rectangle(a))
	return nil
}

// rectangle reads x, y, width and height. All sums of coordinates stay far from where an int ends.
func rectangle(a []value) image.Rectangle {
	const far = 1 << 20
	clip := func(n int32) int { return min(max(int(n), -far), far) }
	x, y := clip(a[0].n), clip(a[1].n)
	return image.Rectangle{Min: image.Pt(x, y), Max: image.Pt(x+clip(a[2].n), y+clip(a[3].n))}
}

func (s *surface) frame(c *client, a []value) error {
	s.pending.callbacks = append(s.pending.callbacks, c.create(a[0].id(), callbackKind, 1, nil))
	return nil
}

func (s *surface) setTransform(_ *client, a []value) error {
	if a[0].n < 0 || a[0].n > 7 {
		return breach(s.object.id, invalidTransform, "there is no transform %d", a[0].n)
	}
	s.pending.view.turned = a[0].n != 0
	return nil
}

func (s *surface) setScale(_ *client, a []value) error {
	if a[0].n < 1 {
		return breach(s.object.id, invalidScale, "a buffer's scale is 1 or more, not %d", a[0].n)
	}
	s.pending.view.scale = int(a[0].n)
	return nil
}

// commit makes what was said valid, at once or with the parent's next commit.
func (s *surface) commit(c *client, _ []value) error {
	if s.xdg != nil {
		if err := s.xdg.commit(c, &s.pending); err != nil {
			return err
		}
	}
	s.cached.take(c, &s.pending)
	if s.synchronised() {
		return nil
	}
	return s.apply(c)
}

// take lays a newer state over an older one, and empties the newer one.
func (s *state) take(c *client, newer *state) {
	c.neverShown(s.feedbacks)
	s.feedbacks = newer.feedbacks
	if newer.attached {
		c.discard(s)
		s.attached, s.buffer = true, newer.buffer
	}
	s.callbacks = append(s.callbacks, newer.callbacks...)
	s.local, s.pixels, s.view = s.local.Union(newer.local), s.pixels.Union(newer.pixels), newer.view
	*newer = state{view: newer.view}
}

// discard gives back a buffer that was committed and is never shown.
func (c *client) discard(s *state) {
	if s.buffer != nil {
		c.release(s.buffer)
		s.buffer = nil
	}
}

// apply shows what was committed, on the surface and on those below it that wait for it.
func (s *surface) apply(c *client) error {
	now := s.cached
	s.cached = state{view: now.view}
	// The program may begin its next picture while we look at this one.
	for _, callback := range now.callbacks {
		c.done(callback, 0)
	}
	c.shown(now.feedbacks)
	if now.attached {
		if err := c.present(s, &now); err != nil {
			return err
		}
	}
	for _, child := range s.children {
		if child.synchronised() {
			if err := child.apply(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// window returns the window that a surface is part of, nil if there is none.
func (s *surface) window() *window {
	for s.sub != nil && s.sub.parent != nil {
		s = s.sub.parent
	}
	if s.xdg == nil {
		return nil
	}
	return s.xdg.window
}
