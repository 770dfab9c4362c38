//go:build linux

package hframes_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"text/tabwriter"
	"time"
)

// A renderRow compares our renders of a film with the official tool's. Index 0 is ours, 1 is theirs; times are medians
// in s.
type renderRow struct {
	film, quality, tool      string
	walls, cpus              [2]float64
	fed, encoded             [2]float64 // 0 = not seen
	memory, kept, bytes      [2]float64 // MB
	like                     [2]likeness
	sameSettings             bool    // of the encoder, byte for byte, but for the number of threads
	speed                    float64 // ours, frames/s of the whole command
	encoding, painting       float64 // frames/s of FFmpeg alone and of the browser alone; 0 = not known
	settings, settingsTheirs string
}

func compareRenders(b *testing.B, film renderFilm, lossless [2]string, ours, theirs *renderTool) *renderRow {
	b.Helper()
	r := &renderRow{film: film.name, tool: ours.name}
	for i, tool := range []*renderTool{ours, theirs} {
		r.walls[i] = medianOf(tool.runs, func(m measured) time.Duration { return m.wall })
		r.cpus[i] = medianOf(tool.runs, func(m measured) time.Duration { return m.cpu })
		r.fed[i] = medianOf(tool.runs, func(m measured) time.Duration { return m.fed })
		r.encoded[i] = medianOf(tool.runs, func(m measured) time.Duration { return m.encoded })
		r.memory[i], r.kept[i] = megabytes(tool.memory), megabytes(tool.kept)
		info, err := os.Stat(tool.file)
		if err != nil {
			b.Fatal(err)
		}
		r.bytes[i] = megabytes(info.Size())
		r.like[i] = ssim(b, tool.file, lossless[i])
	}
	r.settings, r.settingsTheirs = x264Options(b, ours.file), x264Options(b, theirs.file)
	r.sameSettings = r.settings == r.settingsTheirs
	r.speed = float64(film.frames()) / r.walls[0]
	return r
}

// wall returns how many times less time ours takes.
func (r *renderRow) wall() float64 { return r.walls[1] / r.walls[0] }

func (r *renderRow) cpu() float64 { return r.cpus[1] / r.cpus[0] }

// size returns how many times as large ours is.
func (r *renderRow) size() float64 { return r.bytes[0] / r.bytes[1] }

// limit returns the frames a second that nothing can pass: those of FFmpeg or the browser alone, whichever is slower. It
// also says which.
func (r *renderRow) limit() (fps float64, by string) {
	switch {
	case r.encoding == 0 && r.painting == 0:
		return 0, "unknown"
	case r.painting == 0:
		return r.encoding, "FFmpeg, browser unknown"
	case r.encoding == 0 || r.painting < r.encoding:
		return r.painting, "browser"
	}
	return r.encoding, "FFmpeg"
}

func (r *renderRow) report(b *testing.B) {
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(r.walls[0], "ours-s")
	b.ReportMetric(r.walls[1], "official-s")
	b.ReportMetric(r.wall(), "wall-ratio")
	b.ReportMetric(r.cpus[0], "ours-cpu-s")
	b.ReportMetric(r.cpus[1], "official-cpu-s")
	b.ReportMetric(r.cpu(), "cpu-ratio")
	b.ReportMetric(r.like[0].luma, "ours-ssim")
	b.ReportMetric(r.like[1].luma, "official-ssim")
	b.ReportMetric(r.size(), "size-ratio")
	b.ReportMetric(r.memory[0], "ours-MB")
	b.ReportMetric(r.memory[1], "official-MB")
	b.ReportMetric(r.kept[0], "ours-kept-MB")
	b.ReportMetric(r.kept[1], "official-kept-MB")
	b.ReportMetric(r.fed[0], "ours-first-s")
	b.ReportMetric(r.fed[1], "official-first-s")
	if fps, _ := r.limit(); fps > 0 {
		b.ReportMetric(100*r.speed/fps, "%-of-limit")
	}
}

// medianOf returns the median of one of the times of some runs, in s. Times of 0 were not seen, and are left out.
func medianOf(runs []measured, of func(measured) time.Duration) float64 {
	var all []time.Duration
	for _, r := range runs {
		if t := of(r); t > 0 {
			all = append(all, t)
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2].Seconds()
}

// A renderTable is what all the benchmarks of films found.
type renderTable []*renderRow

func (t *renderTable) add(r *renderRow) { *t = append(*t, r) }

// print prints the table in Markdown. Each cell is ours / official's.
func (t *renderTable) print() {
	if len(*t) == 0 {
		return
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)
	fmt.Fprint(w, "\n| film\t| quality\t| wall, s\t| ratio\t| CPU, s\t| ratio\t| SSIM, luma\t| SSIM, all planes\t| size, MB\t| ratio\t| memory, MB\t| without files\t| first picture, s\t| first bytes, s\t| of the limit\t|\n")
	fmt.Fprint(w, "| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t|\n")
	pair := func(form string, x [2]float64) string { return fmt.Sprintf(form+" / "+form, x[0], x[1]) }
	for _, r := range *t {
		name := r.film
		if r.tool != "hframes" {
			name += ", official x264"
		}
		share := ""
		if fps, by := r.limit(); fps > 0 {
			share = fmt.Sprintf("%.0f %% of %.1f fps (%s)", 100*r.speed/fps, fps, by)
		}
		fmt.Fprintf(w, "| %s\t| %s\t| %s\t| %.1f\t| %s\t| %.1f\t| %s\t| %s\t| %s\t| %.2f\t| %s\t| %s\t| %s\t| %s\t| %s\t|\n", name, r.quality,
			pair("%.1f", r.walls), r.wall(), pair("%.1f", r.cpus), r.cpu(),
			pair("%.5f", [2]float64{r.like[0].luma, r.like[1].luma}), pair("%.5f", [2]float64{r.like[0].all, r.like[1].all}),
			pair("%.2f", r.bytes), r.size(), pair("%.0f", r.memory), pair("%.0f", r.kept), pair("%.2f", r.fed), pair("%.2f", r.encoded), share)
	}
	w.Flush()
	for _, r := range *t {
		if r.tool != "hframes" && !r.sameSettings {
			fmt.Printf("\n%s %s: the encoder's settings are not the same:\n  ours:     %s\n  official: %s\n", r.film, r.quality, r.settings, r.settingsTheirs)
		}
	}
}
