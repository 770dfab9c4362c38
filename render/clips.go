package render

import (
	"context"
	"math"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/hframes/hframes/internal/ffmpeg"
)

// A clip is one video of the film, as pictures.
type clip struct {
	media      int // index in description.Media
	dir        string
	suffix     string
	start, end float64 // in the film, s
	source     float64 // length of its file, s; 0 = not known
	first      int     // first frame of the film it is seen in: its picture 0
	last       int     // last frame it is seen in
	gone       int     // first frame that its scene is not on the page any more
	loop       *loop   // nil when the last picture stays
	frames     ffmpeg.Frames
	ready      chan struct{} // closed when all pictures are there
	count      int           // just past the number of the last one, once they are
}

// A loop is a video that begins again while it is on the page. Its pictures are those of the source, as every turn can
// need them at other times.
type loop struct {
	film         ffmpeg.Rate
	start, rate  float64 // in the film, s; speed
	from, length float64 // of the part of the source, s
}

// A clipSet knows which pictures each frame of the film shows.
type clipSet struct {
	list []*clip
}

// planClips returns the videos of a film with the pictures that are needed of each: one for each frame it is seen in. ends
// holds the frames that scenes end at, as far as that makes them invisible.
// The picture of a frame is the last of the source that has begun at the frame's time (local-render and contract §7.4
// ask for exactness; the official producer rounds to the nearest, so its picture can be half a frame early).
func planClips(media []mediaItem, infos map[string]*ffmpeg.Info, rate ffmpeg.Rate, frames int, ends map[string]int) *clipSet {
	set := &clipSet{}
	for i, m := range media {
		info := infos[m.Src]
		if !m.Video || m.Hidden || info == nil || info.Video() == nil {
			continue
		}
		v := *info.Video()
		source := v.Duration
		if source == 0 {
			source = info.Duration
		}
		start, end := m.span(source, rate.Time(frames))
		c := &clip{media: i, dir: strconv.Itoa(i), suffix: ffmpeg.FrameSuffix(v), source: source, start: start, end: end, gone: frames, ready: make(chan struct{})}
		if end, ok := ends[m.Scene]; ok {
			c.gone = end
		}
		c.first, c.last = firstFrame(start, rate), min(firstFrame(end, rate), frames-1)
		if c.first > c.last || end <= start {
			continue
		}
		c.frames = ffmpeg.Frames{
			Src: m.Src, Start: m.From + (rate.Time(c.first)-m.Start)*m.Rate, Step: rate.Time(1) * m.Rate,
			Count: c.last - c.first + 1, Info: v, Suffix: c.suffix,
		}
		if m.loops(info, end) {
			c.loop, c.frames = newLoop(m, info, rate, c.frames)
		}
		set.list = append(set.list, c)
	}
	return set
}

// wait waits until the pictures of all clips are there that are seen in a piece.
func (s *clipSet) wait(ctx context.Context, p *piece) error {
	for _, c := range s.list {
		if !c.seenIn(p) {
			continue
		}
		if err := c.wait(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// lookEvery is the time between two looks at how far FFmpeg is with the pictures of a clip.
const lookEvery = 20 * time.Millisecond

func (c *clip) wait(ctx context.Context, p *piece) error {
	first, count := c.needed([]*piece{p})
	next := c.frames.File(first + count) // which is begun when those are whole
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		if _, err := os.Stat(next); err == nil {
			return nil
		}
		select {
		case <-c.ready:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-look.C:
		}
	}
}

// seenIn reports whether a clip is on the page in one of these pieces. One that has ended is, as long as its scene is: it
// keeps its last picture.
func (c *clip) seenIn(pieces ...*piece) bool {
	return slices.ContainsFunc(pieces, func(p *piece) bool { return p.End > c.first && p.First < c.gone })
}

// needed returns which pictures frames of these pieces show: the first and how many there are from there on. A loop may need
// all of them. The last one of the source stays; that it is among them is certain a second before the end that the file
// claims.
func (c *clip) needed(pieces []*piece) (first, count int) {
	if c.loop != nil {
		return 0, c.frames.Count
	}
	first, end := c.frames.Count, 0
	for _, p := range pieces {
		if c.seenIn(p) {
			first = min(first, c.step(p.First))
			end = max(end, c.step(p.End)+1) // the page gets the next one ready, too
		}
	}
	first = max(0, min(first, int((c.source-1-c.frames.Start)/c.frames.Step)))
	return first, end - first
}

// step returns how many frames of the film after the first one in which c is seen frame n is, as far as c moves.
func (c *clip) step(n int) int { return max(0, min(n, c.last)-c.first) }

// maxSourceRate is that of a video whose pictures are told apart. A file without a steady rate can claim 90000.
const maxSourceRate = 240

// newLoop returns the loop of an element and its pictures. f is what they would be without.
func newLoop(m mediaItem, info *ffmpeg.Info, film ffmpeg.Rate, f ffmpeg.Frames) (*loop, ffmpeg.Frames) {
	l := &loop{film: film, start: m.Start, rate: m.Rate, from: m.From, length: info.Duration - m.From}
	rate := f.Info.Rate
	if rate.Num == 0 || rate.Float() > maxSourceRate {
		rate = ffmpeg.Rate{Num: 2 * film.Num, Den: film.Den} // half a frame off at most
	}
	f.Start, f.Step = f.Info.Start-info.Start, rate.Time(1) // the source's first picture
	f.Start += rate.Time(f.At(m.From))                      // the one seen at From
	f.Count = f.At(info.Duration-f.Step/2) + 1
	return l, f
}

// at returns the time of the source that frame n of the film shows, s.
func (l *loop) at(n int) float64 {
	played := max(0, (l.film.Time(n)-l.start)*l.rate+1e-9)
	return l.from + math.Mod(played, l.length)
}

// firstFrame returns the first frame that is not before t.
func firstFrame(t float64, rate ffmpeg.Rate) int {
	return int(math.Ceil(t*rate.Float() - 1e-6))
}

// at returns, for each video that is on the page in frame n (see seenIn), its number, its picture, and the picture it shows
// step frames later.
func (s *clipSet) at(n, step int) [][3]int {
	out := [][3]int{}
	for i, c := range s.list {
		if n >= c.first && n < c.gone {
			out = append(out, [3]int{i, c.picture(n), c.picture(n + step)})
		}
	}
	return out
}

// bytes returns how much memory the browser needs for the pictures of frame n that move.
func (s *clipSet) bytes(n int) (sum int) {
	for _, c := range s.list {
		if c.first <= n && n <= c.last {
			sum += 4 * c.frames.Info.Width * c.frames.Info.Height
		}
	}
	return sum
}

// picture returns the number of the picture that frame n shows.
func (c *clip) picture(n int) int {
	k := c.step(n)
	if c.loop != nil {
		k = c.frames.At(c.loop.at(min(n, c.last)))
	}
	select {
	case <-c.ready:
		return min(k, c.count-1)
	default: // it was waited for
		return k
	}
}
