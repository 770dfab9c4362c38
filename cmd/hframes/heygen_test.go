package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/hframes/hframes/internal/heygen/heygentest"
	"github.com/rogpeppe/go-internal/testscript"
)

// startHeyGen starts a fake service for a script and points the environment at it: heygen [option…] [plan.json], with a
// plan of faults. The options are balance=USD, and polls=N: how many looks at a render find it queued, and as many more
// rendering. Nobody is logged in, and the credentials file is conf/credentials. A second one takes the place of the first.
func startHeyGen(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: heygen [option…] [plan.json]")
	}
	o := heygentest.Options{Accounts: []heygentest.Account{
		{Key: heygentest.DefaultKey, Name: "ann", Balance: 12.5},
		{Key: "sk_V2_fake_scoped_key", Name: "bob", Scopes: []string{"hyperframes:read"}},
	}}
	for _, arg := range args {
		var err error
		switch name, value, _ := strings.Cut(arg, "="); name {
		case "balance":
			o.Accounts[0].Balance, err = strconv.ParseFloat(value, 64)
		case "polls":
			o.QueuePolls, err = strconv.Atoi(value)
			o.RenderPolls = o.QueuePolls
		default:
			var f *os.File
			f, err = os.Open(ts.MkAbs(arg))
			ts.Check(err)
			defer f.Close()
			o.Plan, err = heygentest.ReadPlan(f)
		}
		ts.Check(err)
	}
	fake, err := heygentest.New(o)
	ts.Check(err)
	ts.Defer(fake.Close)
	ts.Check(fake.Listen(0))
	ts.Setenv("HEYGEN_API_URL", fake.URL)
	ts.Setenv("HFRAMES_HEYGEN_BACKOFF", "2ms")
	ts.Setenv("HFRAMES_STATE", filepath.Join(ts.Getenv("WORK"), "state"))
	ts.Setenv("KEY", heygentest.DefaultKey)
	ts.Setenv("HEYGEN_CONFIG_DIR", filepath.Join(ts.Getenv("WORK"), "conf"))
	ts.Setenv("HEYGEN_API_KEY", "")
	ts.Setenv("HYPERFRAMES_API_KEY", "")
	ts.Setenv("HYPERFRAMES_OAUTH_AUTHORIZE_URL", fake.URL+"/oauth/authorize")
	ts.Setenv("HYPERFRAMES_OAUTH_TOKEN_URL", fake.URL+"/v1/oauth/token")
	ts.Setenv("HYPERFRAMES_OAUTH_REVOKE_URL", fake.URL+"/v1/oauth/revoke")
	ts.Setenv("HYPERFRAMES_OAUTH_DEVICE_URL", fake.URL+"/v1/oauth/device_authorization")
}

// askFake looks at what the fake service knows, or changes it: fake renders N, fake requests N, fake faults plan.json,
// fake end RENDER STATUS REASON, fake sent TEXT (what the newest render was asked for with holds TEXT).
func askFake(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: [!] fake renders|requests|faults|end|sent …")
	}
	url := ts.Getenv("HEYGEN_API_URL")
	send := func(method, path string, body []byte) {
		r, err := http.NewRequest(method, url+path, bytes.NewReader(body))
		ts.Check(err)
		answer, err := http.DefaultClient.Do(r)
		ts.Check(err)
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			ts.Fatalf("%s %s: %s", method, path, answer.Status)
		}
	}
	answer, err := http.Get(url + "/_fake/state")
	ts.Check(err)
	defer answer.Body.Close()
	var state heygentest.State
	ts.Check(json.NewDecoder(answer.Body).Decode(&state))
	is := false
	switch args[0] {
	case "renders":
		is = strconv.Itoa(len(state.Renders)) == args[1]
	case "requests":
		n := 0
		for _, count := range state.Requests {
			n += count
		}
		is = strconv.Itoa(n) == args[1]
	case "faults":
		plan, err := os.ReadFile(ts.MkAbs(args[1]))
		ts.Check(err)
		send("PUT", "/_fake/faults", plan)
		return
	case "end":
		body, err := json.Marshal(map[string]string{"status": args[2], "failure_message": args[3]})
		ts.Check(err)
		send("POST", "/_fake/renders/"+args[1], body)
		return
	case "sent":
		body, err := json.Marshal(state.Renders[len(state.Renders)-1].Request)
		ts.Check(err)
		is = strings.Contains(string(body), args[1])
	}
	if is == neg {
		ts.Fatalf("fake %s: %+v", strings.Join(args, " "), state)
	}
}

// grab sets a variable to what a regular expression's group finds in stdout: grab NAME REGEXP.
func grab(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: grab NAME REGEXP")
	}
	m := regexp.MustCompile("(?m)" + args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(m) < 2 {
		ts.Fatalf("stdout has no match for %s", args[1])
	}
	ts.Setenv(args[0], m[1])
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
