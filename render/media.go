package render

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/internal/media"
)

// prepareMedia looks at everything that sounds or moves and plans what is made of it.
func (j *job) prepareMedia(ctx context.Context) error {
	before := len(j.warning)
	infos, err := j.probeAll(ctx, j.about)
	if err != nil {
		return err
	}
	j.checkImages(j.about.Images)
	frames := frameCount(j.about.Duration, j.rate)
	j.clips = planClips(j.about.Media, infos, j.rate, frames, j.ends)
	for _, c := range j.clips.list {
		c.frames.Dir = filepath.Join(j.tmp, c.dir)
	}
	j.sounds = j.planSounds(j.about.Media, infos, j.rate.Time(frames))
	j.mediaWarnings = slices.Clone(j.warning[before:])
	return j.usePictures(ctx, j.first)
}

// pickPictures gets the pictures of the videos ready that are seen in pieces to be made, the first ones first: see
// [clipSet.wait].
func (j *job) pickPictures(ctx context.Context, todo []*piece) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(2)
	inOrder := slices.SortedStableFunc(slices.Values(j.clips.list), func(a, b *clip) int { return cmp.Compare(a.first, b.first) })
	for _, c := range inOrder {
		if c.seenIn(todo...) {
			g.Go(func() error { return j.pickFrames(ctx, c, todo) })
		}
	}
	return g.Wait()
}

// probeAll asks FFmpeg about every media file of the film, by address, and notes what will not be as written.
func (j *job) probeAll(ctx context.Context, d *description) (map[string]*ffmpeg.Info, error) {
	infos := map[string]*ffmpeg.Info{}
	for _, m := range d.Media {
		for _, name := range m.NotDone {
			j.warn("%s: %s is not rendered locally", m.name(), name)
		}
		if m.Loop && !m.Video {
			j.warn("%s: the official renderer plays a looping sound once", m.name())
		}
		if m.Hidden || m.Src == "" || infos[m.Src] != nil {
			continue
		}
		if !strings.HasPrefix(m.Src, j.server.origin()+"/") {
			return nil, fmt.Errorf("%s: %s is not a file of the film", m.name(), m.Src)
		}
		info, err := j.tools.Probe(ctx, m.Src, false)
		if err != nil {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			return nil, fmt.Errorf("%s: read %s: %w", m.name(), strings.TrimPrefix(m.Src, j.server.origin()+"/"), err)
		}
		infos[m.Src] = info
		if m.SoundDue && info.Audio() == nil {
			j.warn("%s: its file has no sound", m.name())
		}
		if v := info.Video(); m.Video && v != nil && (v.Transfer == "smpte2084" || v.Transfer == "arib-std-b67") {
			j.warn("%s: its file is HDR; colours are shown without tone mapping", m.name())
		}
	}
	return infos, nil
}

// checkImages notes pictures that no browser shows, of which it says nothing itself, and those that move by themselves:
// the browser moves them by a clock of its own. A file that is missing is noted as a request that failed.
func (j *job) checkImages(addresses []string) {
	for _, a := range addresses {
		escaped, ok := strings.CutPrefix(a, j.server.origin()+"/")
		name, err := url.PathUnescape(escaped)
		if !ok || err != nil {
			continue
		}
		info, err := media.ProbeFS(j.src, name)
		switch {
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			j.warn("%s: the picture is not shown: %v", name, err)
		case info.Animated:
			j.warn("%s: an animated picture is not in step with the film; make it a video", name)
		}
	}
}

// name returns what an author calls the element.
func (m mediaItem) name() string {
	tag := "audio"
	if m.Video {
		tag = "video"
	}
	if m.ID == "" {
		return tag
	}
	return tag + " #" + m.ID
}

// span returns when an element plays in a film of the given length, for a source of the given length: start and end, in
// s of the film. end is not after start when it never does.
func (m mediaItem) span(source, film float64) (start, end float64) {
	end = film
	if m.Duration != nil {
		end = min(end, m.Start+*m.Duration)
	} else if !m.Loop && source > 0 {
		end = min(end, m.Start+(source-m.From)/m.Rate)
	}
	if m.Limit != nil {
		end = min(end, *m.Limit)
	}
	return max(0, m.Start), end
}

// loops reports whether an element that plays until end (s of the film) begins again before. The official runtime goes
// back to where the element began at the end of the file, not of its sound or picture.
func (m mediaItem) loops(info *ffmpeg.Info, end float64) bool {
	return m.Loop && info.Duration > m.From && (end-m.Start)*m.Rate > info.Duration-m.From
}

// pickFrames writes the pictures of one clip that are needed for some pieces.
func (j *job) pickFrames(ctx context.Context, c *clip, todo []*piece) error {
	m, f := j.about.Media[c.media], c.frames
	if err := os.Mkdir(f.Dir, 0o700); err != nil {
		return fmt.Errorf("%s: %w", m.name(), err)
	}
	f.First, f.Count = c.needed(todo)
	n, err := j.pick(ctx, f)
	if err == nil && n == 0 && f.First > 0 { // the file is shorter than it claims
		f.First, f.Count = 0, f.First+f.Count
		n, err = j.pick(ctx, f)
	}
	if err != nil {
		return fmt.Errorf("%s: pick frames: %w", m.name(), err)
	}
	if n == 0 {
		return fmt.Errorf("%s: its file has no picture at %s s", m.name(), strconv.FormatFloat(f.Start, 'f', -1, 64))
	}
	c.count = f.First + n
	close(c.ready)
	return nil
}

// pick writes pictures and returns how many came out.
func (j *job) pick(ctx context.Context, f ffmpeg.Frames) (int, error) {
	if err := j.tools.Run(ctx, f.Args()); err != nil {
		return 0, err
	}
	files, err := os.ReadDir(f.Dir)
	return len(files), err
}

// usePictures tells a browser where the pictures are of the videos on its page.
func (j *job) usePictures(ctx context.Context, f *film) error {
	list := make([]map[string]any, len(j.clips.list))
	for i, c := range j.clips.list {
		list[i] = map[string]any{"media": j.about.Media[c.media].Key, "url": reserved + "clip/" + c.dir + "/", "suffix": c.suffix, "duration": c.end - c.start}
	}
	if err := f.page.Call(ctx, "stage.film().usePictures", nil, list); err != nil {
		return fmt.Errorf("show video frames: %w", err)
	}
	return nil
}
