package cloud_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hframes/hframes/cloud"
	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/internal/heygen/heygentest"
)

// The tests in this file are about money: of one input, there is one paid render a day, whatever happens.

const create = "POST /v3/hyperframes/renders"

// always is a plan in which one thing goes wrong each time.
func always(t *testing.T, fake *heygentest.Server, r heygentest.Rule) {
	t.Helper()
	if err := fake.SetPlan(heygentest.Plan{Rules: []heygentest.Rule{r}}); err != nil {
		t.Fatal(err)
	}
}

// lose makes a run whose request arrives and whose answer does not.
func lose(t *testing.T, s *cloud.Service, fake *heygentest.Server, j cloud.Job) {
	t.Helper()
	always(t, fake, heygentest.Rule{Match: create, Do: heygentest.DoDrop, After: true})
	var lost *cloud.Unanswered
	if _, err := s.Render(t.Context(), j); !errors.As(err, &lost) {
		t.Fatalf("got %v", err)
	}
	fake.SetPlan(heygentest.Plan{})
}

// edit changes the records of a service's journal.
func edit(t *testing.T, s *cloud.Service, change func(*cloud.Record)) {
	t.Helper()
	list, err := s.Journal.Renders("")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		change(&r)
		if err := s.Journal.Append(r); err != nil {
			t.Fatal(err)
		}
	}
}

// A no to a request that was sent before says nothing about that one: it may have used up the credit.
func TestRefusedAfterAnswerLost(t *testing.T) {
	for _, match := range []string{create, "* /v3/**"} {
		for _, code := range []string{"insufficient_credit", "unauthorized", "forbidden", "asset_not_found", "invalid_parameter", "conflict"} {
			fake := heygentest.Start(t, heygentest.Options{})
			dir := t.TempDir()
			s, j := at(t, fake, dir), job(pack(t, "one"), filepath.Join(dir, "film.mp4"))
			lose(t, s, fake, j)
			always(t, fake, heygentest.Rule{Match: match, Do: heygentest.DoStatus, Code: code})
			if _, err := s.Render(t.Context(), j); err != nil && match == create {
				t.Errorf("%s: the render was not found: %v", code, err)
			}
			fake.SetPlan(heygentest.Plan{})
			if _, err := s.Render(t.Context(), j); err != nil {
				t.Errorf("%s: %v", code, err)
			}
			if n := len(fake.State().Renders); n != 1 {
				t.Errorf("%s %s: %d renders", match, code, n)
			}
		}
	}
}

// What was noted with a clock that was wrong is found as well.
func TestAnswerLostByWrongClock(t *testing.T) {
	for _, c := range []struct{ ahead, passed time.Duration }{
		{6 * 24 * time.Hour, 26 * time.Hour}, // so that now lies before it
		{2 * time.Hour, 24*time.Hour + 30*time.Minute},
		{2 * time.Hour, 48 * time.Hour},
		{-48 * time.Hour, time.Minute},
	} {
		clock := time.Now().Add(-c.passed)
		fake := heygentest.Start(t, heygentest.Options{Now: func() time.Time { return clock }})
		dir := t.TempDir()
		s, j := at(t, fake, dir), job(pack(t, "one"), filepath.Join(dir, "film.mp4"))
		lose(t, s, fake, j)
		edit(t, s, func(r *cloud.Record) { r.Asked = clock.Add(c.ahead) })
		clock = time.Now()
		res, err := s.Render(t.Context(), j)
		if err != nil || res.Created || len(fake.State().Renders) != 1 {
			t.Errorf("%v ahead, %v passed: %+v, %v, %d renders", c.ahead, c.passed, res, err, len(fake.State().Renders))
		}
	}
}

