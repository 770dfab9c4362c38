package wayland

import (
	"fmt"
	"image"
	"net"
	"os"
	"sync"
)

// A client is one connected program.
type client struct {
	display *Display

	mu      sync.Mutex // guards what follows: releases come from other goroutines
	conn    *conn
	objects map[uint32]object
	serial  uint32
	windows int
}

// An object answers the requests that are made to it.
type object interface {
	request(c *client, id uint32, opcode uint16, a *args) error
}

var debug = os.Getenv("WL_DEBUG") != ""

func newClient(d *Display, sock *net.UnixConn) *client {
	c := &client{display: d, conn: &conn{sock: sock}}
	c.objects = map[uint32]object{1: displayObject{}}
	return c
}

// run answers requests until the program leaves or breaks the protocol.
func (c *client) run() {
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, o := range c.objects {
			switch o := o.(type) {
			case *pool:
				o.drop()
			case *buffer:
				o.pool.drop()
			}
		}
		c.objects = nil
		c.conn.close()
	}()
	for {
		r, err := c.conn.next()
		if err != nil {
			if debug {
				fmt.Fprintln(os.Stderr, "wl end:", err)
			}
			return
		}
		c.mu.Lock()
		o := c.objects[r.object]
		if debug {
			fmt.Fprintf(os.Stderr, "wl %d %T %d %d bytes\n", r.object, o, r.opcode, len(r.args.data))
		}
		if o == nil {
			// A request to something that was destroyed by us never happens here; the client is wrong.
			c.mu.Unlock()
			if debug {
				fmt.Fprintln(os.Stderr, "wl: no object", r.object)
			}
			return
		}
		err = o.request(c, r.object, r.opcode, &r.args)
		if err == nil {
			err = r.args.bad
		}
		if err == nil {
			err = c.conn.flush()
		}
		c.mu.Unlock()
		if err != nil {
			if debug {
				fmt.Fprintln(os.Stderr, "wl error:", err)
			}
			return
		}
	}
}

func (c *client) add(id uint32, o object) { c.objects[id] = o }

// remove forgets an object and tells the client that its number is free.
func (c *client) remove(id uint32) {
	delete(c.objects, id)
	c.conn.send(1, 1, id)
}

func (c *client) nextSerial() uint32 {
	c.serial++
	return c.serial
}

// globals are what a client may bind, in the order of their numbers from 1.
var globals = []struct {
	name    string
	version int
}{
	{"wl_compositor", 4},
	{"wl_shm", 1},
	{"wl_subcompositor", 1},
	{"xdg_wm_base", 2},
	{"wl_output", 2},
	{"wl_seat", 4},
	{"wp_viewporter", 1},
}

type displayObject struct{}

func (displayObject) request(c *client, id uint32, opcode uint16, a *args) error {
	switch opcode {
	case 0: // sync
		cb := a.uint()
		c.conn.send(cb, 0, c.nextSerial())
		c.conn.send(1, 1, cb)
	case 1: // get_registry
		reg := a.uint()
		c.add(reg, registry{})
		for i, g := range globals {
			c.conn.send(reg, 0, uint32(i+1), g.name, uint32(g.version))
		}
	}
	return nil
}

type registry struct{}

func (registry) request(c *client, _ uint32, _ uint16, a *args) error {
	n, name, version, id := a.uint(), a.string(), a.uint(), a.uint()
	if n < 1 || int(n) > len(globals) || globals[n-1].name != name {
		return fmt.Errorf("no global %d %q", n, name)
	}
	switch name {
	case "wl_compositor":
		c.add(id, compositor{})
	case "wl_shm":
		c.add(id, shm{})
		c.conn.send(id, 0, uint32(0)) // ARGB8888
		c.conn.send(id, 0, uint32(1)) // XRGB8888
	case "wl_subcompositor":
		c.add(id, subcompositor{})
	case "xdg_wm_base":
		c.add(id, wmBase{})
	case "wl_output":
		c.add(id, inert{})
		size, scale := c.display.size, c.display.scale
		c.conn.send(id, 0, 0, 0, 0, 0, 0, "hframes", "none", 0)
		c.conn.send(id, 1, uint32(3), size.X, size.Y, 60000)
		if version >= 2 {
			c.conn.send(id, 3, scale)
			c.conn.send(id, 2)
		}
	case "wl_seat":
		c.add(id, inert{})
		c.conn.send(id, 0, uint32(0))
		if version >= 2 {
			c.conn.send(id, 1, "none")
		}
	case "wp_viewporter":
		c.add(id, viewporter{})
	}
	return nil
}

// inert takes any request and does nothing.
type inert struct{}

func (inert) request(c *client, id uint32, opcode uint16, a *args) error { return nil }

type compositor struct{}

func (compositor) request(c *client, _ uint32, opcode uint16, a *args) error {
	switch id := a.uint(); opcode {
	case 0:
		c.add(id, &surface{})
	case 1:
		c.add(id, region{})
	}
	return nil
}

type region struct{}

func (region) request(c *client, id uint32, opcode uint16, a *args) error {
	if opcode == 0 {
		c.remove(id)
	}
	return nil
}

type subcompositor struct{}

