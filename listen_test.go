//go:build unix

package hframes_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/internal/heygen/heygentest"
)

// A listenLine is what cloud listen prints: the first is its address, the others tell of renders.
type listenLine struct {
	URL        string
	Registered string
	Render     string `json:"render_id"`
	Event      string
	State      string
	Output     string
	Error      string
}

// A listening is a cloud listen at work.
type listening struct {
	t      *testing.T
	cmd    *exec.Cmd
	out    *bufio.Reader
	stderr *bytes.Buffer
	url    string
}

// listen starts cloud listen and waits for its address.
func (u *user) listen(t *testing.T, args ...string) *listening {
	t.Helper()
	file, err := command()
	if err != nil {
		t.Fatal(err)
	}
	l := &listening{t: t, stderr: &bytes.Buffer{}}
	l.cmd = exec.Command(file, append([]string{"cloud", "listen", "--json"}, args...)...)
	l.cmd.Dir, l.cmd.Env, l.cmd.Stderr = u.dir, u.environ(), l.stderr
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.cmd.Process.Kill(); l.cmd.Wait() })
	l.out = bufio.NewReader(out)
	l.url = l.next().URL
	return l
}

// next returns the next line.
func (l *listening) next() (line listenLine) {
	l.t.Helper()
	text, err := l.out.ReadString('\n')
	if err != nil {
		l.cmd.Wait()
		l.t.Fatalf("%v\n%s", err, l.stderr)
	}
	if err := json.Unmarshal([]byte(text), &line); err != nil {
		l.t.Fatalf("%v in %q", err, text)
	}
	return line
}

// end stops it and returns what it still printed and its exit code.
func (l *listening) end(signal os.Signal) (rest string, code int) {
	l.t.Helper()
	if err := l.cmd.Process.Signal(signal); err != nil {
		l.t.Fatal(err)
	}
	data, _ := io.ReadAll(l.out)
	l.cmd.Wait()
	return string(data), l.cmd.ProcessState.ExitCode()
}

// submit asks for the render of a film of the user's, to a file of its own, and returns its id.
func (u *user) submit(n int) string {
	u.t.Helper()
	u.film(fmt.Sprint("film ", n))
	code, stdout, stderr := u.run(u.t.Context(), "render", "film", "--on", "heygen", "--no-wait", "-o", fmt.Sprintf("out/%d.mp4", n), "--json")
	var doc struct {
		Render string `json:"render_id"`
	}
	if err := json.Unmarshal([]byte(stdout), &doc); code != 0 || err != nil {
		u.t.Fatalf("exit code %d, %v\n%s%s", code, err, stdout, stderr)
	}
	return doc.Render
}

// finish ends a render, once the fake has its video.
func (u *user) finish(render string, status heygen.Status) {
	u.t.Helper()
	for end := time.Now().Add(time.Minute); !u.fake.End(render, status, "no luck"); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			u.t.Fatal("the fake has no video")
		}
	}
}

// A front is a proxy with the public address: it leads to where listen is, and can be down.
type front struct {
	*httptest.Server
	down atomic.Bool
	seen atomic.Int64
}

func newFront(t *testing.T, port int) *front {
	t.Helper()
	f := &front{}
	to := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: fmt.Sprint("127.0.0.1:", port), Path: "/behind"})
	to.ErrorLog = log.New(io.Discard, "", 0)
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		f.seen.Add(1)
		if f.down.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		to.ServeHTTP(w, q)
	}))
	t.Cleanup(f.Close)
	return f
}

// TestListen: renders that were only submitted come down as they end, told by webhooks that come through a proxy; one
// whose webhook is lost, and one that ended while nobody listened, are found all the same.
func TestListen(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{QueuePolls: 1 << 30, WebhookPause: time.Millisecond})
	u := newUser(t, fake)
	port := freePort(t)
	public := newFront(t, port)
	address := public.URL + "/heygen"
	args := []string{"--register", address, "--port", fmt.Sprint(port), "--download", "--poll-interval", "1h"}
	early := u.submit(0)
	u.finish(early, heygen.Completed)

	l := u.listen(t, args...)
	expect := func(got listenLine, render, event, state string, n int) {
		t.Helper()
		want := listenLine{Render: render, State: state, Event: event}
		if state == "downloaded" {
			want.Output = filepath.Join(u.dir, "out", fmt.Sprint(n, ".mp4"))
			video, err := os.ReadFile(want.Output)
			if err != nil {
				t.Error(err)
			}
			for _, r := range fake.State().Renders {
				if r.ID == render && r.VideoSHA256 != hash(video) {
					t.Errorf("render %s: the file is not the video", render)
				}
			}
		}
		if state == "failed" {
			want.Error = "no luck"
		}
		if got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
	expect(l.next(), early, "", "downloaded", 0)

	var ids [4]string
	for n := 1; n <= 3; n++ {
		ids[n] = u.submit(n)
	}
	u.finish(ids[2], heygen.Completed)
	expect(l.next(), ids[2], "hyperframes_video.success", "downloaded", 2)
	u.finish(ids[1], heygen.Failed)
	expect(l.next(), ids[1], "hyperframes_video.fail", "failed", 1)
	if rest, code := l.end(os.Interrupt); rest != "" || code != 0 || l.stderr.Len() > 0 {
		t.Errorf("exit code %d, %q, %q", code, rest, l.stderr)
	}
	if n := fake.State().Endpoints; n != 0 {
		t.Errorf("%d endpoints are still registered", n)
	}

	// Killed, it leaves its endpoint, which the next one replaces.
	l = u.listen(t, args...)
	l.end(os.Kill)
	if n := fake.State().Endpoints; n != 1 {
		t.Errorf("%d endpoints", n)
	}
	args[len(args)-1] = "50ms"
	l = u.listen(t, args...)
	if n := fake.State().Endpoints; n != 1 {
		t.Errorf("%d endpoints after a kill", n)
	}
	fake.SetPlan(heygentest.Plan{Rules: []heygentest.Rule{{Match: "DELETE /**", Do: heygentest.DoStatus, Status: 500}}})
	if _, code := l.end(os.Interrupt); code != 0 || !strings.Contains(l.stderr.String(), "warning: "+address+" may still be registered") {
		t.Errorf("exit code %d, %q", code, l.stderr)
	}
	fake.SetPlan(heygentest.Plan{})
	l = u.listen(t, args...)
	if n := fake.State().Endpoints; n != 1 {
		t.Errorf("%d endpoints after one that could not be deleted", n)
	}

	public.down.Store(true)
	u.finish(ids[3], heygen.Completed)
	expect(l.next(), ids[3], "", "downloaded", 3)
	if _, code := l.end(os.Interrupt); code != 0 {
		t.Errorf("exit code %d", code)
	}
	u.holds("out", "0.mp4", "2.mp4", "3.mp4")
	u.holds("state", "journal.jsonl")
	if strings.Contains(l.stderr.String(), "whsec_") {
		t.Errorf("a secret is shown: %s", l.stderr)
	}
}

