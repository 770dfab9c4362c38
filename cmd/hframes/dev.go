package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/hframes/hframes/internal/heygen/heygentest"
	"github.com/spf13/cobra"
)

// devCommand holds what people need who work on hframes itself. The help does not list it.
func devCommand(t *terminal) *cobra.Command {
	c := &cobra.Command{
		Use:    "dev",
		Short:  "Tools for work on hframes itself",
		Hidden: true,
		Args:   unknown("command"),
		RunE:   showHelp,
	}
	c.AddCommand(devHeyGenCommand(t), devCaptureCommand(t))
	return c
}

func devHeyGenCommand(t *terminal) *cobra.Command {
	var o heygentest.Options
	var port int
	var film bool
	var faults string
	account := heygentest.Account{Key: heygentest.DefaultKey, Balance: 100_000}
	c := &cobra.Command{
		Use:   "heygen",
		Short: "Be HeyGen's API on this machine",
		Long: `heygen answers as HeyGen's API does, on loopback, until Ctrl-C: a place to try the cloud path without the cloud, its
price and its key. It prints its address; with --json, the first line of stdout is a JSON object.

Videos are plain colour, of the right size and length. With --render they are what the uploaded zips show, rendered on
this machine.

--faults FILE reads a plan of what goes wrong, --faults seed:N makes one up. GET /_fake/state tells what happened;
PUT /_fake/faults, POST /_fake/reset and POST /_fake/renders/ID change it.`,
		Example: "  hframes dev heygen --port 0 --json --render",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if port < 0 || port > 65535 {
				return usageError{c, fmt.Errorf("port %d is not from 0 to 65535", port)}
			}
			if account.Key == "" {
				return usageError{c, fmt.Errorf("the key is empty")}
			}
			plan, err := readFaults(c, faults)
			if err != nil {
				return err
			}
			o.Plan, o.Accounts = plan, []heygentest.Account{account}
			if film {
				o.Render = filmZip
			}
			return runHeyGen(c.Context(), t, port, account.Key, o)
		},
	}
	f := c.Flags()
	f.IntVar(&port, "port", 0, "port to listen on; 0 is any")
	f.BoolVar(&film, "render", false, "render each zip on this machine")
	f.StringVar(&account.Key, "key", account.Key, "API key of the account")
	f.Float64Var(&account.Balance, "balance", account.Balance, "USD in the account's wallet")
	f.StringSliceVar(&account.Scopes, "scopes", nil, "scopes of the key (default: all)")
	f.StringVar(&faults, "faults", "", "what goes wrong: a file, or seed:N")
	f.DurationVar(&o.Queue, "queue", 0, "how long a render waits")
	f.DurationVar(&o.Rendering, "rendering", 0, "how long a render takes, at least")
	f.IntVar(&o.QueuePolls, "queue-polls", 0, "how many looks at a render find it waiting")
	f.IntVar(&o.RenderPolls, "render-polls", 0, "how many more find it rendering")
	f.Float64Var(&o.Rate, "rate", 0, "requests a second; 0 is any")
	f.IntVar(&o.Concurrent, "concurrent", 0, "renders at once; 0 is any")
	f.IntVar(&o.EarlyCompletes, "early", 0, "how often an upload is not visible yet")
	f.DurationVar(&o.UploadLife, "upload-life", time.Hour, "how long an upload URL is valid")
	f.DurationVar(&o.ResultLife, "result-life", time.Hour, "how long a video URL is valid")
	f.DurationVar(&o.TokenLife, "token-life", 240*time.Hour, "how long an OAuth access token is valid")
	f.IntVar(&o.DevicePolls, "device-polls", 0, "how often a device is told to wait")
	f.IntVar(&o.DeviceInterval, "device-interval", 5, "seconds between polls that a device is told")
	return c
}

// readFaults reads --faults.
func readFaults(c *cobra.Command, faults string) (heygentest.Plan, error) {
	if faults == "" {
		return heygentest.Plan{}, nil
	}
	if text, ok := strings.CutPrefix(faults, "seed:"); ok {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return heygentest.Plan{}, usageError{c, fmt.Errorf("seed %q is not a number", text)}
		}
		return heygentest.RandomPlan(seed), nil
	}
	f, err := os.Open(faults)
	if err != nil {
		return heygentest.Plan{}, err
	}
	defer f.Close()
	plan, err := heygentest.ReadPlan(f)
	if err != nil {
		return plan, fmt.Errorf("%s: %w", faults, err)
	}
	return plan, nil
}

// faked is the JSON document of dev heygen. The names of the addresses are those of the environment variables that the
// official CLI reads, in lower case.
type faked struct {
	URL          string `json:"url"`
	Key          string `json:"key"`
	AuthorizeURL string `json:"oauth_authorize_url"`
	TokenURL     string `json:"oauth_token_url"`
	RevokeURL    string `json:"oauth_revoke_url"`
	DeviceURL    string `json:"oauth_device_url"`
}

// runHeyGen serves until ctx ends, which is how it is meant to end.
func runHeyGen(ctx context.Context, t *terminal, port int, key string, o heygentest.Options) error {
	s, err := heygentest.New(o)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Listen(port); err != nil {
		return err
	}
	err = t.line(s.URL, faked{
		URL: s.URL, Key: key,
		AuthorizeURL: s.URL + "/oauth/authorize",
		TokenURL:     s.URL + "/v1/oauth/token",
		RevokeURL:    s.URL + "/v1/oauth/revoke",
		DeviceURL:    s.URL + "/v1/oauth/device_authorization",
	})
	if err != nil {
		return err
	}
	if key == heygentest.DefaultKey { // which is no secret
		t.note("the key is %s", key)
	}
	if t.live {
		t.note("Ctrl-C ends it")
	}
	<-ctx.Done()
	return nil
}
