package sheet

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"github.com/hframes/hframes/internal/chrome"
)

// maxHeight is the largest a browser's window can be, px.
const maxHeight = 16384

// A TooTall error says that a sheet does not fit into one picture.
type TooTall struct{ Height int }

// Error names the height.
func (e *TooTall) Error() string {
	return fmt.Sprintf("the sheet would be %d px high, and a picture of it can have %d", e.Height, maxHeight)
}

// Hint says what to do about it.
func (e *TooTall) Hint() string {
	return "take fewer stills, more --columns, a smaller --width, or write an .html sheet"
}

// Draw returns a picture of a page of that width, px, that [Sheet.HTML] made, as a PNG or in another form that the
// browser writes. Errors are those of [chrome.Start], and [*TooTall].
func Draw(ctx context.Context, html []byte, width int, format chrome.Format, o chrome.Options) ([]byte, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("show the sheet: %w", err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != l.Addr().String() || r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(html)
	})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // always ends with ErrServerClosed
	}()
	defer func() { server.Close(); <-done }()
	b, err := chrome.Start(ctx, o)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	origin := "http://" + l.Addr().String()
	picture, err := shoot(ctx, b, origin, width, format)
	if err != nil {
		return nil, fmt.Errorf("take a picture of the sheet: %w", err)
	}
	return picture, nil
}

// shoot opens the page twice: first to learn how high it is.
func shoot(ctx context.Context, b *chrome.Browser, origin string, width int, format chrome.Format) ([]byte, error) {
	height := 100
	for {
		p, err := b.Page(ctx, chrome.PageOptions{Width: width, Height: height, Origin: origin})
		if err != nil {
			return nil, err
		}
		defer p.Close()
		if err := p.Navigate(ctx, origin+"/"); err != nil {
			return nil, err
		}
		var is int
		const ready = `document.fonts.ready.then(() => Promise.all([...document.images].map(m => m.decode()))).then(() => document.documentElement.scrollHeight)`
		if err := p.Eval(ctx, ready, &is); err != nil {
			return nil, err
		}
		if is > maxHeight {
			return nil, &TooTall{is}
		}
		if is <= height {
			return p.Screenshot(ctx, format)
		}
		height = is
	}
}
