//go:build linux

package wayland

import (
	"fmt"
	"image"
	"testing"
)

// A program that breaks the protocol is told which object and which error of its interface it is, as the browser then
// prints it.
func TestViolations(t *testing.T) {
	tests := []struct {
		name string
		do   func(p *program, w *testWindow) (object uint32) // the one to blame
		code uint32
		text string
	}{
		{"no such object", func(p *program, _ *testWindow) uint32 {
			p.request(777, 0)
			return displayID
		}, invalidObject, "a request to object 777, which is not there"},
		{"no such request", func(p *program, w *testWindow) uint32 {
			p.request(w.surface, 44)
			return w.surface
		}, invalidMethod, "wl_surface of version 4 has no request 44"},
		{"request of a later version", func(p *program, _ *testWindow) uint32 {
			old := p.id()
			p.request(p.registry, 0, uint32(1), "wl_compositor", uint32(1), old)
			s := p.create(old, 0)
			p.request(s, 8, 1)
			return s
		}, invalidMethod, "wl_surface of version 1 has no request 8"},
		{"message without a size", func(p *program, _ *testWindow) uint32 {
			p.wire.sock.Write(make([]byte, 8))
			return displayID
		}, invalidMethod, "a message of 0 bytes"},
		{"too short", func(p *program, w *testWindow) uint32 {
			p.request(w.surface, 2, 1)
			return w.surface
		}, invalidMethod, "wl_surface: a request is too short"},
		{"string longer than its message", func(p *program, w *testWindow) uint32 {
			p.request(w.toplevel, 2, uint32(1<<31))
			return w.toplevel
		}, invalidMethod, "xdg_toplevel: a request is too short"},
		{"number in use", func(p *program, w *testWindow) uint32 {
			p.request(p.compositor, 0, w.surface)
			return p.compositor
		}, invalidObject, "wl_compositor: 11 is no number for a new object"},
		{"number of the server's", func(p *program, _ *testWindow) uint32 {
			p.request(p.compositor, 0, uint32(0xff000000))
			return p.compositor
		}, invalidObject, "wl_compositor: 4278190080 is no number for a new object"},
		{"argument that is not there", func(p *program, w *testWindow) uint32 {
			p.request(w.surface, 1, uint32(500), 0, 0)
			return w.surface
		}, invalidObject, "wl_surface: there is no object 500"},
		{"argument of the wrong kind", func(p *program, w *testWindow) uint32 {
			p.request(w.surface, 1, w.toplevel, 0, 0)
			return w.surface
		}, invalidObject, "xdg_toplevel is no wl_buffer"},
		{"unknown global", func(p *program, _ *testWindow) uint32 {
			p.request(p.registry, 0, uint32(1), "wl_shm", uint32(1), p.id())
			return p.registry
		}, invalidObject, `there is no global 1 "wl_shm"`},
		{"version that is not offered", func(p *program, _ *testWindow) uint32 {
			p.request(p.registry, 0, uint32(2), "wl_shm", uint32(2), p.id())
			return p.registry
		}, invalidObject, "wl_shm is offered up to version 1, not 2"},
		{"input", func(p *program, _ *testWindow) uint32 {
			p.create(p.seat, 0)
			return p.seat
		}, 0, "this seat has no input"},

		{"a presentation of no surface", func(p *program, w *testWindow) uint32 {
			p.request(p.presentation, 1, w.toplevel, p.id())
			return p.presentation
		}, invalidObject, "xdg_toplevel is no wl_surface"},

		{"pool without a file", func(p *program, _ *testWindow) uint32 {
			p.create(p.shm, 0, 100)
			return p.shm
		}, invalidMethod, "wl_shm: a request without its file"},
		{"pool of nothing", func(p *program, _ *testWindow) uint32 {
			p.memory(0)
			return p.shm
		}, invalidFile, "a pool of 0 bytes is larger than its file"},
		{"pool larger than its file", func(p *program, _ *testWindow) uint32 {
			p.send([]int{int(memfd(p.t, 10).Fd())}, p.shm, 0, p.id(), 11)
			return p.shm
		}, invalidFile, "a pool of 11 bytes is larger than its file"},
		{"pool that grows out of its file", func(p *program, _ *testWindow) uint32 {
			m := p.memory(100)
			p.request(m.pool, 2, 101)
			return m.pool
		}, invalidFile, "a pool of 101 bytes is larger than its file"},
		{"pool that shrinks", func(p *program, _ *testWindow) uint32 {
			m := p.memory(100)
			p.request(m.pool, 2, 99)
			return m.pool
		}, invalidFile, "a pool cannot shrink from 100 to 99 bytes"},
		{"buffer outside its pool", func(p *program, _ *testWindow) uint32 {
			m := p.memory(100)
			p.create(m.pool, 0, 1, 5, 5, 20, uint32(argb8888))
			return m.pool
		}, invalidStride, "a buffer of 5×5 px, 20 bytes a row, from byte 1 is outside its pool"},
		{"buffer far outside its pool", func(p *program, _ *testWindow) uint32 {
			m := p.memory(100)
			p.create(m.pool, 0, 0, 5, 0x7fffffff, 0x7fffffff, uint32(argb8888))
			return m.pool
		}, invalidStride, "a buffer of 5×2147483647 px, 2147483647 bytes a row, from byte 0 is outside its pool"},
		{"another format", func(p *program, _ *testWindow) uint32 {
			m := p.memory(100)
			p.create(m.pool, 0, 0, 5, 5, 20, uint32(0x34325258))
			return m.pool
		}, invalidFormat, "pixels of the format 0x34325258"},

		{"buffer scale 0", func(p *program, w *testWindow) uint32 {
			p.request(w.surface, 8, 0)
			return w.surface
		}, invalidScale, "a buffer's scale is 1 or more, not 0"},
		{"transform 8", func(p *program, w *testWindow) uint32 {
			p.request(w.surface, 7, 8)
			return w.surface
		}, invalidTransform, "there is no transform 8"},
		{"buffer that its scale does not divide", func(p *program, w *testWindow) uint32 {
			p.request(w.surface, 8, 3)
			p.show(w.surface, p.buffer(p.memory(smallBytes), 0, 8, 6, 1))
			return w.surface
		}, invalidSize, "a buffer of 8×6 px with scale 3"},
		{"part of itself", func(p *program, w *testWindow) uint32 {
			whole := p.create(p.compositor, 0)
			part, _ := p.part(whole)
			p.create(p.subcompositor, 1, whole, part)
			return p.subcompositor
		}, 1, "a surface is no part of itself"},
		{"part that is a window", func(p *program, w *testWindow) uint32 {
			p.create(p.subcompositor, 1, w.surface, p.create(p.compositor, 0))
			return p.subcompositor
		}, 0, "a surface has a role already"},

		{"second viewport", func(p *program, w *testWindow) uint32 {
			p.create(p.viewporter, 1, w.surface)
			p.create(p.viewporter, 1, w.surface)
			return p.viewporter
		}, 0, "a surface has a viewport already"},
		{"source of nothing", func(p *program, w *testWindow) uint32 {
			v := p.create(p.viewporter, 1, w.surface)
			p.request(v, 1, 0, 0, 0, 256)
			return v
		}, badValue, "a source of nothing"},
		{"destination of nothing", func(p *program, w *testWindow) uint32 {
			v := p.create(p.viewporter, 1, w.surface)
			p.request(v, 2, 0, 1)
			return v
		}, badValue, "a size of nothing"},
		{"source outside its buffer", func(p *program, w *testWindow) uint32 {
			v := p.create(p.viewporter, 1, w.surface)
			p.request(v, 1, 256, 0, 8*256, 6*256)
			p.show(w.surface, p.buffer(p.memory(smallBytes), 0, 8, 6, 1))
			return v
		}, outOfBuffer, "a source outside its buffer"},
		{"source of broken size", func(p *program, w *testWindow) uint32 {
			v := p.create(p.viewporter, 1, w.surface)
			p.request(v, 1, 0, 0, 128, 256)
			p.show(w.surface, p.buffer(p.memory(smallBytes), 0, 8, 6, 1))
			return v
		}, badSize, "a source of broken size without a destination"},
		{"viewport of a surface that is gone", func(p *program, w *testWindow) uint32 {
			s := p.create(p.compositor, 0)
			v := p.create(p.viewporter, 1, s)
			p.request(s, 0)
			p.request(v, 2, 1, 1)
			return v
		}, noSurface, "the viewport's surface is gone"},

		{"second window on a surface", func(p *program, w *testWindow) uint32 {
			p.create(p.wm, 2, w.surface)
			return p.wm
		}, wmRole, "a surface has a role already"},
		{"second window of a window", func(p *program, w *testWindow) uint32 {
			p.create(w.xdg, 1)
			return w.xdg
		}, alreadyConstructed, "an xdg_surface is one window"},
		{"picture before a window has its size", func(p *program, w *testWindow) uint32 {
			s := p.create(p.compositor, 0)
			xdg := p.create(p.wm, 2, s)
			p.create(xdg, 1)
			p.show(s, p.buffer(p.memory(smallBytes), 0, 8, 6, 1))
			return xdg
		}, unconfiguredBuffer, "a window has a picture before it knows its size"},
		{"serial of nothing", func(p *program, w *testWindow) uint32 {
			p.request(w.xdg, 4, uint32(12345))
			return w.xdg
		}, invalidSerial, "nothing was asked with serial 12345"},
		{"surface before its window", func(p *program, w *testWindow) uint32 {
			p.request(w.surface, 0)
			return p.wm
		}, wmRole, "a surface goes before its window"},
		{"xdg_surface before its window", func(p *program, w *testWindow) uint32 {
			p.request(w.xdg, 0)
			return w.xdg
		}, defunctRole, "an xdg_surface goes before its window"},
	}
	d, _ := listen(t, image.Pt(8, 6), 1)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := connect(t, d)
			p.bind()
			w := p.window()
			object := tt.do(p, w)
			if got, want := p.fault(), fmt.Sprintf("%d %d %s", object, tt.code, tt.text); got != want {
				t.Errorf("the program is told\n%q, want\n%q", got, want)
			}
		})
	}
}
