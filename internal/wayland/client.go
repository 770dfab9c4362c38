//go:build linux

package wayland

import (
	"errors"
	"net"
	"slices"
	"time"
)

const (
	displayID   = 1          // the number of wl_display
	maxClientID = 0xfeffffff // the numbers above are the server's, and it makes no objects

	// The errors of wl_display, which any object may be blamed with.
	invalidObject = 0
	invalidMethod = 1
	noMemory      = 2
)

// A client is one connected program. All of it belongs to the goroutine of run, but for conn's events and what a
// buffer says about itself.
type client struct {
	display *Display
	conn    *conn
	objects map[uint32]*object
	outputs []*object
	serial  uint32
	shownAt time.Duration // when a picture was shown last, by the monotonic clock
}

// An object is one thing that the client talks about, under a number of its choice.
type object struct {
	id      uint32
	kind    *kind
	version uint32
	data    any // what its requests work on; nil where they do nothing
}

// A kind is one interface of the protocol.
type kind struct {
	name     string
	requests []method // by their opcode
}

// A method is one request of an interface.
type method struct {
	name      string
	signature string // see client.args
	since     uint32 // the interface's version; 0 = the first
	do        handler
}

type handler func(c *client, o *object, a []value) error

// on makes a handler of a method of an object's data.
func on[T any](do func(data T, c *client, a []value) error) handler {
	return func(c *client, o *object, a []value) error { return do(o.data.(T), c, a) }
}

// ignore is the handler of what makes no difference to a picture.
func ignore(*client, *object, []value) error { return nil }

// destroy is the handler that ends an object on which nothing else depends.
func destroy(c *client, o *object, _ []value) error {
	c.remove(o)
	return nil
}

func newClient(d *Display, sock *net.UnixConn) *client {
	c := &client{display: d, conn: &conn{sock: sock}, objects: map[uint32]*object{}}
	c.create(displayID, displayKind, 1, nil)
	return c
}

// run answers requests until the program leaves or breaks the protocol, of which it is told.
func (c *client) run() {
	defer func() {
		for _, o := range c.objects {
			switch data := o.data.(type) {
			case *pool:
				data.drop()
			case *buffer:
				data.pool.drop()
			}
		}
		c.conn.close()
	}()
	for {
		m, err := c.conn.next()
		if err == nil {
			err = c.answer(m)
		}
		if v := (*violation)(nil); errors.As(err, &v) {
			c.conn.send(displayID, 0, v.object, v.code, v.text)
			c.conn.flush()
		}
		if err != nil {
			return
		}
	}
}

func (c *client) answer(m message) error {
	o := c.objects[m.object]
	if o == nil {
		return breach(displayID, invalidObject, "a request to object %d, which is not there", m.object)
	}
	if m.opcode >= len(o.kind.requests) || o.kind.requests[m.opcode].since > o.version {
		return breach(o.id, invalidMethod, "%s of version %d has no request %d", o.kind.name, o.version, m.opcode)
	}
	r := o.kind.requests[m.opcode]
	a, err := c.args(o, r.signature, m.body)
	if err != nil {
		return err
	}
	return r.do(c, o, a)
}

func (c *client) create(id uint32, k *kind, version uint32, data any) *object {
	o := &object{id: id, kind: k, version: version, data: data}
	c.objects[id] = o
	return o
}

// remove forgets an object and tells the client that its number is free.
func (c *client) remove(o *object) {
	delete(c.objects, o.id)
	c.outputs = slices.DeleteFunc(c.outputs, func(x *object) bool { return x == o })
	c.conn.send(displayID, 1, o.id)
}

// done answers a callback, which ends it.
func (c *client) done(callback *object, data uint32) {
	c.conn.send(callback.id, 0, data)
	c.remove(callback)
}

func (c *client) nextSerial() uint32 {
	c.serial++
	return c.serial
}
