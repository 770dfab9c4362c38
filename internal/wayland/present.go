//go:build linux

package wayland

import (
	"image"
	"runtime/debug"
	"sync"
)

// present hands a surface's new picture over, or gives it back if it does not fill its window: Chromium lays a plain
// one of a few px below what it draws. One that is larger is cut: Chromium makes no window narrower than about 530 px.
func (c *client) present(s *surface, now *state) error {
	b, w := now.buffer, s.window()
	if w == nil || b == nil || b.gone { // gone is changed by this goroutine only
		if w != nil && w.last == s {
			w.last = nil
		}
		c.discard(now)
		return nil
	}
	var viewport uint32
	if s.viewport != nil {
		viewport = s.viewport.object.id
	}
	if b.width%now.view.scale != 0 || b.height%now.view.scale != 0 {
		return breach(s.object.id, invalidSize, "a buffer of %d×%d px with scale %d", b.width, b.height, now.view.scale)
	}
	shown, err := now.view.crop(b, viewport)
	if err != nil {
		return err
	}
	size := c.display.size
	if now.view.turned || shown.Dx() < size.X || shown.Dy() < size.Y {
		c.discard(now)
		return nil
	}
	all := image.Rectangle{Max: size}
	damage := now.damage(shown).Intersect(all)
	if w.last != s {
		damage = all
	}
	w.last = s
	start := b.offset + int64(shown.Min.Y)*b.stride + 4*int64(shown.Min.X)
	end := start + int64(size.Y-1)*b.stride + 4*int64(size.X)
	if !b.pool.holds(end) {
		return breach(b.object.id, noMemory, "a buffer's file was cut off")
	}
	m := b.pool.mapping
	m.refs.Add(1)
	f := &Frame{Pix: m.data[start:end:end], Stride: int(b.stride), Width: size.X, Height: size.Y, Damage: damage}
	f.release = sync.OnceFunc(func() {
		c.release(b)
		m.drop()
	})
	c.conn.flush()
	return c.show(w.number, f, b.object.id)
}

// show calls frames. When it stumbles over memory that the program took away, the program is to blame, not we.
func (c *client) show(window int, f *Frame, buffer uint32) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		r := recover()
		if _, fault := r.(interface{ Addr() uintptr }); fault {
			f.Release()
			err = breach(buffer, noMemory, "a buffer's file was cut off")
		} else if r != nil {
			panic(r)
		}
	}()
	c.display.frames(window, f)
	return nil
}
