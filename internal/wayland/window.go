//go:build linux

package wayland

var (
	wmBaseKind = &kind{"xdg_wm_base", []method{
		{"destroy", "", 0, destroy},
		{"create_positioner", "n", 0, func(c *client, o *object, a []value) error {
			c.create(a[0].id(), positionerKind, o.version, nil)
			return nil
		}},
		{"get_xdg_surface", "no", 0, createXDGSurface},
		{"pong", "u", 0, ignore},
	}}
	positionerKind = &kind{"xdg_positioner", []method{
		{"destroy", "", 0, destroy},
		{"set_size", "ii", 0, ignore},
		{"set_anchor_rect", "iiii", 0, ignore},
		{"set_anchor", "u", 0, ignore},
		{"set_gravity", "u", 0, ignore},
		{"set_constraint_adjustment", "u", 0, ignore},
		{"set_offset", "ii", 0, ignore},
	}}
	xdgSurfaceKind = &kind{"xdg_surface", []method{
		{"destroy", "", 0, on((*xdgSurface).destroy)},
		{"get_toplevel", "n", 0, on((*xdgSurface).createWindow)},
		{"get_popup", "nOo", 0, on((*xdgSurface).createPopup)},
		{"set_window_geometry", "iiii", 0, ignore},
		{"ack_configure", "u", 0, on((*xdgSurface).acknowledge)},
	}}
	toplevelKind = &kind{"xdg_toplevel", []method{
		{"destroy", "", 0, on((*xdgSurface).destroyRole)},
		{"set_parent", "O", 0, ignore},
		{"set_title", "s", 0, ignore},
		{"set_app_id", "s", 0, ignore},
		{"show_window_menu", "ouii", 0, ignore},
		{"move", "ou", 0, ignore},
		{"resize", "ouu", 0, ignore},
		{"set_max_size", "ii", 0, ignore},
		{"set_min_size", "ii", 0, ignore},
		{"set_maximized", "", 0, on((*xdgSurface).askAgain)},
		{"unset_maximized", "", 0, on((*xdgSurface).askAgain)},
		{"set_fullscreen", "O", 0, on((*xdgSurface).askAgain)},
		{"unset_fullscreen", "", 0, on((*xdgSurface).askAgain)},
		{"set_minimized", "", 0, ignore},
	}}
	popupKind = &kind{"xdg_popup", []method{
		{"destroy", "", 0, on((*xdgSurface).destroyRole)},
		{"grab", "ou", 0, ignore},
	}}
)

const (
	// wmRole is the error of xdg_wm_base about a surface's role.
	wmRole = 0

	// The errors of xdg_surface.
	alreadyConstructed = 2
	unconfiguredBuffer = 3
	invalidSerial      = 4
	defunctRole        = 6
)

// A window is one that a user would see, had the program any.
type window struct {
	number int
	last   *surface // whose picture was handed over last
}

// An xdgSurface makes a surface a window or a popup.
type xdgSurface struct {
	object  *object
	base    *object
	surface *surface
	role    *object // its toplevel or its popup
	window  *window // that of the toplevel
	asked   bool    // whether it was told its size
	mapped  bool    // whether it has a picture
	first   uint32  // the serials that it may acknowledge
	last    uint32
	ready   bool // whether it did
}

func createXDGSurface(c *client, o *object, a []value) error {
	s, err := surfaceOf(o, a[1])
	if err != nil {
		return err
	}
	if s.xdg != nil || s.sub != nil || s.role == subsurfaceRole {
		return breach(o.id, wmRole, "a surface has a role already")
	}
	if s.pending.buffer != nil {
		const invalidState = 4
		return breach(o.id, invalidState, "a surface has a picture before it is a window")
	}
	s.xdg = &xdgSurface{base: o, surface: s}
	s.xdg.object = c.create(a[0].id(), xdgSurfaceKind, o.version, s.xdg)
	return nil
}

func (x *xdgSurface) destroy(c *client, _ []value) error {
	if x.role != nil {
		return breach(x.object.id, defunctRole, "an xdg_surface goes before its window")
	}
	x.surface.xdg = nil
	c.remove(x.object)
	return nil
}

func (x *xdgSurface) createWindow(c *client, a []value) error {
	if err := x.construct(c, a[0].id(), toplevelKind); err != nil {
		return err
	}
	x.window = &window{number: int(c.display.windows.Add(1)) - 1}
	return nil
}

func (x *xdgSurface) createPopup(c *client, a []value) error {
	return x.construct(c, a[0].id(), popupKind)
}

func (x *xdgSurface) construct(c *client, id uint32, k *kind) error {
	if x.role != nil {
		return breach(x.object.id, alreadyConstructed, "an xdg_surface is one window")
	}
	if x.surface.role != "" && x.surface.role != k.name {
		return breach(x.base.id, wmRole, "a surface was a %s before", x.surface.role)
	}
	x.surface.role = k.name
	x.role = c.create(id, k, x.object.version, x)
	return nil
}

func (x *xdgSurface) destroyRole(c *client, _ []value) error {
	c.remove(x.role)
	x.role, x.window = nil, nil
	x.unmap()
	return nil
}

func (x *xdgSurface) unmap() { x.asked, x.ready, x.mapped = false, false, false }

// commit is called before a commit of the surface. The first one asks for a size; then there may be a picture.
func (x *xdgSurface) commit(c *client, s *state) error {
	switch {
	case s.buffer != nil && !x.ready:
		return breach(x.object.id, unconfiguredBuffer, "a window has a picture before it knows its size")
	case s.buffer != nil && !x.mapped:
		x.mapped = true
		for _, o := range c.outputs {
			c.conn.send(x.surface.object.id, 0, o.id)
		}
	case s.attached && s.buffer == nil && x.mapped:
		x.unmap()
	case !x.asked && x.role != nil:
		x.asked, x.first = true, c.serial+1
		x.ask(c)
	}
	return nil
}

func (x *xdgSurface) askAgain(c *client, _ []value) error {
	if x.asked {
		x.ask(c)
	}
	return nil
}

// ask tells a window its size. A popup is told to go away: nobody asked for it.
func (x *xdgSurface) ask(c *client) {
	if x.window == nil {
		c.conn.send(x.role.id, 1)
		return
	}
	const fullscreen, activated = 2, 4
	size := c.display.size.Div(c.display.scale)
	c.conn.send(x.role.id, 0, size.X, size.Y, []uint32{fullscreen, activated})
	x.last = c.nextSerial()
	c.conn.send(x.object.id, 0, x.last)
}

func (x *xdgSurface) acknowledge(_ *client, a []value) error {
	if serial := a[0].id(); !x.asked || serial < x.first || serial > x.last {
		return breach(x.object.id, invalidSerial, "nothing was asked with serial %d", serial)
	}
	x.ready = true
	return nil
}
