//go:build linux

package wayland

import (
	"encoding/binary"
	"fmt"
	"image"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

// A picture is a Frame with its window.
type picture struct {
	window int
	*Frame
}

// listen starts a display whose frames go to a channel.
func listen(t *testing.T, size image.Point, scale int) (*Display, <-chan picture) {
	t.Helper()
	frames := make(chan picture, 100)
	d, err := Listen(size, scale, func(window int, f *Frame) { frames <- picture{window, f} })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d, frames
}

func take(t *testing.T, frames <-chan picture) picture {
	t.Helper()
	select {
	case p := <-frames:
		return p
	case <-time.After(patience):
		t.Fatal("no picture came")
		panic("unreachable")
	}
}

// An event is what a display tells a program.
type event struct {
	object uint32
	opcode int
	body   []byte
}

func (e event) uint(i int) uint32 { return binary.NativeEndian.Uint32(e.body[4*i:]) }

// A program speaks the protocol as a client does, and as wrongly as a test wants.
type program struct {
	t     *testing.T
	wire  conn // encodes requests
	last  uint32
	in    []byte
	freed []uint32 // numbers of objects that delete_id named

	registry, compositor, shm, subcompositor, wm, output, seat, viewporter, presentation uint32
}

func connect(t *testing.T, d *Display) *program {
	t.Helper()
	env := d.Env()
	name := strings.TrimPrefix(env[0], "XDG_RUNTIME_DIR=")
	sock, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: filepath.Join(name, strings.TrimPrefix(env[1], "WAYLAND_DISPLAY=")), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sock.Close() })
	sock.SetReadDeadline(time.Now().Add(patience))
	return &program{t: t, wire: conn{sock: sock}, last: displayID}
}

// id returns a number for a new object, never one that was used before.
func (p *program) id() uint32 {
	p.last++
	return p.last
}

// request sends one request, with files if there are some.
func (p *program) request(object uint32, opcode uint16, values ...any) {
	p.t.Helper()
	p.send(nil, object, opcode, values...)
}

func (p *program) send(files []int, object uint32, opcode uint16, values ...any) {
	p.t.Helper()
	p.wire.put(object, opcode, values...)
	var oob []byte
	if files != nil {
		oob = unix.UnixRights(files...)
	}
	_, _, err := p.wire.sock.WriteMsgUnix(p.wire.out, oob, nil)
	p.wire.out = p.wire.out[:0]
	if err != nil {
		p.t.Fatal(err)
	}
}

// next waits for an event; the end of the connection is an error.
func (p *program) next() (event, error) {
	for {
		if len(p.in) >= headerSize {
			word := binary.NativeEndian.Uint32(p.in[4:])
			if size := int(word >> 16); len(p.in) >= size {
				e := event{binary.NativeEndian.Uint32(p.in), int(word & 0xffff), p.in[headerSize:size]}
				p.in = p.in[size:]
				if e.object == displayID && e.opcode == 1 {
					p.freed = append(p.freed, e.uint(0))
				}
				return e, nil
			}
		}
		buf := make([]byte, 4096)
		n, err := p.wire.sock.Read(buf)
		if err != nil {
			return event{}, err
		}
		p.in = append(slices.Clip(p.in), buf[:n]...)
	}
}

// wait returns the next event of one kind, past all others; an error of the display fails the test.
func (p *program) wait(object uint32, opcode int) event {
	p.t.Helper()
	for {
		e, err := p.next()
		if err != nil {
			p.t.Fatalf("wait for event %d of object %d: %v", opcode, object, err)
		}
		if e.object == object && e.opcode == opcode {
			return e
		}
		if e.object == displayID && e.opcode == 0 {
			p.t.Fatalf("the display says: object %d, error %d: %s", e.uint(0), e.uint(1), e.body[12:])
		}
	}
}

