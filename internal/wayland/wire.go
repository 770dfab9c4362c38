//go:build linux

package wayland

import (
	"encoding/binary"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	headerSize  = 8
	maxMessage  = 4096 // bytes, what libwayland allows
	maxPassedFD = 28   // files that come with one piece of the stream at most, in libwayland
	maxWaiting  = 256  // files that may wait for the request that takes them

	// stuck is how long a program may read nothing before it is taken for gone.
	stuck = 10 * time.Second
)

// A conn reads requests from a client and writes events to it, in the machine's byte order as the protocol says.
// Requests are read by one goroutine; events may come from several.
type conn struct {
	sock *net.UnixConn
	in   []byte // read and not yet taken
	fds  []int  // received and not yet taken

	mu  sync.Mutex // guards out
	out []byte     // events not yet sent
}

// A message is one request as it came. Its body is valid until the next call of next.
type message struct {
	object uint32
	opcode int
	body   []byte
}

// next waits for a request. All events that were queued are sent before it waits.
func (c *conn) next() (message, error) {
	for {
		if len(c.in) >= headerSize {
			word := binary.NativeEndian.Uint32(c.in[4:])
			size := int(word >> 16)
			if size < headerSize || size > maxMessage || size%4 != 0 {
				return message{}, breach(displayID, invalidMethod, "a message of %d bytes", size)
			}
			if len(c.in) >= size {
				m := message{binary.NativeEndian.Uint32(c.in), int(word & 0xffff), c.in[headerSize:size]}
				c.in = c.in[size:]
				return m, nil
			}
		}
		if err := c.flush(); err != nil {
			return message{}, err
		}
		if err := c.read(); err != nil {
			return message{}, err
		}
	}
}

func (c *conn) read() error {
	buf := make([]byte, len(c.in)+maxMessage)
	kept := copy(buf, c.in)
	oob := make([]byte, unix.CmsgSpace(4*maxPassedFD))
	n, oobn, flags, _, err := c.sock.ReadMsgUnix(buf[kept:], oob) // files come with close-on-exec set
	n, oobn = max(n, 0), max(oobn, 0)                             // an error has −1
	c.in = buf[:kept+n]
	list, bad := unix.ParseSocketControlMessage(oob[:oobn])
	for i := range list {
		fds, _ := unix.ParseUnixRights(&list[i])
		c.fds = append(c.fds, fds...)
	}
	switch {
	case err != nil:
		return err
	case bad != nil:
		return bad
	case flags&unix.MSG_CTRUNC != 0 || len(c.fds) > maxWaiting:
		return breach(displayID, invalidMethod, "too many files")
	}
	return nil
}

// send queues an event; flush writes what is queued. Values are uint32, int, string and []uint32.
func (c *conn) send(object uint32, opcode uint16, values ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(object, opcode, values...)
}

func (c *conn) put(object uint32, opcode uint16, values ...any) {
	start := len(c.out)
	c.out = binary.NativeEndian.AppendUint32(c.out, object)
	c.out = binary.NativeEndian.AppendUint32(c.out, 0)
	for _, v := range values {
		switch v := v.(type) {
		case uint32:
			c.out = binary.NativeEndian.AppendUint32(c.out, v)
		case int:
			c.out = binary.NativeEndian.AppendUint32(c.out, uint32(v))
		case string:
			c.out = binary.NativeEndian.AppendUint32(c.out, uint32(len(v)+1))
			c.out = append(c.out, v...)
			c.out = append(c.out, make([]byte, 4-len(v)%4)...)
		case []uint32:
			c.out = binary.NativeEndian.AppendUint32(c.out, uint32(4*len(v)))
			for _, x := range v {
				c.out = binary.NativeEndian.AppendUint32(c.out, x)
			}
		}
	}
	binary.NativeEndian.PutUint32(c.out[start+4:], uint32(len(c.out)-start)<<16|uint32(opcode))
}

func (c *conn) flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.write()
}

// write is flush with the lock held. When it fails the connection is over, which the reader then sees.
func (c *conn) write() error {
	if len(c.out) == 0 {
		return nil
	}
	c.sock.SetWriteDeadline(time.Now().Add(stuck))
	_, err := c.sock.Write(c.out)
	c.out = c.out[:0]
	if err != nil {
		c.sock.Close()
	}
	return err
}

// close closes the connection, with the files that nobody took.
func (c *conn) close() {
	for _, fd := range c.fds {
		unix.Close(fd)
	}
	c.fds = nil
	c.sock.Close()
}

// A value is one argument of a request.
type value struct {
	n      int32   // a number; a fixed-point one in 1/256; a file
	s      string  // a string
	object *object // an existing object, nil where none was given
}

func (v value) id() uint32 { return uint32(v.n) }

// args takes a request's body apart. The signature has a letter for each argument: i or u a number, f a fixed-point
// one, s a string, o an object, O an object or none, n the number of a new object, h a file. Files that it returns
// are the caller's to close; on an error there are none.
func (c *client) args(o *object, signature string, body []byte) ([]value, error) {
	short := func() error { return breach(o.id, invalidMethod, "%s: a request is too short", o.kind.name) }
	values := make([]value, len(signature))
	files := 0
	for i, letter := range signature {
		v := &values[i]
		if letter == 'h' {
			if files == len(c.conn.fds) {
				return nil, breach(o.id, invalidMethod, "%s: a request without its file", o.kind.name)
			}
			v.n = int32(c.conn.fds[files])
			files++
			continue
		}
		if len(body) < 4 {
			return nil, short()
		}
		v.n = int32(binary.NativeEndian.Uint32(body))
		body = body[4:]
		switch letter {
		case 's':
			padded := (int64(v.id()) + 3) &^ 3
			if v.n == 0 || padded > int64(len(body)) {
				return nil, short()
			}
			v.s, _, _ = strings.Cut(string(body[:v.n]), "\x00")
			body = body[padded:]
		case 'o', 'O':
			v.object = c.objects[v.id()]
			if v.object == nil && (letter == 'o' || v.n != 0) {
				return nil, breach(o.id, invalidObject, "%s: there is no object %d", o.kind.name, v.id())
			}
		case 'n':
			if v.n == 0 || v.id() > maxClientID || c.objects[v.id()] != nil {
				return nil, breach(o.id, invalidObject, "%s: %d is no number for a new object", o.kind.name, v.id())
			}
		}
	}
	c.conn.fds = c.conn.fds[files:]
	return values, nil
}

// A violation is what a client did against the protocol, as it is told to it.
type violation struct {
	object, code uint32
	text         string
}

func (v *violation) Error() string { return v.text }

// breach returns a violation. The code is one of those that the object's interface names, or one of wl_display's.
func breach(object, code uint32, format string, args ...any) error {
	return &violation{object, code, fmt.Sprintf(format, args...)}
}
