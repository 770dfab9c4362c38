//go:build linux

package wayland

import (
	"bytes"
	"image"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var small = image.Pt(8, 6)

const smallBytes = 8 * 6 * 4

func TestWindow(t *testing.T) {
	d, frames := listen(t, small, 1)
	p := connect(t, d)
	p.bind()
	w := p.window()
	if w.width != 8 || w.height != 6 {
		t.Fatalf("the window is told to be %d×%d units", w.width, w.height)
	}
	m := p.memory(2 * smallBytes)
	a, b := p.buffer(m, 0, 8, 6, 1), p.buffer(m, smallBytes, 8, 6, 2)

	callback := p.create(w.surface, 3)
	p.request(w.surface, 1, a, 0, 0)
	p.request(w.surface, 2, 1, 1, 2, 2)
	p.request(w.surface, 6)
	first := take(t, frames)
	if first.window != 0 || first.Width != 8 || first.Height != 6 || first.Stride != 32 || !bytes.Equal(first.Pix, slices.Repeat([]byte{1}, smallBytes)) {
		t.Errorf("the first picture is %+v", first.Frame)
	}
	if want := image.Rect(0, 0, 8, 6); first.Damage != want {
		t.Errorf("the first picture changes %v, not all", first.Damage)
	}
	if e := p.wait(w.surface, 0); e.uint(0) != p.output {
		t.Errorf("the window is on output %d", e.uint(0))
	}
	p.wait(callback, 0)

	p.request(w.surface, 1, b, 0, 0)
	p.request(w.surface, 2, 1, 1, 2, 2)
	p.request(w.surface, 9, 6, 5, 100, 100)
	p.request(w.surface, 6)
	second := take(t, frames)
	if want := image.Rect(1, 1, 8, 6); second.Damage != want || second.Pix[0] != 2 {
		t.Errorf("the second picture changes %v, want %v", second.Damage, want)
	}

	if released := p.released(p.sync()); len(released) != 0 {
		t.Errorf("buffers %v are given back while they are held", released)
	}
	second.Release()
	second.Release()
	first.Release()
	if got := p.released(p.sync()); !slices.Equal(got, []uint32{b, a}) {
		t.Errorf("given back: %v, want %v", got, []uint32{b, a})
	}
}

// released returns the objects whose event 0 is among events, for buffers.
func (p *program) released(events []event) (out []uint32) {
	for _, e := range events {
		if e.opcode == 0 && len(e.body) == 0 {
			out = append(out, e.object)
		}
	}
	return out
}

func TestCommitWithoutPicture(t *testing.T) {
	d, frames := listen(t, small, 1)
	p := connect(t, d)
	p.bind()
	w := p.window()
	m := p.memory(smallBytes)
	a := p.buffer(m, 0, 8, 6, 1)
	p.show(w.surface, a)
	take(t, frames).Release()

	callback := p.create(w.surface, 3)
	p.request(w.surface, 2, 0, 0, 8, 6)
	p.request(w.surface, 6)
	p.wait(callback, 0)
	p.sync()
	if !slices.Contains(p.freed, callback) {
		t.Error("the number of a callback that was answered is not free")
	}
	if len(frames) != 0 {
		t.Error("a commit without a picture shows one")
	}

	// Without a picture the window is as it was in the beginning: it asks for its size anew, and all of its next picture is new.
	p.request(w.surface, 1, uint32(0), 0, 0)
	p.request(w.surface, 6)
	p.request(w.surface, 6)
	p.wait(w.toplevel, 0)
	p.request(w.xdg, 4, p.wait(w.xdg, 0).uint(0))
	p.request(w.surface, 1, a, 0, 0)
	p.request(w.surface, 6)
	if f := take(t, frames); f.Damage != image.Rect(0, 0, 8, 6) || f.window != 0 {
		t.Errorf("window %d shows %v", f.window, f.Damage)
	}
}

// Chromium takes the time between two frames from what it hears of the picture before.
func TestPresentation(t *testing.T) {
	d, frames := listen(t, small, 1)
	p := connect(t, d)
	p.bind()
	if clock := p.wait(p.presentation, 0).uint(0); clock != unix.CLOCK_MONOTONIC {
		t.Errorf("clock %d", clock)
	}
	w := p.window()
	ask := func(surface uint32) uint32 {
		id := p.id()
		p.request(p.presentation, 1, surface, id)
		return id
	}
	answer := func(feedback uint32) int {
		for {
			if e, err := p.next(); err != nil || e.object == feedback {
				return e.opcode
			}
		}
	}
	began := monotonic(t)
	feedback := ask(w.surface)
	p.show(w.surface, p.buffer(p.memory(smallBytes), 0, 8, 6, 1))
	take(t, frames).Release()
	e := p.wait(feedback, 1)
	at := time.Duration(uint64(e.uint(0))<<32|uint64(e.uint(1)))*time.Second + time.Duration(e.uint(2))
	if at < began || at > monotonic(t) {
		t.Errorf("a picture of %s was shown at %s", began, at)
	}
	if got := time.Duration(e.uint(3)); got != mostRefresh {
		t.Errorf("the next one may follow after %s", got)
	}

	// A part's commit waits for its parent's; one that takes its place is shown instead.
	part, _ := p.part(w.surface)
	first := ask(part)
	p.request(part, 6)
	second := ask(part)
	p.request(part, 6)
	if got := answer(first); got != 2 {
		t.Errorf("event %d for a commit that was replaced", got)
	}
	p.request(w.surface, 6)
	if got := answer(second); got != 1 {
		t.Errorf("event %d for the commit that took its place", got)
	}
	third := ask(part)
	p.request(part, 0)
	if got := answer(third); got != 2 {
		t.Errorf("event %d for a surface that went away", got)
	}
	p.sync()
	for _, id := range []uint32{feedback, first, second, third} {
		if !slices.Contains(p.freed, id) {
			t.Errorf("the number %d of a feedback that was answered is not free", id)
		}
	}
}

func monotonic(t *testing.T) time.Duration {
	t.Helper()
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		t.Fatal(err)
	}
	return time.Duration(now.Nano())
}

