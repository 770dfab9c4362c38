package hframes_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hframes/hframes/bundler"
	"github.com/hframes/hframes/cloud"
	"github.com/hframes/hframes/internal/heygen"
)

// BenchmarkCloudPack times the packing of a film, which zips and hashes it, and in turn the program sha256sum over the
// zip that comes out. It reports the medians, in MB of the zip a second, and packing's share of sha256sum's speed. Text is
// packed a good deal slower than it is hashed: there, MB a second of what goes in say more.
func BenchmarkCloudPack(b *testing.B) {
	for _, f := range benchFilms(b) {
		b.Run(f.name, func(b *testing.B) {
			_, film := build(b, f.dir, "")
			zip := filepath.Join(b.TempDir(), "film.zip")
			size := writeZip(b, film.Bundle, zip)
			var packed, summed []time.Duration
			for b.Loop() {
				began := time.Now()
				a, err := cloud.Pack(film.Bundle, nil)
				if err != nil {
					b.Fatal(err)
				}
				packed = append(packed, time.Since(began))
				a.Close()
				took, out := timed(b, program(b, "sha256sum", zip))
				if summed = append(summed, took); !bytes.HasPrefix(out, []byte(a.SHA256)) {
					b.Fatalf("packed as %s, and sha256sum says %s", a.SHA256, out)
				}
			}
			ours, theirs := median(packed), median(summed)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(ours, "pack-ms")
			b.ReportMetric(megabytes(film.Bundle.Size())/ours*1000, "in-MB/s")
			b.ReportMetric(megabytes(size)/ours*1000, "pack-MB/s")
			b.ReportMetric(megabytes(size)/theirs*1000, "sha256sum-MB/s")
			b.ReportMetric(theirs/ours, "of-sha256sum")
		})
	}
}

// BenchmarkCloudUpload times an upload by our client, with the call before and the call after, and in turn curl's of the
// same file to an address of the same kind. The server is another process, the same for both. It reports the medians and
// our share of curl's speed.
func BenchmarkCloudUpload(b *testing.B) {
	fake := startFake(b)
	client, err := heygen.New(heygen.Options{BaseURL: fake.url, Auth: heygen.Key(fake.key)})
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "film.zip")
	data := noise(150_000_000, 0)
	writeFile(b, path, data)
	request := heygen.UploadRequest{Filename: "film.zip", MIME: "application/zip", Size: int64(len(data)), SHA256: hash(data)}
	start := func() *heygen.Upload {
		up, err := client.StartUpload(b.Context(), request, fmt.Sprint("bench-", rand.Uint64()))
		if err != nil {
			b.Fatal(err)
		}
		return up
	}
	var ours, theirs []time.Duration
	for b.Loop() {
		file, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		up := start()
		if err := client.Put(b.Context(), up, file, request.Size, nil); err != nil {
			b.Fatal(err)
		}
		if err := client.CompleteUpload(b.Context(), up.AssetID, request.SHA256); err != nil {
			b.Fatal(err)
		}
		ours = append(ours, time.Since(began))
		file.Close()
		fake.reset()

		up = start()
		args := []string{"-sSf", "-T", path}
		for name, value := range up.Headers {
			args = append(args, "-H", name+": "+value)
		}
		took, _ := timed(b, program(b, "curl", append(args, up.URL)...))
		theirs = append(theirs, took)
		fake.reset()
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(megabytes(request.Size)/median(ours)*1000, "ours-MB/s")
	b.ReportMetric(megabytes(request.Size)/median(theirs)*1000, "curl-MB/s")
	b.ReportMetric(median(theirs)/median(ours), "of-curl")
}