// A callback id that the caller gives to several renders leads to nobody else's video.
func TestAnswerLostWithSharedCallback(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{})
	dir := t.TempDir()
	s, a := at(t, fake, dir), pack(t, "one")
	of := func(name string) cloud.Job {
		j := job(a, filepath.Join(dir, name+".mp4"))
		j.Request.CallbackID, j.Request.Variables = "build-7", map[string]any{"name": name}
		return j
	}
	if _, err := s.Render(t.Context(), of("ada")); err != nil {
		t.Fatal(err)
	}
	never := func(j cloud.Job) {
		t.Helper()
		always(t, fake, heygentest.Rule{Match: create, Do: heygentest.DoDrop})
		if _, err := s.Render(t.Context(), j); err == nil {
			t.Fatal("no error")
		}
		fake.SetPlan(heygentest.Plan{})
		edit(t, s, func(r *cloud.Record) {
			if r.State == cloud.Creating {
				r.Asked = r.Asked.Add(-48 * time.Hour)
			}
		})
	}
	never(of("bob"))
	res, err := s.Render(t.Context(), of("bob"))
	if err != nil || !res.Created || fmt.Sprint(fake.State().Renders[1].Request.Variables) != "map[name:bob]" {
		t.Errorf("%+v, %v", res, err)
	}
	never(of("cy"))
	others := at(t, fake, t.TempDir()) // another machine, whose renders our journal does not know
	others.Account = "other"
	for _, name := range []string{"dee", "eve"} {
		if _, err := others.Render(t.Context(), of(name)); err != nil {
			t.Fatal(err)
		}
	}
	_, err = s.Render(t.Context(), of("cy"))
	var several *cloud.SeveralError
	if !errors.As(err, &several) || len(several.Renders) != 2 {
		t.Errorf("got %v", err)
	}
	j := of("cy")
	j.Force = true
	if res, err := s.Render(t.Context(), j); err != nil || !res.Created || fmt.Sprint(fake.State().Renders[4].Request.Variables) != "map[name:cy]" {
		t.Errorf("%+v, %v", res, err)
	}
}

// Two that find the same refused request at one time ask for one render.
func TestTwoAfterRefused(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{})
	dir := t.TempDir()
	s, j := at(t, fake, dir), job(pack(t, "one"), filepath.Join(dir, "film.mp4"))
	always(t, fake, heygentest.Rule{Match: create, Do: heygentest.DoStatus, Code: "insufficient_credit"})
	if _, err := s.Render(t.Context(), j); err == nil {
		t.Fatal("no error")
	}
	fake.SetPlan(heygentest.Plan{})
	data, err := os.ReadFile(filepath.Join(dir, "journal.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		dir := t.TempDir()
		os.WriteFile(filepath.Join(dir, "journal.jsonl"), data, 0o600)
		j.Output = filepath.Join(dir, "film.mp4")
		if _, err := at(t, fake, dir).Render(t.Context(), j); err != nil {
			t.Error(err)
		}
	}
	if n := len(fake.State().Renders); n != 1 {
		t.Errorf("%d renders", n)
	}
}

// Processes that ask for one input at one time get one render, whatever was before.
func TestManyAtOnce(t *testing.T) {
	for _, before := range []string{"nothing", "refused", "failed the day before", "unanswered", "unanswered for days"} {
		fake := heygentest.Start(t, heygentest.Options{QueuePolls: 1000})
		dir := t.TempDir()
		s, j := at(t, fake, dir), job(pack(t, "one"), filepath.Join(dir, "film.mp4"))
		j.NoWait = true
		want := 1
		switch before {
		case "refused":
			always(t, fake, heygentest.Rule{Match: create, Do: heygentest.DoStatus, Code: "insufficient_credit"})
			s.Render(t.Context(), j)
		case "failed the day before":
			want = 2
			if _, err := s.Render(t.Context(), j); err != nil {
				t.Fatal(err)
			}
			edit(t, s, func(r *cloud.Record) { r.State, r.Time = cloud.Failed, r.Time.Add(-25*time.Hour) })
		case "unanswered":
			lose(t, s, fake, j)
		case "unanswered for days":
			always(t, fake, heygentest.Rule{Match: create, Do: heygentest.DoDrop})
			s.Render(t.Context(), j)
			edit(t, s, func(r *cloud.Record) { r.Asked = r.Asked.Add(-50 * time.Hour) })
		}
		fake.SetPlan(heygentest.Plan{})
		var group sync.WaitGroup
		for range 6 {
			s := at(t, fake, dir)
			group.Go(func() {
				if _, err := s.Render(t.Context(), j); err != nil {
					t.Errorf("%s: %v", before, err)
				}
			})
		}
		group.Wait()
		if n := len(fake.State().Renders); n != want {
			t.Errorf("%s: %d renders, want %d", before, n, want)
		}
	}
}

