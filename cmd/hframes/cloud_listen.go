package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/hframes/hframes/cloud"
	"github.com/hframes/hframes/internal/heygen"
	"github.com/spf13/cobra"
)

// listenFlags are the flags of cloud listen.
type listenFlags struct {
	host, secretFile, register string
	port                       int
	download                   bool
	poll                       time.Duration
}

func cloudListen(t *terminal, key *keyFlag) *cobra.Command {
	var f listenFlags
	c := &cobra.Command{
		Use:   "listen",
		Short: "Receive HeyGen's webhooks and finish renders as they end",
		Long: `listen receives HeyGen's webhooks, believes those that are signed, and notes in the journal what became of the
renders of this machine; --download fetches their videos as well, to where the commands wanted them. A webhook only rings
the bell: what happened is asked of the service. Renders whose webhook does not come are looked at from time to time, and
all of them once at the start. It runs until Ctrl-C.

HeyGen must be able to reach it: have a proxy or tunnel with a public https address lead to the port; its path does not
matter. --register registers that address for as long as listen runs, and gets the secret by itself; what a killed listen
left registered is replaced. For an address that is registered already, the secret is taken from HEYGEN_WEBHOOK_SECRET
or from a file.

The address that it listens on is printed first, then a line for each render that ends; with --json, each line is a JSON
document.`,
		Example: `  hframes cloud listen --register https://hooks.example.org/heygen --download
  HEYGEN_WEBHOOK_SECRET=whsec_… hframes cloud listen --port 8787`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c, t, key) },
	}
	c.Flags().StringVar(&f.host, "host", "127.0.0.1", "address to listen on; only this machine reaches the default")
	c.Flags().IntVar(&f.port, "port", 8787, "port to listen on, 0 = a free one")
	c.Flags().StringVar(&f.secretFile, "secret-file", "", "file with the endpoint's signing secret")
	c.Flags().StringVar(&f.register, "register", "", "public https address to register with HeyGen for as long as this runs")
	c.Flags().BoolVar(&f.download, "download", false, "download videos to where their commands wanted them")
	c.Flags().DurationVar(&f.poll, "poll-interval", time.Minute, "pause between two looks at renders that run, in case a webhook is lost")
	complete(c, "host", []string{"127.0.0.1", "0.0.0.0"})
	return c
}

func (f *listenFlags) check(c *cobra.Command) error {
	switch {
	case f.port < 0 || f.port > 65535:
		return usageError{c, fmt.Errorf("port %d is not from 0 to 65535", f.port)}
	case f.host == "":
		return usageError{c, hinted{errors.New("--host is empty"), "0.0.0.0 is every address of this machine"}}
	case f.poll < 10*time.Millisecond:
		return usageError{c, fmt.Errorf("--poll-interval %s is shorter than 10ms", f.poll)}
	case f.register != "" && !heygen.Secure(f.register):
		return usageError{c, hinted{fmt.Errorf("--register %q is no https address", f.register), "HeyGen calls https://… only"}}
	case f.register != "" && f.port == 0:
		return usageError{c, hinted{errors.New("--register needs a port that stays"), "name the --port that the public address leads to"}}
	case f.register != "" && f.secretFile != "":
		return usageError{c, hinted{errors.New("--register gets a secret by itself, and --secret-file names one"), "leave one of them out"}}
	}
	return nil
}

// run listens until the context ends, which is how it is meant to end.
func (f *listenFlags) run(c *cobra.Command, t *terminal, key *keyFlag) error {
	if err := f.check(c); err != nil {
		return err
	}
	var secret heygen.Secret
	if f.register == "" {
		var err error
		if secret, err = f.secret(c); err != nil {
			return err
		}
	}
	service, err := cloudService(t, key, 0)
	if err != nil {
		return err
	}
	defer service.Journal.Close()
	socket, err := net.Listen("tcp", net.JoinHostPort(f.host, strconv.Itoa(f.port)))
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if f.register != "" {
		defer f.unregister(c.Context(), t, service)
	}
	ctx, stop := context.WithCancelCause(c.Context())
	defer stop(nil)
	l := newListener(t, service, f.download, stop)
	end := l.serve(ctx, socket)
	defer end()
	if f.register != "" { // which may ask us something already
		if secret, err = service.Register(ctx, f.register); err != nil {
			return err
		}
	}
	l.receiver.Trust(secret)
	url := listensOn(socket.Addr())
	doc := struct {
		URL        string `json:"url"`
		Registered string `json:"registered,omitempty"`
	}{url, f.register}
	if err := t.line(url, doc); err != nil {
		return err
	}
	l.work.Go(func() { l.lookAgain(ctx, f.poll) })
	<-ctx.Done()
	if c.Context().Err() != nil {
		return nil
	}
	return context.Cause(ctx)
}

// listensOn returns an address under which this machine reaches what listens at a.
func listensOn(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port) + "/"
}

// secret returns what webhooks to an address that is registered already are signed with.
func (f *listenFlags) secret(c *cobra.Command) (heygen.Secret, error) {
	secret, from := []byte(os.Getenv("HEYGEN_WEBHOOK_SECRET")), "HEYGEN_WEBHOOK_SECRET"
	if f.secretFile != "" {
		var err error
		if secret, err = os.ReadFile(f.secretFile); err != nil {
			return "", fmt.Errorf("read the signing secret: %w", err)
		}
		from = f.secretFile
	}
	secret = bytes.TrimSpace(secret)
	switch {
	case len(secret) == 0:
		return "", usageError{c, hinted{errors.New("there is no signing secret"), "--register gets one; else set HEYGEN_WEBHOOK_SECRET or name a --secret-file"}}
	case bytes.ContainsAny(secret, " \t\r\n"):
		return "", usageError{c, fmt.Errorf("%s holds more than a secret", from)}
	}
	return heygen.Secret(secret), nil
}

// unregister takes the registration back, also when the command was stopped.
func (f *listenFlags) unregister(ctx context.Context, t *terminal, service *cloud.Service) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := service.Unregister(ctx, f.register); err != nil {
		t.tell("warning: %s may still be registered with HeyGen; the next listen that registers it replaces that: %v\n", f.register, err)
	}
}