func TestScaleAndViewport(t *testing.T) {
	const unit = 256
	tests := []struct {
		name          string
		scale         int
		width, height int // the buffer's
		set           func(p *program, surface, viewport uint32)
		pix           int // where the picture begins
		damage        image.Rectangle
	}{
		{"buffer scale", 2, 16, 12, func(p *program, surface, _ uint32) { p.request(surface, 8, 2) }, 0, image.Rect(2, 4, 8, 12)},
		{"viewport", 2, 16, 12, func(p *program, _, viewport uint32) { p.request(viewport, 2, 8, 6) }, 0, image.Rect(2, 4, 8, 12)},
		{"viewport, odd", 1, 16, 12, func(p *program, _, viewport uint32) { p.request(viewport, 2, 7, 7) }, 0, image.Rect(2, 3, 10, 11)},
		{"part of a buffer", 2, 20, 16, func(p *program, _, viewport uint32) {
			p.request(viewport, 1, 3*unit, 2*unit, 16*unit, 12*unit)
			p.request(viewport, 2, 8, 6)
		}, 2*80 + 3*4, image.Rect(2, 4, 8, 12)},
		{"part of a scaled buffer", 2, 20, 16, func(p *program, surface, viewport uint32) {
			p.request(surface, 8, 2)
			p.request(viewport, 1, 1*unit, 1*unit, 8*unit, 6*unit)
		}, 2*80 + 2*4, image.Rect(2, 4, 8, 12)},
		{"larger than the window", 2, 24, 14, func(p *program, surface, _ uint32) { p.request(surface, 8, 2) }, 0, image.Rect(2, 4, 8, 12)},
		{"larger than the window, stretched", 1, 24, 14, func(p *program, _, viewport uint32) { p.request(viewport, 2, 3, 7) }, 0, image.Rect(8, 4, 16, 12)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, frames := listen(t, image.Pt(16, 12), tt.scale)
			p := connect(t, d)
			p.bind()
			w := p.window()
			if int(w.width)*tt.scale != 16 || int(w.height)*tt.scale != 12 {
				t.Fatalf("the window is told to be %d×%d units", w.width, w.height)
			}
			tt.set(p, w.surface, p.create(p.viewporter, 1, w.surface))
			m := p.memory(2 * 24 * 16 * 4)
			p.show(w.surface, p.buffer(m, 0, tt.width, tt.height, 7))
			take(t, frames)
			b := p.buffer(m, 24*16*4, tt.width, tt.height, 7)
			if _, err := m.file.WriteAt([]byte{9}, int64(24*16*4+tt.pix)); err != nil {
				t.Fatal(err)
			}
			p.request(w.surface, 1, b, 0, 0)
			p.request(w.surface, 2, 1, 2, 3, 4)
			p.request(w.surface, 6)
			f := take(t, frames)
			if f.Width != 16 || f.Height != 12 || f.Stride != 4*tt.width || len(f.Pix) != 11*f.Stride+16*4 || f.Pix[0] != 9 || f.Pix[1] != 7 {
				t.Errorf("the picture is %d×%d, %d bytes a row, %d bytes, begins with %d", f.Width, f.Height, f.Stride, len(f.Pix), f.Pix[:2])
			}
			if f.Damage != tt.damage {
				t.Errorf("changes %v, want %v", f.Damage, tt.damage)
			}
		})
	}
}

