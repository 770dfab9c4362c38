package timeline

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hframes/hframes/compose/scene"
	"github.com/hframes/hframes/source"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// TestGolden places the film of every testdata/*.txtar and compares the timeline, the diagnostics and, where the file
// has one, the JSON.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			g, err := readGolden(name)
			if err != nil {
				t.Fatal(err)
			}
			doc, in := parseDoc(t, g.section("film"))
			line, list := Place(doc, in)
			checkInvariants(t, line)
			got := map[string]string{"timeline": describe(line), "diagnostics": printed(t, list)}
			if g.section("json") != "" {
				b, err := json.MarshalIndent(line, "", "  ")
				if err != nil {
					t.Fatal(err)
				}
				got["json"] = string(b) + "\n"
			}
			if *update {
				if err := g.rewrite(name, got, "timeline", "diagnostics", "json"); err != nil {
					t.Fatal(err)
				}
				return
			}
			for k, v := range got {
				if diff := cmp.Diff(g.section(k), v); diff != "" {
					t.Errorf("%s (-want +got):\n%s", k, diff)
				}
			}
		})
	}
}

func printed(t *testing.T, list source.List) string {
	var b bytes.Buffer
	if err := list.Print(&b, false); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// describe writes a timeline for people: starts and lengths in frames.
func describe(t *Timeline) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d frames at %d/s = %s s, %d×%d\n", t.Frames, t.FPS, Seconds(t.Duration), t.Width, t.Height)
	for _, c := range t.Clips {
		about := ""
		if c.Estimated {
			about = ", estimated"
		}
		fmt.Fprintf(&b, "%s: %d+%d on track %d, %s: %s%s\n", c.Scene, c.StartFrame, c.Frames, c.Track, c.Rule, c.Reason, about)
		edge := func(word string, e Edge) {
			if e.Name != "" {
				fmt.Fprintln(&b, " ", strings.Join(strings.Fields(fmt.Sprint(word, " ", e.Name, " ", e.From, " ", e.Frames)), " "))
			}
		}
		edge("enter", c.Enter)
		edge("exit", c.Exit)
		if c.Speech.Duration > 0 {
			fmt.Fprintf(&b, "  speech %s+%s\n", Seconds(c.Speech.Start), Seconds(c.Speech.Duration))
		}
		for _, q := range c.Cues {
			what := string(q.Kind)
			if q.N > 0 {
				what += fmt.Sprintf(" %d", q.N)
			}
			if q.From > 0 {
				what += fmt.Sprintf(" lines %d-%d", q.From, q.To)
			}
			if q.Name != "" {
				what += fmt.Sprintf(" %q", q.Name)
			}
			fmt.Fprintf(&b, "  cue %d: %s at %d\n", q.Index, what, q.Frame)
		}
		for i, s := range c.Steps {
			fmt.Fprintf(&b, "  step %d at %d\n", i+1, clock(t.FPS).frames(s))
		}
	}
	return b.String()
}

