//go:build linux

package wayland

import "slices"

var (
	subcompositorKind = &kind{"wl_subcompositor", []method{
		{"destroy", "", 0, destroy},
		{"get_subsurface", "noo", 0, createSubsurface},
	}}
	subsurfaceKind = &kind{"wl_subsurface", []method{
		{"destroy", "", 0, func(c *client, o *object, _ []value) error {
			o.data.(*subsurface).leave()
			c.remove(o)
			return nil
		}},
		{"set_position", "ii", 0, ignore},
		{"place_above", "o", 0, ignore},
		{"place_below", "o", 0, ignore},
		{"set_sync", "", 0, on((*subsurface).sync)},
		{"set_desync", "", 0, on((*subsurface).desync)},
	}}
)

// subsurfaceRole is that of a surface which is part of another one.
const subsurfaceRole = "wl_subsurface"

// A subsurface ties a surface to the one of which it is a part.
type subsurface struct {
	surface *surface
	parent  *surface // nil when that is gone
	free    bool     // whether its commits do not wait for the parent's
}

func createSubsurface(c *client, o *object, a []value) error {
	const badSurface, badParent = 0, 1
	child, ok := a[1].object.data.(*surface)
	parent, ok2 := a[2].object.data.(*surface)
	if !ok || !ok2 {
		return breach(o.id, invalidObject, "a part and its whole are surfaces")
	}
	if child.sub != nil || child.xdg != nil || child.role != "" && child.role != subsurfaceRole {
		return breach(o.id, badSurface, "a surface has a role already")
	}
	for above := parent; above != nil; {
		if above == child {
			return breach(o.id, badParent, "a surface is no part of itself")
		}
		if above.sub == nil {
			break
		}
		above = above.sub.parent
	}
	child.role = subsurfaceRole
	child.sub = &subsurface{surface: child, parent: parent}
	parent.children = append(parent.children, child)
	c.create(a[0].id(), subsurfaceKind, o.version, child.sub)
	return nil
}

// leave parts the two surfaces.
func (s *subsurface) leave() {
	if s.parent != nil {
		s.parent.children = slices.DeleteFunc(s.parent.children, func(x *surface) bool { return x == s.surface })
	}
	if s.surface != nil {
		s.surface.sub = nil
	}
	s.parent, s.surface = nil, nil
}

func (s *subsurface) sync(*client, []value) error {
	s.free = false
	return nil
}

func (s *subsurface) desync(c *client, _ []value) error {
	s.free = true
	if s.surface == nil || s.surface.synchronised() {
		return nil
	}
	return s.surface.apply(c)
}

// synchronised reports whether a surface's commits wait for those of a surface above it.
func (s *surface) synchronised() bool {
	for ; s != nil && s.sub != nil; s = s.sub.parent {
		if !s.sub.free {
			return true
		}
	}
	return false
}
