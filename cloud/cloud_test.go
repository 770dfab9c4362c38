package cloud_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/hframes/hframes/bundler"
	"github.com/hframes/hframes/cloud"
	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/internal/heygen/heygentest"
)

// page is a film of a second; what tells one film from another is the text.
func page(text string) string {
	return fmt.Sprintf(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Film</title></head><body>
<div id="root" data-composition-id="main" data-start="0" data-duration="1" data-width="1920" data-height="1080" data-fps="30">
<div id="text" class="clip" data-start="0" data-duration="1" data-track-index="0">%s</div></div></body></html>`, text)
}

func pack(t testing.TB, text string) *cloud.Archive {
	t.Helper()
	b, list := bundler.New(bundler.Options{}).Build(t.Context(), fstest.MapFS{"index.html": {Data: []byte(page(text))}}, "index.html")
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	a, err := cloud.Pack(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// at returns a service at a fake, with a journal in dir.
func at(t testing.TB, fake *heygentest.Server, dir string) *cloud.Service {
	t.Helper()
	client, err := heygen.New(heygen.Options{BaseURL: fake.URL, Auth: heygen.Key(heygentest.DefaultKey), Backoff: time.Millisecond, Rate: 10000})
	if err != nil {
		t.Fatal(err)
	}
	journal, err := cloud.OpenJournal(filepath.Join(dir, "journal.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { journal.Close() })
	return &cloud.Service{Client: client, Journal: journal, Account: "test", Poll: 20 * time.Millisecond}
}

var want = cloud.Expect{Width: 1920, Height: 1080, FPS: 30, Seconds: 1}

func job(a *cloud.Archive, out string) cloud.Job {
	return cloud.Job{Archive: a, Output: out, Expect: want, Timeout: 20 * time.Second,
		Request: heygen.RenderRequest{FPS: 30, AspectRatio: "16:9", Title: "A film"}}
}

func sum(t testing.TB, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// names lists what lies in a folder.
func names(t testing.TB, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range list {
		out = append(out, e.Name())
	}
	return out
}

func TestRender(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{QueuePolls: 1, RenderPolls: 1, EarlyCompletes: 1})
	dir := t.TempDir()
	out := filepath.Join(dir, "new", "film.mp4")
	s, a := at(t, fake, dir), pack(t, "one")
	var steps []cloud.Step
	j := job(a, out)
	j.Progress = func(p cloud.Progress) {
		if !slices.Contains(steps, p.Step) {
			steps = append(steps, p.Step)
		}
	}
	res, err := s.Render(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	state := fake.State()
	if len(state.Renders) != 1 || state.Renders[0].ID != res.Render || state.Renders[0].VideoSHA256 != sum(t, out) {
		t.Errorf("renders %+v, result %+v", state.Renders, res)
	}
	if !res.Uploaded || !res.Created || !res.Fetched || res.Width != 1920 || res.Height != 1080 || res.Output != out {
		t.Errorf("result %+v", res)
	}
	if state.Renders[0].ZipSHA256 != a.SHA256 {
		t.Errorf("zip %s, sent %s", state.Renders[0].ZipSHA256, a.SHA256)
	}
	if want := []cloud.Step{cloud.StepUpload, cloud.StepCreate, cloud.StepWait, cloud.StepDownload}; !slices.Equal(steps, want) {
		t.Errorf("steps %v", steps)
	}
	if got := names(t, filepath.Dir(out)); len(got) != 1 {
		t.Errorf("the folder holds %v", got)
	}

	t.Run("again, nothing is done", func(t *testing.T) {
		before := fake.State().Requests
		res, err := at(t, fake, dir).Render(t.Context(), job(a, out))
		if err != nil || res.Uploaded || res.Created || res.Fetched || res.Output != out {
			t.Errorf("%+v, %v", res, err)
		}
		if after := fake.State().Requests; fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("requests %v, before %v", after, before)
		}
	})
	t.Run("a lost file is downloaded again", func(t *testing.T) {
		os.Remove(out)
		res, err := at(t, fake, dir).Render(t.Context(), job(a, out))
		if err != nil || res.Created || !res.Fetched || sum(t, out) != state.Renders[0].VideoSHA256 {
			t.Errorf("%+v, %v", res, err)
		}
	})
	t.Run("a changed file, too", func(t *testing.T) {
		os.WriteFile(out, []byte("mine"), 0o644)
		res, err := at(t, fake, dir).Render(t.Context(), job(a, out))
		if err != nil || res.Created || !res.Fetched || sum(t, out) != state.Renders[0].VideoSHA256 {
			t.Errorf("%+v, %v", res, err)
		}
	})
	t.Run("to another file", func(t *testing.T) {
		other := filepath.Join(dir, "other.mp4")
		res, err := at(t, fake, dir).Render(t.Context(), job(a, other))
		if err != nil || res.Created || !res.Fetched || sum(t, other) != state.Renders[0].VideoSHA256 {
			t.Errorf("%+v, %v", res, err)
		}
	})
	t.Run("without a journal, the idempotency key finds it", func(t *testing.T) {
		res, err := at(t, fake, t.TempDir()).Render(t.Context(), job(pack(t, "one"), out))
		if err != nil || res.Render != state.Renders[0].ID {
			t.Errorf("%+v, %v", res, err)
		}
	})
	t.Run("with other variables, one upload serves", func(t *testing.T) {
		j := job(a, filepath.Join(dir, "vars.mp4"))
		j.Request.Variables = map[string]any{"name": "Ada"}
		res, err := at(t, fake, dir).Render(t.Context(), j)
		if err != nil || res.Uploaded || !res.Created {
			t.Errorf("%+v, %v", res, err)
		}
	})
	t.Run("by force", func(t *testing.T) {
		j := job(a, out)
		j.Force = true
		before := len(fake.State().Renders)
		res, err := at(t, fake, dir).Render(t.Context(), j)
		if err != nil || res.Uploaded || !res.Created || len(fake.State().Renders) != before+1 {
			t.Errorf("%+v, %v", res, err)
		}
	})
}

func TestNoWaitThenResume(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{QueuePolls: 2})
	dir := t.TempDir()
	s := at(t, fake, dir)
	j := job(pack(t, "one"), filepath.Join(dir, "film.mp4"))
	j.NoWait = true
	first, err := s.Render(t.Context(), j)
	if err != nil || !first.Created || len(names(t, dir)) != 1 {
		t.Fatalf("%+v, %v, %v", first, err, names(t, dir))
	}
	open, err := s.Journal.Renders("test")
	if err != nil || len(open) != 1 || !open[0].Open() {
		t.Fatalf("%+v, %v", open, err)
	}
	res, err := s.Resume(t.Context(), open[0], cloud.Job{Output: open[0].Output, Timeout: 10 * time.Second})
	if err != nil || res.Created || !res.Fetched || res.Render != first.Render {
		t.Errorf("%+v, %v", res, err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"film.mp4", "journal.jsonl"}) {
		t.Errorf("the folder holds %v", got)
	}
}

func TestFailed(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{QueuePolls: 1000})
	dir := t.TempDir()
	s, a := at(t, fake, dir), pack(t, "one")
	j := job(a, filepath.Join(dir, "film.mp4"))
	j.NoWait = true
	res, err := s.Render(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	j.NoWait = false
	j.Timeout = time.Millisecond
	_, err = s.Render(t.Context(), j)
	var running *cloud.StillRunning
	if !errors.As(err, &running) || running.Render != res.Render || running.ExitCode() != 4 {
		t.Errorf("got %v", err)
	}
	fake.End(res.Render, heygen.Failed, "render failed; see workflow logs")
	for _, before := range []bool{false, true} {
		_, err = s.Render(t.Context(), j)
		var failed *cloud.FailedError
		if !errors.As(err, &failed) || failed.Before != before || failed.Message != "render failed; see workflow logs" {
			t.Errorf("got %v", err)
		}
	}
	if n := len(fake.State().Renders); n != 1 {
		t.Errorf("%d renders", n)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"journal.jsonl"}) {
		t.Errorf("the folder holds %v", got)
	}
	j.Force, j.NoWait = true, true
	if res, err := s.Render(t.Context(), j); err != nil || !res.Created {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestDeleted(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{})
	dir := t.TempDir()
	s, a := at(t, fake, dir), pack(t, "one")
	out := filepath.Join(dir, "film.mp4")
	res, err := s.Render(t.Context(), job(a, out))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), res.Render); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), res.Render); err != nil {
		t.Errorf("deleting twice: %v", err)
	}
	_, err = s.Render(t.Context(), job(a, out))
	var gone *cloud.GoneError
	if !errors.As(err, &gone) || gone.Render != res.Render {
		t.Errorf("got %v", err)
	}
}

// A refused request is no render: once the reason is gone, the same command asks with another idempotency key.
func TestRefused(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{})
	dir := t.TempDir()
	s, a := at(t, fake, dir), pack(t, "one")
	fake.SetPlan(heygentest.Plan{Rules: []heygentest.Rule{{Match: "POST /v3/hyperframes/renders", Do: heygentest.DoStatus, Code: "insufficient_credit"}}})
	_, err := s.Render(t.Context(), job(a, filepath.Join(dir, "film.mp4")))
	var no *heygen.Error
	if !errors.As(err, &no) || no.Code != "insufficient_credit" || no.RequestID == "" {
		t.Errorf("got %v", err)
	}
	fake.SetPlan(heygentest.Plan{})
	res, err := s.Render(t.Context(), job(a, filepath.Join(dir, "film.mp4")))
	if err != nil || res.Uploaded || !res.Created {
		t.Errorf("%+v, %v", res, err)
	}
}

// A request whose answer was lost is sent again, also by the next run, and is one render.
func TestAnswerLost(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{})
	dir := t.TempDir()
	s, a := at(t, fake, dir), pack(t, "one")
	fake.SetPlan(heygentest.Plan{Rules: []heygentest.Rule{{Match: "POST /v3/hyperframes/renders", Do: heygentest.DoDrop, After: true}}})
	_, err := s.Render(t.Context(), job(a, filepath.Join(dir, "film.mp4")))
	var lost *cloud.Unanswered
	if !errors.As(err, &lost) {
		t.Errorf("got %v", err)
	}
	fake.SetPlan(heygentest.Plan{})
	j := job(a, filepath.Join(dir, "film.mp4"))
	j.Force = true
	res, err := at(t, fake, dir).Render(t.Context(), j)
	if err != nil || len(fake.State().Renders) != 1 || !res.Fetched {
		t.Errorf("%+v, %v, %d renders", res, err, len(fake.State().Renders))
	}
}

// Past the day that the service remembers idempotency keys, a render without an answer is looked for by its callback id.
func TestAnswerLostForDays(t *testing.T) {
	for _, arrived := range []bool{true, false} {
		clock := time.Now().Add(-72 * time.Hour)
		fake := heygentest.Start(t, heygentest.Options{Now: func() time.Time { return clock }})
		dir := t.TempDir()
		s, a := at(t, fake, dir), pack(t, "one")
		fake.SetPlan(heygentest.Plan{Rules: []heygentest.Rule{{Match: "POST /v3/hyperframes/renders", Do: heygentest.DoDrop, After: arrived}}})
		if _, err := s.Render(t.Context(), job(a, filepath.Join(dir, "film.mp4"))); err == nil {
			t.Fatal("no error")
		}
		fake.SetPlan(heygentest.Plan{})
		rec, err := s.Journal.Renders("test")
		if err != nil || len(rec) != 1 || rec[0].State != cloud.Creating {
			t.Fatalf("%+v, %v", rec, err)
		}
		clock = time.Now()
		rec[0].Asked = rec[0].Asked.Add(-72 * time.Hour)
		if err := s.Journal.Append(rec[0]); err != nil {
			t.Fatal(err)
		}
		res, err := at(t, fake, dir).Render(t.Context(), job(a, filepath.Join(dir, "film.mp4")))
		if err != nil || res.Created == arrived || len(fake.State().Renders) != 1 {
			t.Errorf("arrived %t: %+v, %v, %d renders", arrived, res, err, len(fake.State().Renders))
		}
	}
}

// The asset that the journal knows may be gone at the service, at any of the places where that shows.
func TestAssetGone(t *testing.T) {
	for _, look := range []string{"seen when it is looked for", "seen when it is used"} {
		t.Run(look, func(t *testing.T) {
			fake := heygentest.Start(t, heygentest.Options{})
			dir := t.TempDir()
			s, a := at(t, fake, dir), pack(t, "one")
			if _, err := s.Render(t.Context(), job(a, filepath.Join(dir, "film.mp4"))); err != nil {
				t.Fatal(err)
			}
			if look == "seen when it is looked for" {
				s = at(t, fake, dir)
			}
			for _, asset := range fake.State().Assets {
				if err := s.Client.DeleteAsset(t.Context(), asset.ID); err != nil {
					t.Fatal(err)
				}
			}
			j := job(a, filepath.Join(dir, "two.mp4"))
			j.Request.Variables = map[string]any{"a": 1}
			res, err := s.Render(t.Context(), j)
			if err != nil || !res.Uploaded || !res.Created {
				t.Errorf("%+v, %v", res, err)
			}
		})
	}
}

// An upload URL that is too old is asked for with another key, as the service repeats the old one for the same key.
func TestUploadExpired(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{})
	dir := t.TempDir()
	fake.SetPlan(heygentest.Plan{Rules: []heygentest.Rule{{Match: "PUT /**", Do: heygentest.DoExpire, Times: 2}}})
	s, a := at(t, fake, dir), pack(t, "one")
	res, err := s.Render(t.Context(), job(a, filepath.Join(dir, "film.mp4")))
	if err != nil || !res.Uploaded {
		t.Errorf("%+v, %v", res, err)
	}
	if n := len(fake.State().Assets); n != 3 {
		t.Errorf("%d assets", n)
	}
}

// What comes down the line wrong is downloaded again; what is wrong at the service is no result.
func TestDownload(t *testing.T) {
	for _, c := range []struct {
		name string
		rule heygentest.Rule
	}{
		{"cut off", heygentest.Rule{Do: heygentest.DoTruncate, Times: 2}},
		{"short", heygentest.Rule{Do: heygentest.DoShort, Times: 2}},
		{"long", heygentest.Rule{Do: heygentest.DoLong, Times: 2}},
		{"garbage", heygentest.Rule{Do: heygentest.DoGarbage, Times: 2}},
		{"expired", heygentest.Rule{Do: heygentest.DoExpire, Times: 2}},
		{"reset", heygentest.Rule{Do: heygentest.DoReset, Times: 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake := heygentest.Start(t, heygentest.Options{})
			dir := t.TempDir()
			c.rule.Match = "GET /store/**"
			if err := fake.SetPlan(heygentest.Plan{Rules: []heygentest.Rule{c.rule}}); err != nil {
				t.Fatal(err)
			}
			out := filepath.Join(dir, "film.mp4")
			if _, err := at(t, fake, dir).Render(t.Context(), job(pack(t, "one"), out)); err != nil {
				t.Fatal(err)
			}
			if sum(t, out) != fake.State().Renders[0].VideoSHA256 {
				t.Error("the file is another")
			}
		})
	}
	t.Run("wrong", func(t *testing.T) {
		fake := heygentest.Start(t, heygentest.Options{})
		dir := t.TempDir()
		out := filepath.Join(dir, "film.mp4")
		os.WriteFile(out, []byte("before"), 0o644)
		j := job(pack(t, "one"), out)
		j.Expect = cloud.Expect{Width: 1080, Height: 1920, FPS: 60, Seconds: 2, Audio: true}
		_, err := at(t, fake, dir).Render(t.Context(), j)
		var wrong *cloud.WrongFile
		if !errors.As(err, &wrong) || len(wrong.Faults) != 4 {
			t.Errorf("got %v", err)
		}
		if data, _ := os.ReadFile(out); string(data) != "before" {
			t.Error("the file that was there is gone")
		}
		if got := names(t, dir); !slices.Equal(got, []string{"film.mp4", "journal.jsonl"}) {
			t.Errorf("the folder holds %v", got)
		}
		res, err := at(t, fake, dir).Fetch(t.Context(), wrong.Render, cloud.Job{Output: out})
		if err != nil || sum(t, out) != fake.State().Renders[0].VideoSHA256 {
			t.Errorf("%+v, %v", res, err)
		}
	})
}

// Many goroutines with one film make one upload, and those with one input one render.
func TestTogether(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{QueuePolls: 1})
	dir := t.TempDir()
	s, a := at(t, fake, dir), pack(t, "one")
	errs := make(chan error)
	const inputs, each = 5, 4
	for i := range inputs * each {
		go func() {
			j := job(a, filepath.Join(dir, fmt.Sprintf("%d.mp4", i)))
			j.Request.Variables = map[string]any{"n": i % inputs}
			_, err := s.Render(t.Context(), j)
			errs <- err
		}()
	}
	for range inputs * each {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	state := fake.State()
	if len(state.Renders) != inputs || len(state.Assets) != 1 || len(names(t, dir)) != inputs*each+1 {
		t.Errorf("%d renders, %d assets, %v", len(state.Renders), len(state.Assets), names(t, dir))
	}
}
