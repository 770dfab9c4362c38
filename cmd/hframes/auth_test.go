package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

// hands are a keyboard that a test types on.
type hands struct {
	io.Reader
	attended bool
	line     string
	err      error
}

func (h hands) Attended() bool                         { return h.attended }
func (h hands) Secret(context.Context) (string, error) { return h.line, h.err }

func TestReadKey(t *testing.T) {
	for name, c := range map[string]struct {
		in    hands
		piped bool
		want  string
		err   string
		asked bool
	}{
		"typed":          {hands{attended: true, line: " sk_12345\r"}, false, "sk_12345", "", true},
		"end of input":   {hands{attended: true, err: io.EOF}, false, "", "", true},
		"stopped":        {hands{attended: true, err: context.Canceled}, false, "", "canceled", true},
		"nobody":         {hands{line: "sk_12345"}, false, "", "nobody to ask", false},
		"piped":          {hands{Reader: strings.NewReader("sk_12345\n")}, true, "sk_12345", "", false},
		"piped by hand":  {hands{Reader: strings.NewReader("sk_12345\n"), attended: true}, true, "sk_12345", "", false},
		"two lines":      {hands{Reader: strings.NewReader("sk_1\nsk_2\n")}, true, "sk_1\nsk_2", "", false}, // refused later
		"pipe that ends": {hands{Reader: io.MultiReader(strings.NewReader("sk"), broken{})}, true, "", "gone", false},
	} {
		t.Run(name, func(t *testing.T) {
			var stderr bytes.Buffer
			term := newTerminal(io.Discard, &stderr)
			command := loginCommand(term)
			command.SetContext(t.Context())
			got, err := readKey(command, term, c.in, c.piped)
			if got != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("got %q, %v", got, err)
			}
			if strings.Contains(stderr.String(), "API key") != c.asked || strings.Contains(stderr.String(), "sk_") {
				t.Errorf("stderr: %q", stderr.String())
			}
		})
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("gone") }
