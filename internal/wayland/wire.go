package wayland

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// A conn reads requests from a client and writes events to it, in the machine's byte order as the protocol says.
type conn struct {
	sock *net.UnixConn
	in   []byte // read and not yet taken
	fds  []int  // received and not yet taken
	out  []byte // events not yet sent
}

// A request is one message of the client.
type request struct {
	object uint32
	opcode uint16
	args   args
}

const (
	headerSize  = 8
	maxMessage  = 4096 // what libwayland allows
	maxPassedFD = 28   // as many come with one message at most
)

// next waits for a request.
func (c *conn) next() (request, error) {
	for {
		if len(c.in) >= headerSize {
			size := int(binary.NativeEndian.Uint32(c.in[4:]) >> 16)
			if size < headerSize || size > maxMessage || size%4 != 0 {
				return request{}, fmt.Errorf("a message of %d bytes", size)
			}
			if len(c.in) >= size {
				r := request{binary.NativeEndian.Uint32(c.in), uint16(binary.NativeEndian.Uint32(c.in[4:])), args{data: c.in[headerSize:size], conn: c}}
				c.in = c.in[size:]
				return r, nil
			}
		}
		if err := c.read(); err != nil {
			return request{}, err
		}
	}
}

func (c *conn) read() error {
	buf, oob := make([]byte, maxMessage), make([]byte, unix.CmsgSpace(4*maxPassedFD))
	n, oobn, _, _, err := c.sock.ReadMsgUnix(buf, oob)
	if err != nil {
		return err
	}
	if oobn > 0 {
		list, err := unix.ParseSocketControlMessage(oob[:oobn])
		if err != nil {
			return err
		}
		for i := range list {
			fds, err := unix.ParseUnixRights(&list[i])
			if err != nil {
				return err
			}
			for _, fd := range fds {
				unix.CloseOnExec(fd)
			}
			c.fds = append(c.fds, fds...)
		}
	}
	c.in = append(c.in[:len(c.in):len(c.in)], buf[:n]...)
	return nil
}

// send queues an event; flush writes what is queued.
func (c *conn) send(object uint32, opcode uint16, values ...any) {
	start := len(c.out)
	c.out = binary.NativeEndian.AppendUint32(c.out, object)
	c.out = binary.NativeEndian.AppendUint32(c.out, 0)
	for _, v := range values {
		switch v := v.(type) {
		case uint32:
			c.out = binary.NativeEndian.AppendUint32(c.out, v)
		case int:
			c.out = binary.NativeEndian.AppendUint32(c.out, uint32(int32(v)))
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
	if len(c.out) == 0 {
		return nil
	}
	_, err := c.sock.Write(c.out)
	c.out = c.out[:0]
	return err
}

// close closes what was received and nobody took.
func (c *conn) close() {
	for _, fd := range c.fds {
		unix.Close(fd)
	}
	c.fds = nil
	c.sock.Close()
}

// args takes a message's arguments one by one. The first that is missing sets bad, and all after it are zero.
type args struct {
	data []byte
	conn *conn
	bad  error
}

var errShort = errors.New("a message is too short")

func (a *args) uint() uint32 {
	if len(a.data) < 4 {
		a.bad = errShort
		return 0
	}
	v := binary.NativeEndian.Uint32(a.data)
	a.data = a.data[4:]
	return v
}

func (a *args) int() int { return int(int32(a.uint())) }

// fixed is a number with 8 bits behind the point.
func (a *args) fixed() float64 { return float64(a.int()) / 256 }

func (a *args) string() string {
	n := int(a.uint())
	if n == 0 {
		return ""
	}
	padded := (n + 3) &^ 3
	if n < 0 || padded > len(a.data) {
		a.bad = errShort
		return ""
	}
	s := string(a.data[:n-1])
	a.data = a.data[padded:]
	return s
}

func (a *args) fd() int {
	if len(a.conn.fds) == 0 {
		a.bad = errors.New("a message without its file")
		return -1
	}
	fd := a.conn.fds[0]
	a.conn.fds = a.conn.fds[1:]
	return fd
}