// sync waits until all requests are answered and returns the events that came.
func (p *program) sync() []event {
	p.t.Helper()
	callback := p.id()
	p.request(displayID, 0, callback)
	var all []event
	for {
		e, err := p.next()
		if err != nil {
			p.t.Fatal(err)
		}
		if e.object == callback {
			return all
		}
		all = append(all, e)
	}
}

// fault waits for the end of the connection and returns what the display said before it.
func (p *program) fault() string {
	p.t.Helper()
	said := ""
	for {
		e, err := p.next()
		if err != nil {
			return said
		}
		if e.object == displayID && e.opcode == 0 {
			said = fmt.Sprintf("%d %d %s", e.uint(0), e.uint(1), e.body[12:12+e.uint(2)-1])
		}
	}
}

// bind binds all globals.
func (p *program) bind() {
	p.t.Helper()
	p.registry = p.id()
	p.request(displayID, 1, p.registry)
	for i, at := range []*uint32{&p.compositor, &p.shm, &p.subcompositor, &p.wm, &p.output, &p.seat, &p.viewporter, &p.presentation} {
		e := p.wait(p.registry, 0)
		name := string(e.body[8 : 8+e.uint(1)-1])
		if e.uint(0) != uint32(i+1) {
			p.t.Fatalf("global %d comes as number %d", e.uint(0), i+1)
		}
		*at = p.id()
		p.request(p.registry, 0, uint32(i+1), name, binary.NativeEndian.Uint32(e.body[len(e.body)-4:]), *at)
	}
}

// A testWindow is a window of a program.
type testWindow struct {
	*program
	surface, xdg, toplevel uint32
	width, height          uint32 // as it was told, in units
}

// window makes a window that may be drawn into.
func (p *program) window() *testWindow {
	p.t.Helper()
	w := &testWindow{program: p, surface: p.create(p.compositor, 0)}
	w.xdg = p.create(p.wm, 2, w.surface)
	w.toplevel = p.create(w.xdg, 1)
	p.request(w.surface, 6)
	size := p.wait(w.toplevel, 0)
	w.width, w.height = size.uint(0), size.uint(1)
	p.request(w.xdg, 4, p.wait(w.xdg, 0).uint(0))
	return w
}

// create makes a request whose first argument is the number of a new object, and returns that.
func (p *program) create(object uint32, opcode uint16, values ...any) uint32 {
	p.t.Helper()
	id := p.id()
	p.request(object, opcode, append([]any{id}, values...)...)
	return id
}

// part makes a subsurface and returns its surface and the object that ties it.
func (p *program) part(parent uint32) (surface, tie uint32) {
	p.t.Helper()
	surface = p.create(p.compositor, 0)
	return surface, p.create(p.subcompositor, 1, surface, parent)
}

// A shared is memory that a program shares.
type shared struct {
	file *os.File
	pool uint32
}

func (p *program) memory(size int) *shared {
	p.t.Helper()
	m := &shared{file: memfd(p.t, size)}
	m.pool = p.id()
	p.send([]int{int(m.file.Fd())}, p.shm, 0, m.pool, size)
	return m
}

func memfd(t testing.TB, size int) *os.File {
	t.Helper()
	fd, err := unix.MemfdCreate("test", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), "test")
	t.Cleanup(func() { f.Close() })
	if err := f.Truncate(int64(size)); err != nil {
		t.Fatal(err)
	}
	return f
}

// buffer makes a buffer of the whole width of its rows and fills it with one byte.
func (p *program) buffer(m *shared, offset, width, height int, fill byte) uint32 {
	p.t.Helper()
	if _, err := m.file.WriteAt(slices.Repeat([]byte{fill}, 4*width*height), int64(offset)); err != nil {
		p.t.Fatal(err)
	}
	return p.create(m.pool, 0, offset, width, height, 4*width, uint32(xrgb8888))
}

// show attaches a buffer and commits; the whole of it is new.
func (p *program) show(surface, buffer uint32) {
	p.t.Helper()
	p.request(surface, 1, buffer, 0, 0)
	p.request(surface, 9, 0, 0, 1<<30, 1<<30)
	p.request(surface, 6)
}