// An endpoint that somebody else made is left alone.
func TestListenTaken(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{})
	u := newUser(t, fake)
	const address = "https://hooks.example.org/heygen"
	client, err := heygen.New(heygen.Options{BaseURL: fake.URL, Auth: heygen.Key(heygentest.DefaultKey)})
	if err != nil {
		t.Fatal(err)
	}
	e, err := client.CreateEndpoint(t.Context(), address, nil)
	if err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := u.run(t.Context(), "cloud", "listen", "--register", address, "--port", fmt.Sprint(freePort(t)))
	want := fmt.Sprintf("hframes: HeyGen sends webhooks to %s already (endpoint %s), and hframes on this machine did not register that\nhint: ", address, e.ID)
	if code != 1 || stdout != "" || !strings.HasPrefix(stderr, want) || fake.State().Endpoints != 1 {
		t.Errorf("exit code %d, %q, %q, %d endpoints", code, stdout, stderr, fake.State().Endpoints)
	}
}

// A service may ask the address something when it is registered: listen answers by then.
func TestListenProbed(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{})
	to, err := url.Parse(fake.URL)
	if err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	public := fmt.Sprintf("http://127.0.0.1:%d/", port)
	var probed atomic.Int64
	forward := httputil.NewSingleHostReverseProxy(to)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method == "POST" && q.URL.Path == "/v3/webhooks/endpoints" {
			probe, _ := http.NewRequest("OPTIONS", public, nil)
			a, err := (&http.Client{Timeout: 10 * time.Second}).Do(probe)
			if err != nil || a.StatusCode != http.StatusOK {
				http.Error(w, "the address does not answer", http.StatusBadRequest)
				return
			}
			a.Body.Close()
			probed.Add(1)
		}
		forward.ServeHTTP(w, q)
	}))
	defer service.Close()
	u := newUser(t, fake, "HEYGEN_API_URL="+service.URL)
	l := u.listen(t, "--register", public, "--port", fmt.Sprint(port))
	if l.url != public || probed.Load() != 1 {
		t.Errorf("listens at %s, probed %d times", l.url, probed.Load())
	}
	if _, code := l.end(os.Interrupt); code != 0 {
		t.Errorf("exit code %d\n%s", code, l.stderr)
	}
}

// A download that gets no further keeps nobody waiting, and does not keep listen from ending; a flood of bad requests
// fills no log.
func TestListenUndisturbed(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{QueuePolls: 1 << 30})
	u := newUser(t, fake, "HEYGEN_WEBHOOK_SECRET=whsec_mine")
	stuck, other := u.submit(1), u.submit(2)
	fake.SetPlan(heygentest.Plan{Rules: []heygentest.Rule{{Match: "GET /store/videos/" + stuck, Do: heygentest.DoDelay, Seconds: 3600}}})
	l := u.listen(t, "--port", "0", "--download", "--poll-interval", "20ms")
	u.finish(stuck, heygen.Completed)
	for fake.State().Requests["GET /v3/hyperframes/renders/{render_id}"] < 10 {
		time.Sleep(5 * time.Millisecond)
	}
	u.finish(other, heygen.Completed)
	if got := l.next(); got.Render != other || got.State != "downloaded" {
		t.Errorf("got %+v", got)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 100 {
				a, err := http.Post(l.url+"heygen", "application/json", strings.NewReader("{}"))
				if err != nil || a.StatusCode != http.StatusUnauthorized {
					t.Errorf("%v, %v", a, err)
					return
				}
				a.Body.Close()
			}
		})
	}
	group.Wait()
	rest, code := l.end(os.Interrupt)
	if rest != "" || code != 0 {
		t.Errorf("exit code %d, %q", code, rest)
	}
	if n := strings.Count(l.stderr.String(), "\n"); n < 5 || n > 20 || !strings.Contains(l.stderr.String(), "more requests") {
		t.Errorf("800 bad requests make %d lines:\n%s", n, l.stderr)
	}
	u.holds("out", "2.mp4")
}