// A render that the service does not know for a moment, as after it was made, is not given up.
func TestGoneAndBack(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{})
	dir := t.TempDir()
	s, j := at(t, fake, dir), job(pack(t, "one"), filepath.Join(dir, "film.mp4"))
	always(t, fake, heygentest.Rule{Match: "GET /v3/hyperframes/renders/*", Times: 2, Do: heygentest.DoStatus, Code: "not_found"})
	for range 2 {
		var gone *cloud.GoneError
		if _, err := s.Render(t.Context(), j); !errors.As(err, &gone) {
			t.Errorf("got %v", err)
		}
	}
	if _, err := s.Render(t.Context(), j); err != nil || len(fake.State().Renders) != 1 {
		t.Errorf("%v, %d renders", err, len(fake.State().Renders))
	}
}

// Values that JSON does not have are an error before anything is sent.
func TestNoJSON(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{})
	dir := t.TempDir()
	j := job(pack(t, "one"), filepath.Join(dir, "film.mp4"))
	j.Request.Variables = map[string]any{"x": math.Inf(1)}
	if _, err := at(t, fake, dir).Render(t.Context(), j); err == nil || len(fake.State().Requests) > 0 {
		t.Errorf("%v, %v", err, fake.State().Requests)
	}
}

// A cutter ends a run at one of its requests, as a kill does: before it is sent or once it was carried out.
type cutter struct {
	left    int // requests that are let through; below zero = all
	after   bool
	journal string
	kept    []byte // the journal at that moment
	kill    context.CancelFunc
}

func (c *cutter) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.left < 0 {
		return http.DefaultTransport.RoundTrip(r)
	}
	if c.left > 0 {
		c.left--
		return http.DefaultTransport.RoundTrip(r)
	}
	if c.kept == nil {
		c.kept, _ = os.ReadFile(c.journal)
		if c.after {
			if a, err := http.DefaultTransport.RoundTrip(r); err == nil {
				a.Body.Close()
			}
		}
		c.kill()
	}
	return nil, errors.New("killed")
}

// A world is the service, a machine, and what must be true of them.
type world struct {
	t      *testing.T
	rand   *rand.Rand
	fake   *heygentest.Server
	passed time.Duration // since the beginning
	dir    string
	jobs   []cloud.Job
	inputs []*input
	log    []string
}

// An input is what is known of one input's renders.
type input struct {
	renders int
	key     string        // of the last
	born    time.Duration // of the last
	ended   time.Duration // when the last failed or was deleted; -1 = it was not
	lost    bool          // the journal was deleted since the last
	owed    bool          // a forced run did not come to its render, which the next run may make up for
}

func newWorld(t *testing.T, seed uint64, a, b *cloud.Archive) *world {
	w := &world{t: t, rand: rand.New(rand.NewPCG(seed, 7)), dir: t.TempDir()}
	w.fake = heygentest.Start(t, heygentest.Options{QueuePolls: 2, Now: func() time.Time { return time.Now().Add(w.passed) }, ResultLife: 24 * time.Hour})
	for i, archive := range []*cloud.Archive{a, a, b} {
		j := job(archive, filepath.Join(w.dir, fmt.Sprintf("%d.mp4", i)))
		j.Request.Variables = map[string]any{"input": fmt.Sprint(i)}
		w.jobs, w.inputs = append(w.jobs, j), append(w.inputs, &input{ended: -1})
	}
	return w
}

