package batch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Run renders the rows, in order, Concurrency of them side by side. A row that fails does not stop the others; an error
// that each row would meet does (see [Fatal]), as does the end of ctx: then no row is started any more, and those being
// rendered end. The files of results and of failed rows are written in any case. Another process that writes the same
// files is waited for. An error is one of the batch itself: ctx's, or of the files. The Summary is nil only where nothing
// was started.
func (p *Plan) Run(ctx context.Context) (*Summary, error) {
	began := time.Now()
	files, made, err := p.openFiles(ctx)
	if err != nil {
		return nil, err
	}
	r := &run{Plan: p, made: made, ledger: newLedger(p, files), tasks: make(chan task)}
	var workers sync.WaitGroup
	for range min(max(p.o.Concurrency, 1), p.Rows) {
		workers.Go(func() {
			for t := range r.tasks {
				r.render(ctx, t)
			}
		})
	}
	err = r.feed(ctx)
	close(r.tasks)
	workers.Wait()
	s, failed := r.ledger.close()
	s.Elapsed = time.Since(began)
	if err == nil {
		err = failed
	}
	if err == nil {
		err = context.Cause(ctx)
	}
	return s, err
}

// A run is one pass over the rows that renders them.
type run struct {
	*Plan
	made   map[fingerprint]bool // videos of the run before
	ledger *ledger
	tasks  chan task
}

// feed hands the rows to the workers. Once the batch is stopped, the rows left are noted as not tried.
func (r *run) feed(ctx context.Context) error {
	for t, err := range r.Plan.tasks() {
		if err != nil {
			r.ledger.stop(err)
			return err
		}
		r.ledger.wait(t.Row)
		if ctx.Err() != nil || r.ledger.stopped() != nil {
			r.ledger.end(t, Result{Status: NotTried})
		} else if bytes, ok := r.done(t); ok {
			r.ledger.end(t, Result{Status: Skipped, Bytes: bytes, Key: t.key})
		} else {
			r.tasks <- t
		}
	}
	return nil
}

// render renders one row.
func (r *run) render(ctx context.Context, t task) {
	if ctx.Err() != nil || r.ledger.stopped() != nil {
		r.ledger.end(t, Result{Status: NotTried})
		return
	}
	r.ledger.start(t)
	t.Step = func(step string) { r.ledger.step(t.Row, step) }
	out, err := r.o.Renderer.Render(ctx, t.Job)
	res := Result{Status: Done, RenderID: out.RenderID, Bytes: out.Bytes, Seconds: out.Seconds, Reused: out.Reused, Key: t.key}
	interrupted := err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err())
	switch {
	case out.Running, interrupted && out.RenderID != "":
		res.Status, res.Key = Running, ""
	case interrupted:
		res.Status, res.Key = NotTried, ""
	case err != nil:
		res.Status, res.Error, res.Key = Failed, rowError(err), ""
		if Fatal(err) {
			r.ledger.stop(err)
		}
	}
	r.ledger.end(t, res)
}

// maxAhead is how many rows may be ahead of the oldest that is still being rendered: their results wait for its own.
const maxAhead = 4096

// A ledger keeps account of the rows and writes their results in order.
type ledger struct {
	mu       sync.Mutex
	moved    sync.Cond // next has grown
	plan     *Plan
	files    *files
	next     int           // row whose result is written next
	ahead    map[int]entry // results of rows behind it
	active   []Active
	summary  Summary
	began    time.Time
	stopping error // why no row is started any more
	failure  error // of writing
}

// An entry is a result that waits to be written.
type entry struct {
	Result
	source *row // of a row without a video
}

func newLedger(p *Plan, f *files) *ledger {
	l := &ledger{plan: p, files: f, next: 1, ahead: map[int]entry{}, began: time.Now()}
	l.moved.L = &l.mu
	l.summary.Rows = p.Rows
	return l
}

// wait waits until a row may be started.
func (l *ledger) wait(row int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for row-l.next >= maxAhead {
		l.moved.Wait()
	}
}

// stop makes an error the reason to start no more rows, if there is none yet.
func (l *ledger) stop(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopping == nil {
		l.stopping = err
	}
}

func (l *ledger) stopped() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stopping
}

// start notes that a row is being rendered.
func (l *ledger) start(t task) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := len(l.active)
	for i > 0 && l.active[i-1].Row > t.Row {
		i--
	}
	l.active = append(l.active[:i], append([]Active{{Row: t.Row, Output: t.Output}}, l.active[i:]...)...)
	l.tell()
}

// step notes what a row's renderer is doing.
func (l *ledger) step(row int, step string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.active {
		if l.active[i].Row == row {
			l.active[i].Step = step
			l.tell()
		}
	}
}

// end notes what became of a row, and writes all results that nothing before them is missing of.
func (l *ledger) end(t task, res Result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	res.Row, res.Line, res.Output = t.Row, t.Line, t.Output
	for i := range l.active {
		if l.active[i].Row == t.Row {
			l.active = append(l.active[:i], l.active[i+1:]...)
			break
		}
	}
	e := entry{Result: res}
	if res.Status != Done && res.Status != Skipped {
		e.source = t.source
	}
	l.ahead[t.Row] = e
	l.count(res)
	for {
		e, ok := l.ahead[l.next]
		if !ok {
			break
		}
		delete(l.ahead, l.next)
		l.next++
		l.write(e)
	}
	l.moved.Broadcast()
	if res.Status != NotTried {
		l.tell()
	}
}

// count adds a result to the summary.
func (l *ledger) count(res Result) {
	s := &l.summary
	switch res.Status {
	case Done:
		s.Done++
		if res.Reused {
			s.Reused++
		}
	case Failed:
		s.Failed++
	case Skipped:
		s.Skipped++
	case Running:
		s.Running++
	case NotTried:
		s.NotTried++
	}
	s.Bytes += res.Bytes
	s.Seconds += res.Seconds
}

// write writes a result. After an error of writing, no more rows are started: nobody would know what came of them.
func (l *ledger) write(e entry) {
	if e.Status == Failed && len(l.summary.Failures) < maxFaults {
		l.summary.Failures = append(l.summary.Failures, e.Result)
	}
	if l.failure != nil {
		return
	}
	if l.failure = l.files.write(e); l.failure != nil && l.stopping == nil {
		l.stopping = l.failure
	}
}

// tell reports progress.
func (l *ledger) tell() {
	if l.plan.o.Progress == nil {
		return
	}
	p := Progress{Counts: l.summary.Counts, Active: append([]Active(nil), l.active...)}
	p.Running = len(l.active)
	ended := p.Done - p.Reused + p.Failed
	if ended > 0 && time.Since(l.began) > time.Second {
		p.Rate = float64(ended) / time.Since(l.began).Minutes()
		left := p.Rows - p.Done - p.Failed - p.Skipped - l.summary.Running
		p.ETA = time.Duration(float64(left) / p.Rate * float64(time.Minute))
	}
	l.plan.o.Progress(p)
}

// close writes what is left and gives the files their names. Where the file of rows could not be read to its end, rows are
// missing in them.
func (l *ledger) close() (*Summary, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &l.summary
	s.NotTried = s.Rows - s.Done - s.Failed - s.Skipped - s.Running
	err := errors.Join(l.failure, l.files.close())
	if err != nil {
		err = fmt.Errorf("write results: %w", err)
	}
	s.Results, s.Stopped = l.plan.o.Results, l.stopping
	if l.files.anyFailed {
		s.FailedRows = l.plan.o.Failed
	}
	return s, err
}
