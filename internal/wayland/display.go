//go:build linux

package wayland

import (
	"fmt"
	"image"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/hframes/hframes/internal/workdir"
)

// A Display is a running server. Its methods may be called from several goroutines.
type Display struct {
	dir      *workdir.Dir
	listener *net.UnixListener
	size     image.Point // px
	scale    int
	frames   func(window int, f *Frame)
	windows  atomic.Int32 // how many have appeared
	wait     sync.WaitGroup

	mu      sync.Mutex // guards what follows
	clients map[*client]bool
	closed  bool
}

// socketName is that of the display within its folder.
const socketName = "wayland-0"

// Listen starts a server whose windows are all size px large, with scale (1 or more) px per unit of length, which must
// divide size.
//
// frames is called for each picture that fills its window, cut to the window's size if it is larger; windows are numbered from 0 in the order in which they
// appear. Pictures of one program come in the order in which they were drawn and from one goroutine, which reads the
// program's next request when frames has returned. frames must not call Close.
//
// A program could cut off the file whose memory a Frame shows. Such a fault within frames ends the program's
// connection; one in another goroutine ends us, unless that has set debug.SetPanicOnFault.
func Listen(size image.Point, scale int, frames func(window int, f *Frame)) (*Display, error) {
	if scale < 1 || size.X < 1 || size.Y < 1 || size.X%scale != 0 || size.Y%scale != 0 {
		return nil, fmt.Errorf("display: no window is %v px large with scale %d", size, scale)
	}
	dir, err := workdir.Short("display")
	if err != nil {
		return nil, fmt.Errorf("display: %w", err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir.Path(), socketName), Net: "unix"})
	if err != nil {
		dir.Close()
		return nil, fmt.Errorf("display: %w", err)
	}
	d := &Display{dir: dir, listener: l, size: size, scale: scale, frames: frames, clients: map[*client]bool{}}
	d.wait.Go(d.accept)
	return d, nil
}

// Env returns what a program needs in its environment to find the display, and no other display and no desktop.
func (d *Display) Env() []string {
	return []string{
		"XDG_RUNTIME_DIR=" + d.dir.Path(),
		"WAYLAND_DISPLAY=" + socketName,
		"DISPLAY=",
		"XDG_SESSION_TYPE=wayland",
		"XDG_CURRENT_DESKTOP=",
		"DBUS_SESSION_BUS_ADDRESS=disabled:",
		"DBUS_SYSTEM_BUS_ADDRESS=disabled:",
	}
}

// Close ends the server: it disconnects all programs and waits until frames has returned for the last time. Frames that
// are held stay readable until their Release.
func (d *Display) Close() {
	d.mu.Lock()
	d.closed = true
	d.listener.Close()
	for c := range d.clients {
		c.conn.sock.Close()
	}
	d.mu.Unlock()
	d.wait.Wait()
	d.dir.Close()
}

func (d *Display) accept() {
	for {
		sock, err := d.listener.AcceptUnix()
		if err != nil {
			return
		}
		d.serve(sock)
	}
}

// serve starts to answer a program.
func (d *Display) serve(sock *net.UnixConn) {
	c := newClient(d, sock)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		sock.Close()
		return
	}
	d.clients[c] = true
	d.wait.Go(func() {
		c.run()
		d.mu.Lock()
		delete(d.clients, c)
		d.mu.Unlock()
	})
}
