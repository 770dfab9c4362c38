package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/hframes/hframes/cloud"
	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/source"
	"github.com/spf13/cobra"
)

// listenFlags are the flags of cloud listen.
type listenFlags struct {
	host, secretFile, register string
	port                       int
	download                   bool
	poll                       time.Duration
}

func cloudListen(t *terminal) *cobra.Command {
	var f listenFlags
	c := &cobra.Command{
		Use:   "listen",
		Short: "Receive HeyGen's webhooks and finish renders as they end",
		Long: `listen receives HeyGen's webhooks, believes those that are signed, and notes in the journal what became of the
renders of this machine; --download fetches their videos as well. A webhook only rings the bell: what happened is asked
of the service, and renders whose webhook does not come are looked at from time to time.

HeyGen must be able to reach the address: --register takes the public https address that leads here, registers it
for as long as listen runs, and gets the secret by itself. For an address that is registered already, the secret is
taken from HEYGEN_WEBHOOK_SECRET or from a file.`,
		Example: `  hframes cloud listen --register https://hooks.example.org/heygen --download
  HEYGEN_WEBHOOK_SECRET=… hframes cloud listen --port 8787`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c, t) },
	}
	c.Flags().StringVar(&f.host, "host", "127.0.0.1", "address to listen on; only this machine reaches the default")
	c.Flags().IntVar(&f.port, "port", 8787, "port to listen on, 0 = a free one")
	c.Flags().StringVar(&f.secretFile, "secret-file", "", "file with the endpoint's signing secret")
	c.Flags().StringVar(&f.register, "register", "", "public https address to register with HeyGen for as long as this runs")
	c.Flags().BoolVar(&f.download, "download", false, "download videos to where their commands wanted them")
	c.Flags().DurationVar(&f.poll, "poll-interval", time.Minute, "pause between two looks at renders that run, in case a webhook is lost")
	return c
}

func (f *listenFlags) run(c *cobra.Command, t *terminal) error {
	switch {
	case f.port < 0 || f.port > 65535:
		return usageError{c, fmt.Errorf("--port %d is no port", f.port)}
	case f.poll < 10*time.Millisecond:
		return usageError{c, fmt.Errorf("--poll-interval %s is shorter than 10ms", f.poll)}
	case f.register != "" && !heygen.Secure(f.register):
		return usageError{c, fmt.Errorf("--register %s is not https", f.register)}
	}
	service, err := cloudService(t, 0)
	if err != nil {
		return err
	}
	defer service.Journal.Close()
	socket, err := net.Listen("tcp", net.JoinHostPort(f.host, strconv.Itoa(f.port)))
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer socket.Close()
	secret, leave, err := f.secret(c, service.Client)
	if err != nil {
		return err
	}
	defer leave()
	return listen(c.Context(), t, service, socket, secret, f)
}

// secret returns what webhooks are signed with, and what takes a registration back.
func (f *listenFlags) secret(c *cobra.Command, client *heygen.Client) (heygen.Secret, func(), error) {
	none := func() {}
	if f.register != "" {
		e, err := client.CreateEndpoint(c.Context(), f.register, []string{"hyperframes_video.success", "hyperframes_video.fail"})
		if err != nil {
			return "", none, fmt.Errorf("register the webhook: %w", err)
		}
		return e.Secret, func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Context()), patience)
			defer cancel()
			client.DeleteEndpoint(ctx, e.ID)
		}, nil
	}
	secret := []byte(os.Getenv("HEYGEN_WEBHOOK_SECRET"))
	if f.secretFile != "" {
		var err error
		if secret, err = os.ReadFile(f.secretFile); err != nil {
			return "", none, fmt.Errorf("read the signing secret: %w", err)
		}
	}
	if secret = bytes.TrimSpace(secret); len(secret) == 0 {
		return "", none, usageError{c, hinted{errors.New("there is no signing secret"), "--register gets one; else set HEYGEN_WEBHOOK_SECRET or name a --secret-file"}}
	}
	return heygen.Secret(secret), none, nil
}