func TestOtherSizesAreGivenBack(t *testing.T) {
	d, frames := listen(t, small, 1)
	p := connect(t, d)
	p.bind()
	w := p.window()
	m := p.memory(4096)
	tiny, turned := p.buffer(m, 0, 1, 1, 1), p.buffer(m, 100, 8, 6, 1)
	callback := p.create(w.surface, 3)
	p.show(w.surface, tiny)
	p.wait(callback, 0)
	p.wait(tiny, 0)
	p.request(w.surface, 7, 1)
	p.show(w.surface, turned)
	p.wait(turned, 0)
	if len(frames) != 0 {
		t.Error("a picture that does not fill its window is shown")
	}
}

func TestSubsurface(t *testing.T) {
	d, frames := listen(t, small, 1)
	p := connect(t, d)
	p.bind()
	p.window()
	w := p.window()
	middle, middleTie := p.part(w.surface)
	s, tie := p.part(middle)
	p.request(middleTie, 5) // its commits do not wait
	m := p.memory(3 * smallBytes)
	a, b, c := p.buffer(m, 0, 8, 6, 1), p.buffer(m, smallBytes, 8, 6, 2), p.buffer(m, 2*smallBytes, 8, 6, 3)

	// What is committed waits for the parent, and only the newest of it is shown.
	callback := p.create(s, 3)
	p.show(s, a)
	p.show(s, b)
	if events := p.sync(); len(frames) != 0 || !slices.Equal(p.released(events), []uint32{a}) {
		t.Errorf("%d pictures, given back %v; want 0 and the older one, %d", len(frames), p.released(events), a)
	}
	p.request(middle, 6)
	f := take(t, frames)
	if f.window != 1 || f.Pix[0] != 2 {
		t.Errorf("window %d shows %d, want 1 and 2", f.window, f.Pix[0])
	}
	f.Release()
	p.wait(callback, 0)

	// set_desync shows what waits, and ends the waiting.
	p.show(s, a)
	p.request(tie, 5)
	if f := take(t, frames); f.Pix[0] != 1 || f.Damage != image.Rect(0, 0, 8, 6) {
		t.Errorf("%d is shown", f.Pix[0])
	}
	p.request(s, 1, c, 0, 0)
	p.request(s, 6)
	if f := take(t, frames); f.Pix[0] != 3 || !f.Damage.Empty() {
		t.Errorf("%d is shown, and changes %v", f.Pix[0], f.Damage)
	}
	// Another surface's picture is all new, and the first one's after it too.
	p.request(w.surface, 1, b, 0, 0)
	p.request(w.surface, 6)
	if f := take(t, frames); f.Damage.Empty() {
		t.Error("another surface's picture changes nothing")
	}
	// A part of a window that is gone is shown no more.
	p.request(w.toplevel, 0)
	p.request(w.xdg, 0)
	p.request(w.surface, 0)
	p.sync()
	p.show(s, c)
	p.request(tie, 0)
	p.request(s, 0)
	p.sync()
	if len(frames) != 0 {
		t.Error("a part of nothing is shown")
	}
}

