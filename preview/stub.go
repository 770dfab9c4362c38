package preview

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// temporary stand-ins until the real ones are merged

type watcher struct{ dir string }

func newWatcher(dir string) (*watcher, error) { return &watcher{dir}, nil }
func (w *watcher) Watch(paths []string) error { return nil }
func (w *watcher) Close() error               { return nil }
func (w *watcher) Run(ctx context.Context, f func([]string)) error {
	last := ""
	for ctx.Err() == nil {
		var b strings.Builder
		filepath.Walk(w.dir, func(p string, i os.FileInfo, err error) error {
			if err == nil {
				b.WriteString(p + i.ModTime().String())
			}
			return nil
		})
		if last != "" && b.String() != last {
			f(nil)
		}
		last = b.String()
		time.Sleep(20 * time.Millisecond)
	}
	return nil
}

type doors struct{ control, stage net.Listener }

func listen(host string, port int) (*doors, error) {
	a, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b, err := net.Listen("tcp", "127.0.0.1:0")
	return &doors{a, b}, err
}
func (d *doors) guardControl(h http.Handler) http.Handler { return h }
func (d *doors) guardStage(h http.Handler) http.Handler   { return h }
func (d *doors) address() Address {
	return Address{URL: "http://" + d.control.Addr().String() + "/", Stage: "http://" + d.stage.Addr().String()}
}
func (d *doors) stageOrigin(r *http.Request) string { return "http://" + d.stage.Addr().String() }
