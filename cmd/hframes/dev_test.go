//go:build unix

package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hframes/hframes/internal/ffmpeg"
	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/internal/heygen/heygentest"
)

// faking starts dev heygen and returns what its first line says. It ends with the test, as its users end it: that is no
// failure, and stdout holds nothing more.
func faking(t *testing.T, flags ...string) faked {
	t.Helper()
	cmd := exec.Command("hframes", append([]string{"dev", "heygen", "--json"}, flags...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(stdout)
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		rest, _ := io.ReadAll(r)
		if err := cmd.Wait(); err != nil || len(rest) > 0 || stderr.Len() > 0 {
			t.Errorf("%v; stdout goes on with %q; stderr: %s", err, rest, stderr.Bytes())
		}
	})
	line, err := r.ReadString('\n')
	var f faked
	if err == nil {
		err = json.Unmarshal([]byte(line), &f)
	}
	if err != nil {
		t.Fatalf("%v in %q", err, line)
	}
	return f
}

// zipped makes a zip of files: name, content, …
func zipped(t *testing.T, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := z.Create(files[i])
		if err == nil {
			_, err = io.WriteString(f, files[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const stillPage = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>t</title><style>body { margin: 0; background: #2f6; }</style></head>
<body><div id="root" data-composition-id="main" data-start="0" data-duration="1" data-width="640" data-height="360" data-no-timeline><p>Still</p></div></body></html>`

// TestDevHeyGen renders an uploaded zip for real, in both formats that need another pass, and fails where the service
// would.
func TestDevHeyGen(t *testing.T) {
	f := faking(t, "--render", "--key", "sk_V2_of_this_test")
	if f.Key != "sk_V2_of_this_test" || !strings.HasPrefix(f.TokenURL, f.URL+"/") {
		t.Errorf("first line: %+v", f)
	}
	ctx := t.Context()
	client, err := heygen.New(heygen.Options{BaseURL: f.URL, Auth: heygen.Key(f.Key), Rate: 100})
	if err != nil {
		t.Fatal(err)
	}
	data := zipped(t, "index.html", stillPage, "more/page.html", stillPage)
	up, err := client.StartUpload(ctx, heygen.UploadRequest{Filename: "film.zip", MIME: "application/zip", Size: int64(len(data))}, "upload")
	if err == nil {
		err = client.Put(ctx, up, bytes.NewReader(data), int64(len(data)), nil)
	}
	if err == nil {
		err = client.CompleteUpload(ctx, up.AssetID, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		request       heygen.RenderRequest
		width, height int
		codec         string
		failure       string
	}{
		{heygen.RenderRequest{FPS: 10}, 1920, 1080, "h264", ""},
		{heygen.RenderRequest{FPS: 10, Format: "webm", Composition: "more/page.html"}, 1920, 1080, "vp9", ""},
		{heygen.RenderRequest{FPS: 10, AspectRatio: "9:16"}, 0, 0, "", "640x360 px, which is not 9:16"},
	} {
		c.request.Project = heygen.AssetID(up.AssetID)
		id, err := client.CreateRender(ctx, c.request, "")
		if err != nil {
			t.Fatal(err)
		}
		var d *heygen.RenderDetail
		for d == nil || !d.Status.Final() {
			if d, err = client.Render(ctx, id); err != nil {
				t.Fatal(err)
			}
			time.Sleep(20 * time.Millisecond)
		}
		if c.failure != "" {
			if !strings.Contains(d.FailureMessage, c.failure) {
				t.Errorf("%+v: %+v", c.request, d)
			}
			continue
		}
		if d.Status != heygen.Completed || d.Duration != 1 {
			t.Errorf("%+v: %+v", c.request, d)
			continue
		}
		probe(t, ctx, client, d, c.width, c.height, c.codec)
	}
	res, err := http.Get(f.URL + "/_fake/state")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var state heygentest.State
	if err := json.NewDecoder(res.Body).Decode(&state); err != nil || len(state.Renders) != 3 {
		t.Errorf("state: %+v, %v", state, err)
	}
}

// probe downloads the video of a render and holds it to what it should be.
func probe(t *testing.T, ctx context.Context, client *heygen.Client, d *heygen.RenderDetail, width, height int, codec string) {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "film."+d.Format))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := client.Download(ctx, d.VideoURL, file, nil); err != nil {
		t.Fatal(err)
	}
	tools, err := ffmpeg.Find("")
	if err != nil {
		t.Fatal(err)
	}
	info, err := tools.Probe(ctx, file.Name(), true)
	if err != nil {
		t.Fatal(err)
	}
	v := info.Video()
	if v == nil || v.Width != width || v.Height != height || v.Codec != codec {
		t.Errorf("%s: %+v", d.Format, v)
	}
}

// TestDevHeyGenFaults shows that a plan comes from a file and from a seed.
func TestDevHeyGenFaults(t *testing.T) {
	plan := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(plan, []byte(`{"rules": [{"match": "GET /v3/users/me", "do": "status", "code": "quota_exceeded"}]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	f := faking(t, "--faults", plan)
	client, err := heygen.New(heygen.Options{BaseURL: f.URL, Auth: heygen.Key(f.Key), Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Me(t.Context()); err == nil || !strings.Contains(err.Error(), "quota") {
		t.Errorf("with a plan: %v", err)
	}
	faking(t, "--faults", "seed:7", "--queue", "1s", "--rate", "10")
}

// TestUnpack writes nothing outside of the folder, and no more than was agreed.
func TestUnpack(t *testing.T) {
	try := func(data []byte, limit int64) (string, error) {
		dir := t.TempDir()
		archive := filepath.Join(dir, "film.zip")
		if err := os.WriteFile(archive, data, 0o644); err != nil {
			t.Fatal(err)
		}
		err := unpack(archive, filepath.Join(dir, "project"), limit)
		var files []string
		filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				rel, _ := filepath.Rel(dir, path)
				files = append(files, filepath.ToSlash(rel))
			}
			return err
		})
		return strings.Join(files, " "), err
	}
	if got, err := try(zipped(t, "index.html", "page", "a/b.txt", "text", "empty/", ""), 8); err != nil || got != "film.zip project/a/b.txt project/index.html" {
		t.Errorf("a project: %s, %v", got, err)
	}
	for name, data := range map[string][]byte{
		"outside":     zipped(t, "../index.html", "page"),
		"absolute":    zipped(t, "/index.html", "page"),
		"backslashes": zipped(t, `..\index.html`, "page"),
		"twice":       zipped(t, "index.html", "page", "index.html", "page"),
		"too large":   zipped(t, "index.html", strings.Repeat(" ", 1<<20)),
		"no zip":      []byte("PK"),
	} {
		if got, err := try(data, 1000); err == nil || got != "film.zip" && got != "film.zip project/index.html" {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	var link bytes.Buffer
	z := zip.NewWriter(&link)
	h := &zip.FileHeader{Name: "index.html"}
	h.SetMode(fs.ModeSymlink | 0o777)
	if f, err := z.CreateHeader(h); err != nil {
		t.Fatal(err)
	} else if _, err := io.WriteString(f, "/etc/hostname"); err != nil {
		t.Fatal(err)
	}
	z.Close()
	if got, err := try(link.Bytes(), 1000); err == nil || got != "film.zip" {
		t.Errorf("a link: %s, %v", got, err)
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		archive := filepath.Join(dir, "film.zip")
		if err := os.WriteFile(archive, data, 0o644); err != nil {
			t.Fatal(err)
		}
		unpack(archive, filepath.Join(dir, "project"), 1<<16)
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) > 2 {
			t.Errorf("%v, %v", entries, err)
		}
	})
}