func TestWindowsAndPrograms(t *testing.T) {
	d, frames := listen(t, small, 1)
	for i := range 2 {
		p := connect(t, d)
		p.bind()
		windows := []*testWindow{p.window(), p.window()}
		m := p.memory(smallBytes)
		for j := range windows {
			w := windows[1-j]
			p.show(w.surface, p.buffer(m, 0, 8, 6, 1))
			if f := take(t, frames); f.window != 2*i+1-j {
				t.Errorf("a picture of window %d, want %d", f.window, 2*i+1-j)
			}
		}
	}
}

func TestPopupIsSentAway(t *testing.T) {
	d, _ := listen(t, small, 1)
	p := connect(t, d)
	p.bind()
	w := p.window()
	s := p.create(p.compositor, 0)
	xdg := p.create(p.wm, 2, s)
	popup := p.create(xdg, 2, w.xdg, p.create(p.wm, 1))
	p.request(s, 6)
	p.wait(popup, 1)
	p.request(popup, 0)
	p.request(xdg, 0)
	p.request(s, 0)
	p.sync()
	for _, id := range []uint32{popup, xdg, s} {
		if !slices.Contains(p.freed, id) {
			t.Errorf("the number of object %d, which is gone, is not free", id)
		}
	}
}

func TestNumbersAreUsedAgain(t *testing.T) {
	d, frames := listen(t, small, 1)
	p := connect(t, d)
	p.bind()
	w := p.window()
	m := p.memory(2 * smallBytes)
	a := p.buffer(m, 0, 8, 6, 1)
	p.show(w.surface, a)
	old := take(t, frames)
	p.request(a, 0)
	p.sync()
	if !slices.Contains(p.freed, a) {
		t.Fatal("the number of a destroyed buffer is not free")
	}
	p.request(m.pool, 0, a, smallBytes, 8, 6, 32, uint32(argb8888))
	p.show(w.surface, a)
	now := take(t, frames)
	old.Release()
	if got := p.released(p.sync()); len(got) != 0 {
		t.Errorf("the release of a destroyed buffer gives back %v", got)
	}
	now.Release()
	if got := p.released(p.sync()); !slices.Equal(got, []uint32{a}) {
		t.Errorf("given back: %v, want %d", got, a)
	}
}

func TestHeldPicturesOutliveAll(t *testing.T) {
	d, frames := listen(t, small, 1)
	p := connect(t, d)
	p.bind()
	w := p.window()
	m := p.memory(smallBytes)
	a := p.buffer(m, 0, 8, 6, 1)
	p.show(w.surface, a)
	before := take(t, frames)

	if err := m.file.Truncate(1 << 20); err != nil {
		t.Fatal(err)
	}
	p.request(m.pool, 2, 1<<20)
	b := p.buffer(m, 1<<19, 8, 6, 2)
	p.request(m.pool, 1)
	p.show(w.surface, b)
	after := take(t, frames)
	p.request(b, 0)
	p.sync()
	check := func(when string) {
		t.Helper()
		if !bytes.Equal(before.Pix, slices.Repeat([]byte{1}, smallBytes)) || !bytes.Equal(after.Pix, slices.Repeat([]byte{2}, smallBytes)) {
			t.Errorf("%s: a held picture is another", when)
		}
	}
	check("resized and destroyed")
	p.wire.sock.Close()
	d.Close()
	check("closed")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(before.Release)
		wg.Go(after.Release)
	}
	wg.Wait()
}

