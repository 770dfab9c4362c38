//go:build linux

package chrome

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/hframes/hframes/internal/workdir"
)

// TestMain runs the tests, or is the process that TestKilled kills: it starts the browser that the environment names and
// tells when a page is open.
func TestMain(m *testing.M) {
	path := os.Getenv("HFRAMES_TEST_BROWSER")
	if path == "" {
		os.Exit(m.Run())
	}
	ctx := context.Background()
	b, err := Start(ctx, Options{Path: path})
	if err == nil {
		var p *Page
		if p, err = b.Page(ctx, PageOptions{Width: 640, Height: 360, Origin: "http://127.0.0.1:9"}); err == nil {
			err = p.Eval(ctx, "setInterval(function () { document.body.append('x') })", nil)
		}
	}
	fmt.Println(err)
	select {}
}

// Whatever moment a process is killed at, its browser ends with it, and the next working folder removes what is left.
func TestKilled(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(5, 3))
	for _, kind := range []Kind{Shell, Full} {
		path, err := Find("", kind)
		if err != nil {
			t.Fatal(err)
		}
		var took time.Duration
		for n := range kills {
			tmp, err := os.MkdirTemp("", "hf")
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(tmp)
			t.Setenv("TMPDIR", tmp)
			cmd := exec.Command(self)
			cmd.Env = append(os.Environ(), "HFRAMES_TEST_BROWSER="+path)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if n == 0 { // a whole start, which tells how long one takes
				if said, err := bufio.NewReader(out).ReadString('\n'); said != "<nil>\n" {
					t.Errorf("the browser: %s, %v", said, err)
				}
				took = time.Since(began)
			} else {
				time.Sleep(time.Duration(1.2 * random.Float64() * float64(took)))
			}
			cmd.Process.Kill()
			cmd.Wait()
			for deadline := time.Now().Add(20 * time.Second); len(processesOf(tmp)) > 0; time.Sleep(10 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("%s: kill %d: processes %v are still there", path, n, processesOf(tmp))
				}
			}
			d, err := workdir.New("next")
			if err != nil {
				t.Fatal(err)
			}
			d.Close()
			if files, _ := os.ReadDir(tmp); len(files) > 0 {
				t.Errorf("%s: kill %d: %s is still there", path, n, files[0].Name())
			}
		}
	}
}

// kills is how often TestKilled kills each kind of browser.
const kills = 4