// heard is a line of cloud listen's output: what became of a render.
type heard struct {
	Render string `json:"render_id"`
	Event  string `json:"event,omitempty"` // the webhook's type; "" for a render that was looked at unasked
	State  string `json:"state"`           // completed, failed, gone, downloaded; "unknown" for a render of somebody else's
	Source string `json:"source,omitempty"`
	Output string `json:"output,omitempty"`
	Error  string `json:"error,omitempty"`
}

// listen serves until the context ends.
func listen(ctx context.Context, t *terminal, service *cloud.Service, socket net.Listener, secret heygen.Secret, f *listenFlags) error {
	deliveries := make(chan heygen.Delivery, 1000) // one that finds it full is looked at in a while, as if it were lost
	receiver := &cloud.Receiver{Secret: secret,
		Received: func(d heygen.Delivery) {
			select {
			case deliveries <- d:
			default:
			}
		},
		Refused: func(remote string, status int, err error) {
			t.note("refused a request from %s with %d: %v", remote, status, err)
		},
	}
	server := &http.Server{Handler: receiver, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(socket) }()
	defer server.Close()
	url := "http://" + socket.Addr().String() + "/"
	if err := t.line(url, map[string]string{"url": url}); err != nil {
		return err
	}
	var work sync.WaitGroup
	defer work.Wait()
	tick := time.NewTicker(f.poll)
	defer tick.Stop()
	l := listener{t, service, f.download, map[string]bool{}, sync.Mutex{}}
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return fmt.Errorf("listen: %w", err)
		case d := <-deliveries:
			work.Go(func() { l.delivered(ctx, d) })
		case <-tick.C:
			l.look(ctx)
		}
	}
}

// A listener does what webhooks ask for.
type listener struct {
	t        *terminal
	service  *cloud.Service
	download bool
	busy     map[string]bool // renders that are being downloaded
	mu       sync.Mutex
}

// delivered acts on a webhook.
func (l *listener) delivered(ctx context.Context, d heygen.Delivery) {
	rec, err := l.service.Hear(ctx, d)
	if rec == nil && err == nil {
		l.tell(heard{Render: d.RenderID, Event: d.Type, State: "unknown"})
		return
	}
	if rec == nil {
		rec = &cloud.Record{Render: d.RenderID}
	}
	l.act(ctx, rec, d.Type, err)
}

// look asks about all renders that run, for which a webhook may be lost.
func (l *listener) look(ctx context.Context) {
	list, err := l.service.Journal.Renders(l.service.Account)
	if err != nil {
		l.t.note("warning: %v", err)
		return
	}
	for _, rec := range list {
		if rec.State != cloud.Created && !(l.download && rec.State == cloud.Completed) {
			continue
		}
		before := rec.State
		err := l.service.Look(ctx, &rec)
		if ctx.Err() != nil {
			return
		}
		if err != nil || rec.State != before || rec.State == cloud.Completed {
			l.act(ctx, &rec, "", err)
		}
	}
}

// act tells what became of a render, and downloads its video.
func (l *listener) act(ctx context.Context, rec *cloud.Record, event string, err error) {
	line := heard{Render: rec.Render, Event: event, State: string(rec.State), Source: rec.Source}
	if err == nil && rec.State == cloud.Completed && l.download && rec.Output != "" {
		if !l.begin(rec.Render) {
			return // somebody does
		}
		defer l.end(rec.Render)
		var res *cloud.Result
		if res, err = l.service.Resume(ctx, *rec, cloud.Job{Output: rec.Output}); err == nil {
			line.State, line.Output = string(cloud.Downloaded), res.Output
		}
	}
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		line.Error = err.Error()
	case rec.State == cloud.Failed:
		line.Error = rec.Message
	}
	l.tell(line)
}

func (l *listener) tell(h heard) {
	text := fmt.Sprintf("%s  %s", h.Render, h.State)
	for _, s := range []string{h.Output, h.Error} {
		if s != "" {
			text += "  " + source.Cut(s, lineRoom)
		}
	}
	l.t.line(text, h)
}

func (l *listener) begin(render string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy[render] {
		return false
	}
	l.busy[render] = true
	return true
}

func (l *listener) end(render string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.busy, render)
}
