//go:build linux

package wayland

import (
	"io"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// FuzzServe sends anything, with a file in the first piece. Whatever it is, the display neither stumbles nor hangs, and
// keeps no file, no object's memory and no goroutine.
func FuzzServe(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("no protocol at all"))
	for _, session := range sessions() {
		f.Add(session)
		f.Add(session[:len(session)-5])
	}
	shared := memfd(f, 4096)
	d := &Display{size: small, scale: 1, clients: map[*client]bool{}, frames: func(_ int, f *Frame) {
		for y := range f.Height {
			_ = f.Pix[y*f.Stride+4*f.Width-1]
		}
		f.Release()
	}}
	f.Fuzz(func(t *testing.T, data []byte) {
		before := openFiles(t)
		us, them := socketPair(t)
		d.serve(us)
		ended := make(chan struct{})
		go func() {
			io.Copy(io.Discard, them)
			close(ended)
		}()
		for oob := unix.UnixRights(int(shared.Fd()), int(shared.Fd())); ; oob = nil {
			piece := data[:min(len(data), 1500)]
			if _, _, err := them.WriteMsgUnix(piece, oob, nil); err != nil || len(piece) == len(data) {
				break
			}
			data = data[len(piece):]
		}
		them.CloseWrite()
		select {
		case <-ended:
		case <-time.After(patience):
			t.Fatal("the connection does not end")
		}
		d.wait.Wait()
		them.Close()
		if n := openFiles(t); n > before {
			t.Errorf("%d files are open, were %d", n, before)
		}
	})
}

func socketPair(t *testing.T) (a, b *net.UnixConn) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	conns := make([]*net.UnixConn, 2)
	for i, fd := range fds {
		f := os.NewFile(uintptr(fd), "socket")
		c, err := net.FileConn(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		conns[i] = c.(*net.UnixConn)
	}
	return conns[0], conns[1]
}

// sessions are correct ones that a fuzzer may break, with fixed numbers.
func sessions() [][]byte {
	begin := func() *conn {
		c := &conn{}
		c.put(1, 1, uint32(2))
		for i, g := range globals() {
			c.put(2, 0, uint32(i+1), g.kind.name, g.version, uint32(3+i))
		}
		c.put(4, 0, uint32(20), 4096) // a pool
		c.put(20, 0, uint32(21), 0, 8, 6, 32, uint32(0))
		c.put(20, 0, uint32(22), 192, 8, 6, 32, uint32(0))
		c.put(3, 0, uint32(30)) // a surface, a window
		c.put(6, 2, uint32(31), uint32(30))
		c.put(31, 1, uint32(32))
		c.put(32, 2, "a title")
		c.put(32, 11, uint32(0))
		c.put(30, 6)
		c.put(31, 4, uint32(1))
		return c
	}
	window := begin()
	for _, b := range []uint32{21, 22, 21, 0} {
		window.put(30, 1, b, 0, 0)
		window.put(30, 3, uint32(40))
		window.put(30, 2, 0, 0, 5, 5)
		window.put(30, 9, 0, 0, 5, 5)
		window.put(30, 6)
		window.put(1, 0, uint32(41))
	}
	window.put(20, 2, 4096)
	window.put(21, 0)
	window.put(20, 1)
	window.put(32, 0)
	window.put(31, 0)
	window.put(30, 0)

	parts := begin()
	parts.put(3, 0, uint32(50))
	parts.put(5, 1, uint32(51), uint32(50), uint32(30))
	parts.put(9, 1, uint32(52), uint32(50)) // a viewport
	parts.put(52, 1, 0, 0, 8<<8, 6<<8)
	parts.put(52, 2, 8, 6)
	parts.put(50, 1, uint32(21), 0, 0)
	parts.put(50, 6)
	parts.put(30, 6)
	parts.put(51, 5)
	parts.put(50, 1, uint32(22), 0, 0)
	parts.put(50, 6)
	parts.put(52, 0)
	parts.put(51, 0)
	parts.put(50, 0)
	return [][]byte{window.out, parts.out}
}