// run runs a job once, perhaps not to its end.
func (w *world) run(i int, force, noWait, kill bool) {
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	cut := &cutter{left: -1, journal: filepath.Join(w.dir, "journal.jsonl"), kill: cancel}
	if kill {
		cut.left, cut.after = w.rand.IntN(9), w.rand.IntN(2) == 0
	}
	client, err := heygen.New(heygen.Options{BaseURL: w.fake.URL, Auth: heygen.Key(heygentest.DefaultKey), Backoff: time.Microsecond, Rate: 1e6, Retries: 1, Transport: cut})
	if err != nil {
		w.t.Fatal(err)
	}
	journal, err := cloud.OpenJournal(cut.journal)
	if err != nil {
		w.t.Fatal(err)
	}
	defer journal.Close()
	s := &cloud.Service{Client: client, Journal: journal, Account: "test", Poll: time.Millisecond}
	j := w.jobs[i]
	j.Force, j.NoWait, j.Timeout = force, noWait, time.Minute
	res, err := s.Render(ctx, j)
	if cut.kept != nil { // nothing was written after the kill
		journal.Close()
		os.WriteFile(cut.journal, cut.kept, 0o600)
	}
	w.log = append(w.log, fmt.Sprintf("run %d force %t no-wait %t cut %d %t: %v", i, force, noWait, cut.left, cut.after, err))
	before := w.inputs[i].renders
	w.check(force, i)
	if force && err != nil && w.inputs[i].renders == before {
		w.inputs[i].owed = true
	}
	if err == nil && !noWait {
		for _, r := range w.fake.State().Renders {
			if r.ID == res.Render && (fmt.Sprint(r.Request.Variables["input"]) != fmt.Sprint(i) || r.VideoSHA256 != sum(w.t, j.Output)) {
				w.fail("the file is not input %d's video", i)
			}
		}
	}
	for _, name := range names(w.t, w.dir) {
		if strings.HasPrefix(name, ".") {
			w.fail("%s is left", name)
		}
	}
}

// check looks for renders that nobody may have paid for.
func (w *world) check(forced bool, ran int) {
	counts := make([]int, len(w.inputs))
	for _, r := range w.fake.State().Renders {
		var i int
		fmt.Sscan(fmt.Sprint(r.Request.Variables["input"]), &i)
		counts[i]++
		in := w.inputs[i]
		if counts[i] <= in.renders {
			continue
		}
		dayPassed := func(at time.Duration) bool { return w.passed-at >= 24*time.Hour }
		switch base := !strings.Contains(strings.TrimPrefix(in.key, "hframes-"), "-"); {
		case i != ran:
			w.fail("input %d was rendered unasked", i)
		case in.renders == 0, forced, in.owed:
		case in.ended >= 0 && dayPassed(in.ended):
		case in.lost && (dayPassed(in.born) || !base): // the service remembers the input's own key for a day
		default:
			w.fail("input %d was paid for again: %+v", i, *in)
		}
		*in = input{renders: counts[i], key: r.Key, born: w.passed, ended: -1}
	}
}

func (w *world) fail(format string, a ...any) {
	w.t.Helper()
	w.t.Fatalf("%s, after\n%s", fmt.Sprintf(format, a...), strings.Join(w.log, "\n"))
}

// age makes the journal's records older, and sets the clock by which they were asked for wrong.
func (w *world) age(by, wrong time.Duration) {
	path := filepath.Join(w.dir, "journal.jsonl")
	data, _ := os.ReadFile(path)
	var out bytes.Buffer
	for line := range bytes.Lines(data) {
		var r cloud.Record
		if err := json.Unmarshal(line, &r); err != nil {
			w.t.Fatal(err)
		}
		r.Time = r.Time.Add(-by)
		if !r.Asked.IsZero() {
			r.Asked = r.Asked.Add(wrong - by)
		}
		json.NewEncoder(&out).Encode(r)
	}
	os.WriteFile(path, out.Bytes(), 0o600)
	w.passed += by
}

