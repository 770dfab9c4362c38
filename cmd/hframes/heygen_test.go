package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/hframes/hframes/internal/heygen/heygentest"
	"github.com/rogpeppe/go-internal/testscript"
)

// startHeyGen starts a fake service for a script and points the environment at it: heygen [plan.json], with a plan of
// faults. Nobody is logged in, and the credentials file is conf/credentials. A second one takes the place of the first.
func startHeyGen(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: heygen [plan.json]")
	}
	o := heygentest.Options{Accounts: []heygentest.Account{
		{Key: heygentest.DefaultKey, Name: "ann", Balance: 12.5},
		{Key: "sk_V2_fake_scoped_key", Name: "bob", Scopes: []string{"hyperframes:read"}},
	}}
	if len(args) == 1 {
		f, err := os.Open(ts.MkAbs(args[0]))
		ts.Check(err)
		defer f.Close()
		o.Plan, err = heygentest.ReadPlan(f)
		ts.Check(err)
	}
	fake, err := heygentest.New(o)
	ts.Check(err)
	ts.Defer(fake.Close)
	ts.Check(fake.Listen(0))
	ts.Setenv("HEYGEN_API_URL", fake.URL)
	ts.Setenv("HEYGEN_CONFIG_DIR", filepath.Join(ts.Getenv("WORK"), "conf"))
	ts.Setenv("HEYGEN_API_KEY", "")
	ts.Setenv("HYPERFRAMES_API_KEY", "")
	ts.Setenv("HYPERFRAMES_OAUTH_AUTHORIZE_URL", fake.URL+"/oauth/authorize")
	ts.Setenv("HYPERFRAMES_OAUTH_TOKEN_URL", fake.URL+"/v1/oauth/token")
	ts.Setenv("HYPERFRAMES_OAUTH_REVOKE_URL", fake.URL+"/v1/oauth/revoke")
	ts.Setenv("HYPERFRAMES_OAUTH_DEVICE_URL", fake.URL+"/v1/oauth/device_authorization")
}

// browse is the browser of the scripts: it goes to an address and where that leads, and its user agrees to everything.
func browse() {
	answer, err := http.Get(os.Args[1])
	if err == nil {
		defer answer.Body.Close()
		_, err = io.Copy(io.Discard, answer.Body)
	}
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s", answer.Status)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
