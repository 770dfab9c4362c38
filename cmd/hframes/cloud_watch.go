package main

import (
	"context"
	"fmt"
	"time"

	"github.com/hframes/hframes/cloud"
	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/source"
	"github.com/spf13/cobra"
)

func cloudWatch(t *terminal, key *keyFlag) *cobra.Command {
	var f waitFlags
	c := &cobra.Command{
		Use:   "watch [RENDER…]",
		Short: "Show how renders get on until they end",
		Long: `watch shows the renders that are queued or under way, or those that are named, and how they change, until all have
ended. It downloads nothing. The exit code is 1 if one of them failed.`,
		Args: args(cobra.ArbitraryArgs),
		RunE: func(c *cobra.Command, words []string) error {
			if err := f.check(c); err != nil {
				return err
			}
			service, err := cloudService(t, key, f.poll)
			if err != nil {
				return err
			}
			defer service.Journal.Close()
			return watch(c.Context(), t, service, words, f)
		},
	}
	f.add(c)
	return c
}

// recent is how many renders are looked at for those that run.
const recent = 100

// watch reports each change of the renders with these ids, or of all that run.
func watch(ctx context.Context, t *terminal, s *cloud.Service, ids []string, f waitFlags) error {
	if len(ids) == 0 {
		page, err := s.Client.Renders(ctx, recent, "")
		if err != nil {
			return err
		}
		for _, d := range page.Items {
			if !d.Status.Final() {
				ids = append(ids, d.ID)
			}
		}
	}
	end := time.Now().Add(f.timeout)
	last := map[string]heygen.RenderDetail{}
	for pause := min(2*time.Second, f.poll); ; pause = min(pause*3/2, f.poll) {
		running := 0
		for _, id := range ids {
			if last[id].Status.Final() {
				continue
			}
			d, err := s.Client.Render(ctx, id)
			if err != nil {
				return err
			}
			if d.Status != last[id].Status {
				t.note("%s  %s  %-9s  %s", time.Now().Format(time.TimeOnly), id, d.Status, source.Cut(either(d.Failure(), d.Title), 2*titleRoom))
			}
			if last[id] = *d; !d.Status.Final() {
				running++
			}
		}
		if running == 0 {
			return watched(t, s, ids, last)
		}
		t.progress(fmt.Sprintf("%d of %d running", running, len(ids)), false)
		if time.Until(end) < pause {
			return &cloud.StillRunning{Render: firstRunning(ids, last), Waited: f.timeout}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

func firstRunning(ids []string, last map[string]heygen.RenderDetail) string {
	for _, id := range ids {
		if !last[id].Status.Final() {
			return id
		}
	}
	return ""
}

// watched ends a watch: the renders as they ended, and an error if one failed.
func watched(t *terminal, s *cloud.Service, ids []string, last map[string]heygen.RenderDetail) error {
	records, err := byRender(s)
	if err != nil {
		return err
	}
	list, failed := []listed{}, 0
	for _, id := range ids {
		list = append(list, entry(last[id], records))
		if last[id].Status == heygen.Failed {
			failed++
		}
	}
	if len(list) == 0 {
		t.note("no render is queued or under way")
	}
	if t.json || len(list) > 0 {
		if err := t.result(renderTable(list), map[string]any{"renders": list}); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d renders failed", failed, len(ids))
	}
	return nil
}