// last returns the last render of an input at the service that is not done or not deleted.
func (w *world) last(i int, done bool) string {
	list := w.fake.State().Renders
	for _, r := range slices.Backward(list) {
		if fmt.Sprint(r.Request.Variables["input"]) == fmt.Sprint(i) {
			if r.Deleted || !done && r.Status.Final() {
				return ""
			}
			return r.ID
		}
	}
	return ""
}

func (w *world) step() {
	i := w.rand.IntN(len(w.jobs))
	switch w.rand.IntN(16) {
	case 0:
		w.run(i, true, w.rand.IntN(2) == 0, w.rand.IntN(2) == 0)
	case 1, 2:
		w.run(i, false, false, false)
	case 3, 4:
		w.run(i, false, true, false)
	case 5, 6, 7, 8:
		w.run(i, false, w.rand.IntN(2) == 0, true)
	case 9, 10: // the service has a bad day
		rule := heygentest.Rule{Match: create, Do: heygentest.DoStatus}
		rule.Code = []string{"insufficient_credit", "unauthorized", "forbidden", "invalid_parameter", "asset_not_found", "request_in_progress", "conflict", "rate_limit_exceeded", "internal_error"}[w.rand.IntN(9)]
		if w.rand.IntN(2) == 0 {
			rule = heygentest.Rule{Match: create, Do: heygentest.DoDrop, After: true}
		}
		if w.rand.IntN(3) == 0 {
			rule.Match = "* /v3/**"
		}
		w.log = append(w.log, fmt.Sprintf("next: %+v", rule))
		always(w.t, w.fake, rule)
		w.run(i, false, w.rand.IntN(2) == 0, w.rand.IntN(4) == 0)
		w.fake.SetPlan(heygentest.Plan{})
	case 11:
		os.Remove(filepath.Join(w.dir, "journal.jsonl"))
		for _, in := range w.inputs {
			in.lost = true
		}
		w.log = append(w.log, "the journal is deleted")
	case 12:
		client, err := heygen.New(heygen.Options{BaseURL: w.fake.URL, Auth: heygen.Key(heygentest.DefaultKey), Rate: 1e6})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, a := range w.fake.State().Assets {
			client.DeleteAsset(w.t.Context(), a.ID)
		}
		if id := w.last(i, true); id != "" && w.rand.IntN(3) == 0 {
			client.DeleteRender(w.t.Context(), id)
			w.inputs[i].ended = w.passed
			w.log = append(w.log, "deleted the render of "+fmt.Sprint(i))
		}
		w.log = append(w.log, "the assets are deleted")
	case 13:
		if id := w.last(i, false); id != "" && w.fake.End(id, heygen.Failed, "no") {
			w.inputs[i].ended = w.passed
			w.log = append(w.log, fmt.Sprintf("the render of %d fails", i))
		}
	default:
		by := []time.Duration{time.Hour, 11 * time.Hour, 23*time.Hour + 30*time.Minute, 25 * time.Hour, 240 * time.Hour}[w.rand.IntN(5)]
		var wrong time.Duration
		if w.rand.IntN(3) == 0 {
			wrong = time.Duration((w.rand.Float64()*6 - 3) * 24 * float64(time.Hour))
		}
		w.age(by, wrong)
		w.log = append(w.log, fmt.Sprintf("%v pass, the clock was wrong by %v", by, wrong))
	}
}

// Whatever happens, and however often a run is killed, no input is paid for twice within a day but by force, and what a run
// that ends well writes is the input's own video.
func TestPaidOnce(t *testing.T) {
	a, b := pack(t, "one"), pack(t, "two")
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := newWorld(t, seed, a, b)
			for range 40 {
				w.step()
			}
			w.fake.SetPlan(heygentest.Plan{})
			for i := range w.jobs {
				w.run(i, false, false, false)
			}
		})
	}
}
