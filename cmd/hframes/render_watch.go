package main

import (
	"context"
	"errors"
	"strings"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/preview"
	"github.com/spf13/cobra"
)

// errChanged ends a render whose film is not what it was.
var errChanged = errors.New("the film changed")

// watch renders a film whenever it changes, until the context ends, which is how it is meant to end. A change while a
// render runs ends that: what it has made so far is in the cache.
func (f *renderFlags) watch(c *cobra.Command, t *terminal, words []string) error {
	switch {
	case t.json:
		return usageError{c, hinted{errors.New("--watch renders again and again, and --json is one document"), "drop one of them"}}
	case f.local.noCache:
		return usageError{c, hinted{errors.New("--watch without a cache would render the whole film each time"), "drop --no-cache"}}
	}
	p, err := f.open(c, words)
	if err != nil {
		return err
	}
	defer p.Close()
	watcher, err := preview.NewWatcher(p.Dir)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(c.Context())
	changes := make(chan []string, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		cancel(watcher.Run(ctx, func(paths []string) {
			select {
			case changes <- paths:
			default: // a change is waiting already
			}
		}))
	}()
	defer func() { cancel(nil); <-done }()
	for first := true; ; first = false {
		err := f.renderOnce(ctx, c, t, p, watcher, changes)
		switch {
		case ctx.Err() != nil:
		case errors.Is(err, errChanged):
			continue
		case err != nil && first && code(err) == exitUsage:
			return err
		default:
			t.finish(err)
			t.note("waiting for a change; Ctrl-C ends it")
		}
		select {
		case paths := <-changes:
			t.note("changed: %s", strings.Join(paths, ", "))
		case <-ctx.Done():
			if c.Context().Err() != nil {
				return nil
			}
			return context.Cause(ctx)
		}
	}
}

// renderOnce builds and renders a film, and sees to it that what it is made from is watched. It returns errChanged when a
// change came in between.
func (f *renderFlags) renderOnce(ctx context.Context, c *cobra.Command, t *terminal, p *hframes.Project, w *preview.Watcher, changes <-chan []string) error {
	film, err := f.build(c, t, p)
	if e := w.Watch(p.Watched()); e != nil {
		return e
	}
	if err != nil {
		return err
	}
	vars, unknown, err := f.values(c, film)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		select {
		case paths := <-changes:
			t.note("changed: %s", strings.Join(paths, ", "))
			stop(errChanged)
		case <-ctx.Done():
		}
	}()
	err = f.onLocal(ctx, c, t, p, film, vars, unknown)
	stop(nil)
	<-watching
	if context.Cause(ctx) == errChanged {
		return errChanged
	}
	return err
}