func TestReleaseWithinFrames(t *testing.T) {
	const n = 200
	count := make(chan int, n)
	d, err := Listen(small, 1, func(_ int, f *Frame) {
		count <- int(f.Pix[0])
		f.Release()
	})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	p := connect(t, d)
	p.bind()
	w := p.window()
	m := p.memory(smallBytes)
	a := p.buffer(m, 0, 8, 6, 0)
	for i := range n {
		if _, err := m.file.WriteAt([]byte{byte(i)}, 0); err != nil {
			t.Fatal(err)
		}
		p.show(w.surface, a)
		p.wait(a, 0)
		if got := <-count; got != i {
			t.Fatalf("picture %d comes as the %dth", got, i)
		}
	}
}

func TestMemoryCutOff(t *testing.T) {
	for _, when := range []string{"before", "within"} {
		t.Run(when, func(t *testing.T) {
			files := make(chan *os.File, 1)
			cut := func() {
				if err := (<-files).Truncate(0); err != nil {
					t.Error(err)
				}
			}
			d, err := Listen(image.Pt(64, 64), 1, func(_ int, f *Frame) {
				if when == "within" {
					cut()
				}
				t.Error("read", f.Pix[len(f.Pix)-1])
			})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			p := connect(t, d)
			p.bind()
			w := p.window()
			m := p.memory(64 * 64 * 4)
			a := p.buffer(m, 0, 64, 64, 1)
			p.sync()
			files <- m.file
			if when == "before" {
				cut()
			}
			p.show(w.surface, a)
			if said := p.fault(); !strings.Contains(said, "cut off") {
				t.Errorf("the program is told %q", said)
			}
		})
	}
}

func TestListenRefuses(t *testing.T) {
	for _, tt := range []struct {
		size  image.Point
		scale int
	}{{image.Pt(0, 6), 1}, {image.Pt(8, 6), 0}, {image.Pt(9, 6), 2}} {
		if d, err := Listen(tt.size, tt.scale, nil); err == nil {
			d.Close()
			t.Errorf("%v with scale %d is served", tt.size, tt.scale)
		}
	}
	t.Setenv("TMPDIR", "/none") // a long path would be passed over
	if d, err := Listen(small, 1, nil); err == nil || !strings.HasPrefix(err.Error(), "display: ") {
		d.Close()
		t.Errorf("without a place for its socket: %v", err)
	}
}

func TestNothingIsLeft(t *testing.T) {
	files, routines := openFiles(t), runtime.NumGoroutine()
	d, err := Listen(small, 1, func(_ int, f *Frame) { f.Release() })
	if err != nil {
		t.Fatal(err)
	}
	dir := d.dir.Path()
	for i := range 4 {
		p := connect(t, d)
		p.bind()
		w := p.window()
		m := p.memory(smallBytes)
		p.show(w.surface, p.buffer(m, 0, 8, 6, 1))
		p.send([]int{int(m.file.Fd())}, displayID, 0, p.id()) // a file that nothing takes
		switch i {
		case 0:
			p.request(999, 0)
			p.fault()
		case 1:
			p.wire.sock.Write([]byte{1, 0, 0, 0, 0})
		case 2:
			p.send([]int{int(m.file.Fd())}, p.shm, 0, p.id(), 1<<30)
			p.fault()
		case 3:
			p.sync()
			d.Close()
		}
		p.wire.sock.Close()
		m.file.Close()
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the display's folder is left: %v", err)
	}
	for end := time.Now().Add(patience); openFiles(t) > files || runtime.NumGoroutine() > routines; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d files open, were %d; %d goroutines, were %d", openFiles(t), files, runtime.NumGoroutine(), routines)
		}
	}
}

func openFiles(t testing.TB) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// Pictures that follow each other fast get ticks that do so, too, within limits.
func TestRefresh(t *testing.T) {
	for after, want := range map[time.Duration]time.Duration{
		0:                      leastRefresh,
		5 * time.Millisecond:   leastRefresh,
		20 * time.Millisecond:  5 * time.Millisecond,
		40 * time.Millisecond:  mostRefresh,
		time.Duration(1) << 60: mostRefresh,
	} {
		if got := refresh(after); got != want {
			t.Errorf("after %s: %s, want %s", after, got, want)
		}
	}
}
