package ffmpeg

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
)

// Decode turns a browser's pictures into raw frames, bgra, colours not multiplied by alpha. Pictures go in in the
// simplest container that says how long each is (IVF), so that FFmpeg need not see the next one to know where one ends.
type Decode struct {
	Codec         string // of the pictures: png or mjpeg
	Width, Height int    // of all pictures, px, ≤ 65535
}

// Args returns FFmpeg's arguments: IVF on standard input, raw frames on standard output. Nothing is held back: a frame
// comes out before the next picture goes in.
func (d Decode) Args() []string {
	return []string{"-hide_banner", "-nostdin", "-loglevel", "error", "-nostats", "-xerror",
		"-err_detect", "explode", "-probesize", "32", "-analyzeduration", "1", "-fpsprobesize", "0", "-threads", "1", "-f", "ivf", "-i", "pipe:0",
		"-map", "0:v:0", "-vf", d.filter(), "-c:v", "rawvideo", "-threads", "1", "-pix_fmt", "bgra", "-flush_packets", "1", "-f", "rawvideo", "pipe:1"}
}

// filter converts the colours. A browser's JPEG holds full-range BT.601, whatever FFmpeg guesses.
func (d Decode) filter() string {
	if d.Codec == "mjpeg" {
		return "scale=in_color_matrix=bt601:in_range=pc:flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp,format=bgra"
	}
	return "format=bgra"
}

// FrameSize returns the number of bytes of a raw frame.
func (d Decode) FrameSize() int { return 4 * d.Width * d.Height }

// A Decoder is a running FFmpeg that decodes pictures one by one.
type Decoder struct {
	Decode
	p       *Process
	started bool
	n       uint64
}

// Decode starts a decoder. It ends with ctx; Close must be called in any case.
func (t Tools) Decode(ctx context.Context, d Decode) (*Decoder, error) {
	p, err := t.start(ctx, d.Args(), true)
	if err != nil {
		return nil, err
	}
	return &Decoder{Decode: d, p: p}, nil
}

// Picture decodes one picture into frame, which is FrameSize bytes long. After an error the decoder is of no more use.
func (d *Decoder) Picture(frame, picture []byte) error {
	if err := d.check(frame, picture); err != nil {
		return fmt.Errorf("decode a picture: %w", err)
	}
	wrote := make(chan error, 1)
	go func() { wrote <- d.p.Write(d.ivf(picture)) }()
	_, err := io.ReadFull(d.p.out, frame)
	if werr := <-wrote; werr != nil {
		err = werr
	} else if err != nil {
		if ended := d.p.Wait(); ended != nil {
			err = ended
		}
	}
	if err != nil {
		return fmt.Errorf("decode a picture: %w", err)
	}
	return nil
}

// check says what is wrong with a picture, as FFmpeg would make nothing of it, or a frame of another size.
func (d *Decoder) check(frame, picture []byte) error {
	if len(frame) != d.FrameSize() {
		return fmt.Errorf("%d bytes for a frame of %d×%d px", len(frame), d.Width, d.Height)
	}
	read, end := png.DecodeConfig, "IEND\xaeB`\x82"
	if d.Codec == "mjpeg" {
		read, end = jpeg.DecodeConfig, "\xff\xd9"
	}
	head, err := read(bytes.NewReader(picture))
	if err != nil {
		return err
	}
	if size := image.Pt(head.Width, head.Height); size != image.Pt(d.Width, d.Height) {
		return fmt.Errorf("it is %d×%d px, want %d×%d", size.X, size.Y, d.Width, d.Height)
	}
	if !bytes.HasSuffix(picture, []byte(end)) {
		return errors.New("its end is missing")
	}
	return nil
}

// Close ends the decoder and waits for it. It may be called more than once.
func (d *Decoder) Close() error {
	d.p.in.Close()
	d.p.out.Close()
	return d.p.Wait()
}

// ivf returns a picture with the head that the container wants before it.
func (d *Decoder) ivf(picture []byte) []byte {
	var b []byte
	if !d.started {
		d.started = true
		fourcc := "MPNG"
		if d.Codec == "mjpeg" {
			fourcc = "MJPG"
		}
		b = append(b, "DKIF\x00\x00\x20\x00"+fourcc...)
		b = binary.LittleEndian.AppendUint16(b, uint16(d.Width))
		b = binary.LittleEndian.AppendUint16(b, uint16(d.Height))
		b = binary.LittleEndian.AppendUint32(b, 25) // frames a second, only to count them
		b = binary.LittleEndian.AppendUint32(b, 1)
		b = append(b, make([]byte, 8)...)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(picture)))
	b = binary.LittleEndian.AppendUint64(b, d.n)
	d.n++
	return append(b, picture...)
}
