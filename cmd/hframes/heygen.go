package main

import (
	"os"
	"strings"
	"sync"
	"time"

	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/internal/heygen/auth"
)

// agent is how we name ourselves to HeyGen.
func agent() string { return "hframes/" + strings.Trim(versionText(), "()") }

// cloudClient returns a client for HeyGen as the environment says, and the credential that it uses: key if that is not
// empty, else the first one that auth.Find finds. HEYGEN_API_URL names another place than HeyGen's.
func cloudClient(t *terminal, key string) (*heygen.Client, *auth.Credential, error) {
	credential, err := auth.Find(auth.Options{Key: key, UserAgent: agent()})
	if err != nil {
		return nil, nil, err
	}
	if credential.Warning != "" {
		t.note("warning: %s", credential.Warning)
	}
	client, err := clientFor(t, credential)
	return client, credential, err
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