// checkInvariants holds what is true of every timeline.
func checkInvariants(t testing.TB, line *Timeline) {
	t.Helper()
	end := map[int]int{} // of each track
	at := 0
	for i, c := range line.Clips {
		if c.Frames < 1 || c.StartFrame < 0 {
			t.Errorf("clip %d has %d frames from %d", i, c.Frames, c.StartFrame)
		}
		if c.Start != line.Time(c.StartFrame) || c.Duration != line.Time(c.Frames) {
			t.Errorf("clip %d: times are not those of its frames", i)
		}
		if c.StartFrame < end[c.Track] {
			t.Errorf("clip %d starts at %d, track %d is taken up to %d", i, c.StartFrame, c.Track, end[c.Track])
		}
		if i > 0 {
			before := line.Clips[i-1]
			overlap := at - c.StartFrame
			if overlap < 0 || overlap > 0 && (overlap != c.Enter.Frames || overlap != before.Exit.Frames) {
				t.Errorf("clip %d overlaps by %d frames, enters in %d, the one before exits in %d", i, overlap, c.Enter.Frames, before.Exit.Frames)
			}
			if c.Track == before.Track {
				t.Errorf("clips %d and %d are on one track", i-1, i)
			}
			if before.Exit.Name != c.Enter.Name || before.Exit.From != c.Enter.From {
				t.Errorf("clip %d exits by another transition than %d enters by", i-1, i)
			}
		}
		if c.Enter.Frames+c.Exit.Frames > c.Frames || c.Enter.Duration != line.Time(c.Enter.Frames) {
			t.Errorf("clip %d: edges %d and %d of %d frames", i, c.Enter.Frames, c.Exit.Frames, c.Frames)
		}
		for _, q := range c.Cues {
			if q.Frame < 0 || q.Frame >= c.Frames || q.At != line.Time(q.Frame) {
				t.Errorf("clip %d: cue at frame %d, %v of %d", i, q.Frame, q.At, c.Frames)
			}
		}
		for _, s := range c.Steps {
			if s < 0 || s >= c.Duration || line.Time(clock(line.FPS).frames(s)) != s {
				t.Errorf("clip %d: step at %v of %v", i, s, c.Duration)
			}
		}
		if c.Rule == "" || c.Reason == "" {
			t.Errorf("clip %d: rule %q, reason %q", i, c.Rule, c.Reason)
		}
		at = c.StartFrame + c.Frames
		end[c.Track] = at
	}
	if line.Frames != at || line.Duration != line.Time(at) {
		t.Errorf("%d frames, the last clip ends at %d", line.Frames, at)
	}
}

func TestSeconds(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0", time.Second: "1", 1500 * time.Millisecond: "1.5",
		clock(30).time(1): "0.033333", clock(30).time(20): "0.666666", clock(24).time(7): "0.291666", clock(25).time(7): "0.28",
	} {
		if got := Seconds(d); got != want {
			t.Errorf("Seconds(%d) = %s, want %s", d, got, want)
		}
	}
}

// TestFrames goes there and back for every rate.
func TestFrames(t *testing.T) {
	for fps := 1; fps <= 240; fps++ {
		line := Timeline{FPS: fps}
		for f := range 2000 {
			d := line.Time(f)
			if got := clock(fps).frames(d); got != f {
				t.Fatalf("%d fps: frame %d is at %v, which is frame %d", fps, f, d, got)
			}
		}
	}
}

func TestPlaceEmpty(t *testing.T) {
	doc, in := parseDoc(t, "fit 10s")
	line, list := Place(doc, in)
	if line.Frames != 0 || len(line.Clips) != 0 || len(list) != 0 {
		t.Errorf("%+v, %v", line, list)
	}
	b, err := json.Marshal(line)
	if want := `{"width":1920,"height":1080,"fps":30,"frames":0,"duration":0,"clips":[]}`; err != nil || string(b) != want {
		t.Errorf("%s, %v", b, err)
	}
}

// TestManyCues has as many cues as items, the last item first: that no cue looks through all items is seen by its time.
func TestManyCues(t *testing.T) {
	const n = 60_000
	s := &scene.Scene{ID: "s", Voice: &scene.Voice{}, Blocks: []scene.Block{{Kind: scene.List, Items: make([]scene.Item, n)}}}
	for i := range n {
		s.Voice.Words = append(s.Voice.Words, "word")
		s.Voice.Cues = append(s.Voice.Cues, scene.Cue{Kind: scene.CueItem, N: n - i, Word: i})
	}
	start := time.Now()
	line, _ := Place(&scene.Doc{Scenes: []*scene.Scene{s}}, Inputs{})
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("it took %s", took)
	}
	if cues := line.Clips[0].Cues; len(cues) != n || cues[n-1].N != 1 {
		t.Errorf("%d cues", len(cues))
	}
}
