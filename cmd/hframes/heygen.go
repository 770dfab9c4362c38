package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/hframes/hframes/cloud"
	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/internal/heygen/auth"
	"github.com/hframes/hframes/source"
	"github.com/spf13/cobra"
)

// agent is how we name ourselves to HeyGen.
func agent() string { return "hframes/" + strings.Trim(versionText(), "()") }

// keyFlag lets a command take a key from a file: as an argument, everybody on the machine could read it.
type keyFlag struct {
	file  string
	found *auth.Credential // a file may be readable only once
}

func (f *keyFlag) add(c *cobra.Command) {
	c.PersistentFlags().StringVar(&f.file, "api-key-file", "", "HeyGen: file with the API key to use, - = stdin (default: HEYGEN_API_KEY, HYPERFRAMES_API_KEY, then hframes auth login)")
}

// longestKey bounds what is read of a file with a key, in bytes.
const longestKey = 4096

// find returns the credential for HeyGen: the key in the file that was named, else the first that auth.Find finds.
func (f *keyFlag) find() (*auth.Credential, error) {
	if f.found != nil {
		return f.found, nil
	}
	o := authOptions()
	if f.file != "" {
		key, err := readKeyFile(f.file)
		if err != nil {
			return nil, err
		}
		o.Key = key
	}
	var err error
	f.found, err = auth.Find(o)
	return f.found, err
}

func readKeyFile(name string) (string, error) {
	in := os.Stdin
	if name != "-" {
		var err error
		if in, err = os.Open(name); err != nil {
			return "", fmt.Errorf("read the API key: %w", err)
		}
		defer in.Close()
	}
	data, err := io.ReadAll(io.LimitReader(in, longestKey))
	if err != nil {
		return "", fmt.Errorf("read the API key: %w", err)
	}
	key := strings.TrimSpace(string(data))
	if key == "" {
		return "", hinted{fmt.Errorf("--api-key-file %s: there is no key in it", name), "keys are made at app.heygen.com/settings/api"}
	}
	return key, nil
}

// exists reports whether there is a credential for HeyGen, whatever it is worth.
func (f *keyFlag) exists() (bool, error) {
	_, err := f.find()
	if errors.Is(err, auth.ErrNone) {
		return false, nil
	}
	return err == nil, err
}

// payer says who pays for what a credential asks for.
func payer(c *auth.Credential) string {
	s := "with the key in " + c.Source.Text()
	if c.Kind == auth.OAuth {
		s = "with the login in " + c.Source.Text()
	}
	if name := c.User.Name(); name != "" {
		return "as " + source.Cut(name, titleRoom) + ", " + s
	}
	return s
}

// cloudService is cloudAccount without the credential.
func cloudService(t *terminal, key *keyFlag, poll time.Duration) (*cloud.Service, error) {
	service, _, err := cloudAccount(t, key, poll)
	return service, err
}

// cloudAccount opens the journal and a client with the credential that is found. The caller closes the journal.
func cloudAccount(t *terminal, key *keyFlag, poll time.Duration) (*cloud.Service, *auth.Credential, error) {
	credential, err := key.find()
	if err != nil {
		return nil, nil, err
	}
	if credential.Warning != "" {
		t.note("warning: %s", credential.Warning)
	}
	client, err := clientFor(t, credential)
	if err != nil {
		return nil, nil, err
	}
	file, err := cloud.JournalPath()
	if err != nil {
		return nil, nil, err
	}
	journal, err := cloud.OpenJournal(file)
	if err != nil {
		return nil, nil, err
	}
	account := credential.Account()
	if at := strings.TrimRight(os.Getenv("HEYGEN_API_URL"), "/"); at != "" && at != heygen.DefaultURL {
		account += "@" + at
	}
	return &cloud.Service{Client: client, Journal: journal, Account: account, Poll: poll}, credential, nil
}

// clientFor returns a client that uses one credential and tells of calls that are made once more.
func clientFor(t *terminal, a heygen.Authorizer) (*heygen.Client, error) {
	var rate float64
	backoff, _ := time.ParseDuration(os.Getenv("HFRAMES_HEYGEN_BACKOFF"))
	if backoff > 0 { // for tests: a fake needs no manners
		rate = 1e6
	}
	return heygen.New(heygen.Options{
		BaseURL:   os.Getenv("HEYGEN_API_URL"),
		Auth:      a,
		UserAgent: agent(),
		Backoff:   max(backoff, 0),
		Rate:      rate,
		Retried:   retryNotes(t),
	})
}

// retryPause is the least time between two notes of retries: of a batch, many rows are held up at a time.
const retryPause = 5 * time.Second

// retryNotes returns a function, safe for concurrent use, that tells of calls that are made once more.
func retryNotes(t *terminal) func(heygen.Retry) {
	var mu sync.Mutex
	var told time.Time
	return func(r heygen.Retry) {
		mu.Lock()
		defer mu.Unlock()
		if time.Since(told) < retryPause {
			return
		}
		told = time.Now()
		t.note("%v; try %d in %s", r.Err, r.Try+1, r.Pause.Round(100*time.Millisecond))
	}
}
