//go:build linux

package wayland

import "time"

// A global is what a client may bind.
type global struct {
	kind    *kind
	version uint32
	bound   func(c *client, o *object) // tells what the client must know of it
}

// globals returns them in the order of their numbers from 1. The versions are the lowest with which Chromium shows
// windows in the size and scale we ask for.
func globals() []global {
	nothing := func(*client, *object) {}
	return []global{
		{compositorKind, 4, nothing},
		{shmKind, 1, func(c *client, o *object) {
			c.conn.send(o.id, 0, uint32(argb8888))
			c.conn.send(o.id, 0, uint32(xrgb8888))
		}},
		{subcompositorKind, 1, nothing},
		{wmBaseKind, 2, nothing},
		{outputKind, 2, describeOutput},
		{seatKind, 4, func(c *client, o *object) {
			c.conn.send(o.id, 0, uint32(0)) // no pointer, no keyboard, no touch
			if o.version >= 2 {
				c.conn.send(o.id, 1, "none")
			}
		}},
		{viewporterKind, 1, nothing},
		{presentationKind, 1, tellClock},
	}
}

var (
	displayKind = &kind{"wl_display", []method{
		{"sync", "n", 0, func(c *client, o *object, a []value) error {
			c.done(c.create(a[0].id(), callbackKind, 1, nil), c.nextSerial())
			return nil
		}},
		{"get_registry", "n", 0, func(c *client, o *object, a []value) error {
			registry := c.create(a[0].id(), registryKind, 1, nil)
			for i, g := range globals() {
				c.conn.send(registry.id, 0, i+1, g.kind.name, g.version)
			}
			return nil
		}},
	}}
	registryKind = &kind{"wl_registry", []method{{"bind", "usun", 0, bind}}}
	callbackKind = &kind{"wl_callback", nil}
	outputKind   = &kind{"wl_output", nil}
	seatKind     = &kind{"wl_seat", []method{
		{"get_pointer", "n", 0, noInput},
		{"get_keyboard", "n", 0, noInput},
		{"get_touch", "n", 0, noInput},
	}}
)

func bind(c *client, o *object, a []value) error {
	number, name, version, id := a[0].id(), a[1].s, a[2].id(), a[3].id()
	list := globals()
	if number < 1 || int64(number) > int64(len(list)) || list[number-1].kind.name != name {
		return breach(o.id, invalidObject, "there is no global %d %q", number, name)
	}
	g := list[number-1]
	if version < 1 || version > g.version {
		return breach(o.id, invalidObject, "%s is offered up to version %d, not %d", name, g.version, version)
	}
	g.bound(c, c.create(id, g.kind, version, nil))
	return nil
}

func describeOutput(c *client, o *object) {
	size, scale := c.display.size, c.display.scale
	const current, preferred = 1, 2
	c.conn.send(o.id, 0, 0, 0, 0, 0, 0, "hframes", "none", 0)
	c.conn.send(o.id, 1, current|preferred, size.X, size.Y, int(1000*time.Second/leastRefresh))
	if o.version >= 2 {
		c.conn.send(o.id, 3, scale)
		c.conn.send(o.id, 2)
	}
	c.outputs = append(c.outputs, o)
}

func noInput(_ *client, o *object, _ []value) error {
	const missingCapability = 0
	return breach(o.id, missingCapability, "this seat has no input")
}