func (subcompositor) request(c *client, _ uint32, opcode uint16, a *args) error {
	if opcode == 1 {
		id, child, parent := a.uint(), a.uint(), a.uint()
		s, _ := c.objects[child].(*surface)
		p, _ := c.objects[parent].(*surface)
		if s == nil || p == nil {
			return fmt.Errorf("a subsurface of nothing")
		}
		s.parent = p
		c.add(id, destroyable{})
	}
	return nil
}

// destroyable takes requests and does nothing; the first of its opcodes ends it.
type destroyable struct{}

func (destroyable) request(c *client, id uint32, opcode uint16, a *args) error {
	if opcode == 0 {
		c.remove(id)
	}
	return nil
}

type viewporter struct{}

func (viewporter) request(c *client, _ uint32, opcode uint16, a *args) error {
	if opcode == 1 {
		c.add(a.uint(), destroyable{})
	}
	return nil
}

type shm struct{}

func (shm) request(c *client, _ uint32, opcode uint16, a *args) error {
	if opcode != 0 {
		return nil
	}
	id, fd, size := a.uint(), a.fd(), a.int()
	if a.bad != nil {
		return a.bad
	}
	p, err := newPool(fd, size)
	if err != nil {
		return err
	}
	c.add(id, p)
	return nil
}

func (p *pool) request(c *client, id uint32, opcode uint16, a *args) error {
	switch opcode {
	case 0:
		id := a.uint()
		b := &buffer{pool: p, offset: a.int(), width: a.int(), height: a.int(), stride: a.int()}
		if b.offset < 0 || b.width < 1 || b.height < 1 || b.stride < 4*b.width || b.offset+b.stride*b.height > len(p.data) {
			return fmt.Errorf("a buffer outside its memory")
		}
		p.hold()
		c.add(id, b)
	case 1:
		p.drop()
		c.remove(id)
	case 2:
		return p.resize(a.int())
	}
	return nil
}

type buffer struct {
	pool                          *pool
	offset, width, height, stride int
}

func (b *buffer) request(c *client, id uint32, opcode uint16, a *args) error {
	if opcode == 0 {
		b.pool.drop()
		c.remove(id)
	}
	return nil
}

// A surface collects what changes until it is committed.
type surface struct {
	parent   *surface
	window   int // its number + 1; 0 = none
	attached bool
	buffer   uint32
	damage   image.Rectangle
	frame    []uint32 // callbacks
}

func (s *surface) request(c *client, id uint32, opcode uint16, a *args) error {
	switch opcode {
	case 0:
		c.remove(id)
	case 1:
		s.buffer, s.attached = a.uint(), true
	case 2, 9:
		x, y, w, h := a.int(), a.int(), a.int(), a.int()
		s.damage = s.damage.Union(image.Rect(x, y, x+min(w, 1<<20), y+min(h, 1<<20)))
	case 3:
		s.frame = append(s.frame, a.uint())
	case 6:
		return s.commit(c)
	}
	return nil
}

func (s *surface) commit(c *client) error {
	if debug {
		fmt.Fprintf(os.Stderr, "wl commit window %d sub %v buffer %d %v damage %v\n", s.window, s.parent != nil, s.buffer, s.attached, s.damage)
	}
	if s.attached {
		if b, ok := c.objects[s.buffer].(*buffer); ok {
			c.present(s, b)
		}
	}
	for _, cb := range s.frame {
		c.conn.send(cb, 0, uint32(0))
		c.conn.send(1, 1, cb)
	}
	s.attached, s.frame, s.damage = false, nil, image.Rectangle{}
	return nil
}

// present hands a picture over. A window's picture may be on a surface below its own.
func (c *client) present(s *surface, b *buffer) {
	id := s.buffer
	release := func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.objects != nil && c.objects[id] == object(b) {
			c.conn.send(id, 0)
			c.conn.flush()
		}
		b.pool.drop()
	}
	b.pool.hold()
	top := s
	for top.parent != nil {
		top = top.parent
	}
	f := &Frame{Pix: b.pool.data[b.offset : b.offset+b.stride*b.height], Stride: b.stride, Width: b.width, Height: b.height, Damage: s.damage}
	f.release = sync.OnceFunc(func() { go release() })
	c.display.frames(top.window-1, f)
}

type wmBase struct{}

func (wmBase) request(c *client, _ uint32, opcode uint16, a *args) error {
	switch opcode {
	case 1:
		c.add(a.uint(), destroyable{})
	case 2:
		id := a.uint()
		s, _ := c.objects[a.uint()].(*surface)
		if s == nil {
			return fmt.Errorf("a window without a surface")
		}
		c.add(id, &xdgSurface{surface: s})
	}
	return nil
}

type xdgSurface struct{ surface *surface }

func (x *xdgSurface) request(c *client, id uint32, opcode uint16, a *args) error {
	switch opcode {
	case 0:
		c.remove(id)
	case 1:
		c.windows++
		x.surface.window = c.windows
		top := a.uint()
		c.add(top, destroyable{})
		size, scale := c.display.size, c.display.scale
		c.conn.send(top, 0, size.X/scale, size.Y/scale, []uint32{2, 4}) // fullscreen, activated
		c.conn.send(id, 0, c.nextSerial())
	case 2:
		c.add(a.uint(), destroyable{})
	}
	return nil
}
