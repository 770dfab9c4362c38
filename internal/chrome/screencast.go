package chrome

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// A Frame is one picture that the browser has put on the screen of a page.
type Frame struct {
	Data []byte    // encoded as asked for
	At   time.Time // when it came. The browser's own time of a frame is the tick it was meant for, often one to come
}

// A Screencast is the run of the frames of a page as they are presented, those of frames in it and of other origins
// included. Nothing comes while nothing changes.
type Screencast struct {
	Frames <-chan Frame // closed when the screencast ends

	of      *Page
	stop    context.CancelFunc
	stopped chan struct{}

	mu    sync.Mutex
	queue []arrival
	news  chan struct{} // has room for one: something was added to queue
}

type arrival struct {
	frame *page.EventScreencastFrame
	at    time.Time
}

// Screencast starts to hand on every frame that the page presents, scaled down to at most width × height px. The first
// one shows the page as it is. It ends with ctx, with the page or when Stop is called. The frames must be read: at most
// a few are under way at a time, and those that the browser presents meanwhile are not seen.
func (p *Page) Screencast(ctx context.Context, f Format, width, height int) (*Screencast, error) {
	run, stop := context.WithCancel(p.ctx)
	unhook := context.AfterFunc(ctx, stop)
	frames := make(chan Frame)
	s := &Screencast{Frames: frames, of: p, stop: stop, stopped: make(chan struct{}), news: make(chan struct{}, 1)}
	err := chromedp.Listen(run, s.see)
	if err == nil {
		params := page.StartScreencastParams{
			Format: page.StartScreencastFormat(f.Type), MaxWidth: int64(width), MaxHeight: int64(height), EveryNthFrame: 1,
		}
		if q := int64(f.Quality); q > 0 {
			params.Quality = &q
		}
		_, err = do(p, ctx, page.StartScreencast, params)
	}
	if err != nil {
		unhook()
		stop()
		return nil, fmt.Errorf("start screencast: %w", err)
	}
	go func() {
		defer close(s.stopped)
		defer close(frames)
		defer unhook()
		s.pump(run, frames)
	}()
	return s, nil
}

// Stop ends the screencast and waits until nothing of it runs any more. The page must not be in use.
func (s *Screencast) Stop() {
	s.stop()
	<-s.stopped
	do(s.of, context.Background(), page.StopScreencast, cdp.Empty{}) // a page that is gone sends no frames either
}

// see takes one protocol event. It runs where the page's messages are read, so it only notes what came.
func (s *Screencast) see(ev any) {
	e, ok := ev.(*page.EventScreencastFrame)
	if !ok {
		return
	}
	now := time.Now()
	s.mu.Lock()
	s.queue = append(s.queue, arrival{e, now})
	s.mu.Unlock()
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// pump acknowledges every frame, for the browser to send the next, and hands it on.
func (s *Screencast) pump(ctx context.Context, frames chan<- Frame) {
	for {
		select {
		case <-s.news:
		case <-ctx.Done():
			return
		}
		s.mu.Lock()
		queue := s.queue
		s.queue = nil
		s.mu.Unlock()
		for _, a := range queue {
			if _, err := chromedp.Call(ctx, page.ScreencastFrameAck, page.ScreencastFrameAckParams{SessionID: a.frame.SessionID}); err != nil {
				return
			}
			select {
			case frames <- Frame{a.frame.Data, a.at}:
			case <-ctx.Done():
				return
			}
		}
	}
}