// BenchmarkCloudBesideOfficial times whole commands, ours and the official CLI's in turn: a dry run, which packs the film,
// and a render on a service that has it done at once. Ours also bundles and minifies, which the official one does not. It
// reports the medians in ms and how many times faster ours is.
func BenchmarkCloudBesideOfficial(b *testing.B) {
	fake := startFake(b)
	for _, f := range append([]benchFilm{{"small", film(b, "gsap")}}, benchFilms(b)...) {
		out := filepath.Join(b.TempDir(), "out.mp4")
		for _, c := range []struct {
			name         string
			ours, theirs []string
		}{
			{"dry run", []string{"render", f.dir, "--on", "heygen", "--dry-run"}, []string{"cloud", "render", f.dir, "--dry-run"}},
			{"render", []string{"render", f.dir, "--on", "heygen", "-o", out}, []string{"cloud", "render", f.dir, "-o", out, "--poll-interval", "1"}},
		} {
			b.Run(c.name+" "+f.name, func(b *testing.B) {
				var ours, theirs []time.Duration
				for b.Loop() {
					took, _ := timed(b, fake.user(exec.Command(commandFile(b), c.ours...)))
					ours = append(ours, took)
					fake.reset()
					took, _ = timed(b, fake.user(officialCommand(b, "hyperframes", c.theirs...)))
					theirs = append(theirs, took)
					fake.reset()
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(median(ours), "ours-ms")
				b.ReportMetric(median(theirs), "official-ms")
				b.ReportMetric(median(theirs)/median(ours), "times-faster")
			})
		}
	}
}

type benchFilm struct{ name, dir string }

// benchFilms writes two HyperFrames folders: one of 150 MB of media, which a zip does not make smaller, and one of 9 MB of
// scripts and pictures.
func benchFilms(b *testing.B) []benchFilm {
	b.Helper()
	films := []benchFilm{{"media", b.TempDir()}, {"text", b.TempDir()}}
	for i, content := range []string{mediaContent(b, films[0].dir), textContent(b, films[1].dir)} {
		writeFile(b, filepath.Join(films[i].dir, "index.html"), []byte(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Film</title></head><body>
<div id="root" data-composition-id="main" data-start="0" data-duration="6" data-width="1920" data-height="1080" data-fps="30">
`+content+`</div></body></html>`))
	}
	return films
}

// mediaContent writes clips and pictures that only look like some, and returns the HTML that shows them.
func mediaContent(b *testing.B, dir string) string {
	var html strings.Builder
	for i := range 6 {
		clip, picture := fmt.Sprintf("media/clip%d.mp4", i), fmt.Sprintf("media/picture%d.png", i)
		writeFile(b, filepath.Join(dir, clip), noise(20_000_000, i))
		writeFile(b, filepath.Join(dir, picture), noise(5_000_000, 6+i))
		fmt.Fprintf(&html, `<video id="clip%d" class="clip" src="%s" data-start="%d" data-duration="1" data-track-index="0" muted></video>`+"\n", i, clip, i)
		fmt.Fprintf(&html, `<img id="picture%d" class="clip" src="%s" alt="" data-start="%d" data-duration="1" data-track-index="1">`+"\n", i, picture, i)
	}
	return html.String()
}

// textContent writes tables in scripts and large SVG pictures, and returns the HTML that has them.
func textContent(b *testing.B, dir string) string {
	words := strings.Fields("the film shows how far each part of it went in one year and what it took to get there with all others")
	r := rand.New(rand.NewPCG(1, 2))
	var html strings.Builder
	for i := range 4 {
		var rows, paths strings.Builder
		for n := range 12_000 {
			fmt.Fprintf(&rows, `{"id":%d,"x":%v,"y":%d,"label":"%s %s"},`, n, r.Float64(), r.IntN(10_000), words[r.IntN(len(words))], words[r.IntN(len(words))])
		}
		for range 20_000 {
			fmt.Fprintf(&paths, `<path d="M%.2f %.2fL%.2f %.2fZ" fill="#%06x"/>`, 1920*r.Float64(), 1080*r.Float64(), 1920*r.Float64(), 1080*r.Float64(), r.IntN(1<<24))
		}
		script, picture := fmt.Sprintf("data/rows%d.js", i), fmt.Sprintf("pictures/map%d.svg", i)
		writeFile(b, filepath.Join(dir, script), fmt.Appendf(nil, "window.rows%d = [%s];\n", i, rows.String()))
		writeFile(b, filepath.Join(dir, picture), []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1920 1080">`+paths.String()+`</svg>`))
		fmt.Fprintf(&html, `<script src="%s"></script><img id="map%d" class="clip" src="%s" alt="" data-start="%d" data-duration="1" data-track-index="0">`+"\n", script, i, picture, i)
	}
	return html.String()
}

// noise returns bytes that nothing makes smaller, the same every time for the same seed.
func noise(n, seed int) []byte {
	data := make([]byte, n)
	rand.NewChaCha8([32]byte{byte(seed)}).Read(data)
	return data
}

// writeZip writes a film's zip to a file and returns its size.
func writeZip(b *testing.B, film *bundler.Bundle, path string) int64 {
	b.Helper()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if err := film.WriteZip(f); err != nil {
		b.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	return info.Size()
}

func megabytes(bytes int64) float64 { return float64(bytes) / 1e6 }

// program returns a run of a program of this machine.
func program(b *testing.B, name string, args ...string) *exec.Cmd {
	b.Helper()
	if _, err := exec.LookPath(name); err != nil {
		b.Fatalf("%s is what the benchmark measures against: run scripts/setup test (%v)", name, err)
	}
	return exec.Command(name, args...)
}

// timed runs a command that must succeed.
func timed(b *testing.B, cmd *exec.Cmd) (took time.Duration, stdout []byte) {
	b.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	began := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatalf("%s: %v\n%s%s", strings.Join(cmd.Args, " "), err, out.Bytes(), errs.Bytes())
	}
	return time.Since(began), out.Bytes()
}

// A fakeProcess is hframes dev heygen in a process of its own.
type fakeProcess struct {
	b        *testing.B
	url, key string
}

func startFake(b *testing.B) *fakeProcess {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	cmd := exec.CommandContext(ctx, commandFile(b), "dev", "heygen", "--json")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		cancel()
		cmd.Wait()
	})
	var first struct{ URL, Key string }
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &first)
	}
	if err != nil {
		b.Fatalf("hframes dev heygen: %v", err)
	}
	return &fakeProcess{b: b, url: first.URL, key: first.Key}
}

// reset empties the service, its disk too.
func (f *fakeProcess) reset() {
	f.b.Helper()
	a, err := http.Post(f.url+"/_fake/reset", "", nil)
	if err != nil {
		f.b.Fatal(err)
	}
	a.Body.Close()
}

// user makes a command one of somebody who uses the fake and did nothing on this machine before.
func (f *fakeProcess) user(cmd *exec.Cmd) *exec.Cmd {
	home := f.b.TempDir()
	cmd.Env = append(cmd.Environ(), "HEYGEN_API_URL="+f.url, "HEYGEN_API_KEY="+f.key, "HEYGEN_CONFIG_DIR="+home, "HOME="+home,
		"HFRAMES_STATE="+filepath.Join(home, "state"), "HFRAMES_CACHE="+filepath.Join(home, "cache"))
	return cmd
}

// commandFile returns the program hframes.
func commandFile(b *testing.B) string {
	b.Helper()
	file, err := command()
	if err != nil {
		b.Fatal(err)
	}
	return file
}
