//go:build linux

package wayland

import (
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Formats of pixels, and the errors of wl_shm.
const (
	argb8888 = 0
	xrgb8888 = 1

	invalidFormat = 0
	invalidStride = 1
	invalidFile   = 2
)

var (
	shmKind  = &kind{"wl_shm", []method{{"create_pool", "nhi", 0, createPool}}}
	poolKind = &kind{"wl_shm_pool", []method{
		{"create_buffer", "niiiiu", 0, on((*pool).createBuffer)},
		{"destroy", "", 0, func(c *client, o *object, _ []value) error {
			o.data.(*pool).drop()
			c.remove(o)
			return nil
		}},
		{"resize", "i", 0, on((*pool).resize)},
	}}
	bufferKind = &kind{"wl_buffer", []method{{"destroy", "", 0, on((*buffer).destroy)}}}
)

// A mapping is a file in our memory. It lives until its pool has another one and its last Frame is released.
type mapping struct {
	data []byte
	refs atomic.Int32
}

func (m *mapping) drop() {
	if m.refs.Add(-1) == 0 {
		unix.Munmap(m.data)
	}
}

// A pool is a file that the program shares. It lives as long as a buffer of it does.
type pool struct {
	object  *object
	fd      int
	mapping *mapping
	refs    int // the pool's object and its buffers
}

func createPool(c *client, o *object, a []value) error {
	p := &pool{fd: int(a[1].n), refs: 1}
	if err := p.remap(o.id, int64(a[2].n)); err != nil {
		unix.Close(p.fd)
		return err
	}
	p.object = c.create(a[0].id(), poolKind, o.version, p)
	return nil
}

// remap maps the file's first size bytes in place of what was mapped before. The object is the one to blame.
func (p *pool) remap(object uint32, size int64) error {
	if size <= 0 || !p.holds(size) {
		return breach(object, invalidFile, "a pool of %d bytes is larger than its file", size)
	}
	data, err := unix.Mmap(p.fd, 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return breach(object, invalidFile, "map the memory of a pool: %v", err)
	}
	if p.mapping != nil {
		p.mapping.drop()
	}
	p.mapping = &mapping{data: data}
	p.mapping.refs.Store(1)
	return nil
}

// holds reports whether the file has size bytes, without which a look at its memory is a fault.
func (p *pool) holds(size int64) bool {
	var st unix.Stat_t
	return unix.Fstat(p.fd, &st) == nil && st.Size >= size
}

func (p *pool) resize(_ *client, a []value) error {
	if size := int64(a[0].n); size < int64(len(p.mapping.data)) {
		return breach(p.object.id, invalidFile, "a pool cannot shrink from %d to %d bytes", len(p.mapping.data), size)
	}
	return p.remap(p.object.id, int64(a[0].n))
}

func (p *pool) drop() {
	if p.refs--; p.refs == 0 {
		p.mapping.drop()
		unix.Close(p.fd)
	}
}

// A buffer is a part of a pool that holds a picture.
type buffer struct {
	object         *object
	pool           *pool
	offset, stride int64 // bytes
	width, height  int   // px
	gone           bool  // whether the program destroyed it; guarded by conn.mu
}

func (p *pool) createBuffer(c *client, a []value) error {
	b := &buffer{pool: p, offset: int64(a[1].n), width: int(a[2].n), height: int(a[3].n), stride: int64(a[4].n)}
	if format := a[5].id(); format != argb8888 && format != xrgb8888 {
		return breach(p.object.id, invalidFormat, "pixels of the format %#x", format)
	}
	if b.offset < 0 || b.width < 1 || b.height < 1 || b.stride < 4*int64(b.width) || b.offset+b.stride*int64(b.height) > int64(len(p.mapping.data)) {
		return breach(p.object.id, invalidStride, "a buffer of %d×%d px, %d bytes a row, from byte %d is outside its pool", b.width, b.height, b.stride, b.offset)
	}
	p.refs++
	b.object = c.create(a[0].id(), bufferKind, 1, b)
	return nil
}

func (b *buffer) destroy(c *client, _ []value) error {
	c.conn.mu.Lock()
	b.gone = true
	c.conn.mu.Unlock()
	b.pool.drop()
	c.remove(b.object)
	return nil
}

// release tells the program at once that it may draw into a buffer. It may be called from any goroutine.
func (c *client) release(b *buffer) {
	c.conn.mu.Lock()
	defer c.conn.mu.Unlock()
	if !b.gone {
		c.conn.put(b.object.id, 0)
		c.conn.write()
	}
}
