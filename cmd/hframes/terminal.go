package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode"

	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/source"
	"golang.org/x/term"
)

// terminal is where a command reads and prints. The rules are: the result alone goes to stdout; progress, warnings and
// errors go to stderr; with --json stdout holds exactly one JSON document, also when the command fails; colour and
// lines that rewrite themselves appear only on a terminal, and never with NO_COLOR or TERM=dumb.
type terminal struct {
	stdout, stderr io.Writer
	json           bool
	live           bool       // stderr is a terminal
	color          bool       // stderr takes colour
	width, height  int        // of stderr, in columns and lines; height 0 = not known
	mu             sync.Mutex // held while printing; guards what follows
	open           int        // lines of progress that stand on stderr
	drawn          time.Time
	diagnostics    source.List // what was reported, for the JSON document
	document       bool        // stdout has its JSON document
}

func newTerminal(stdout, stderr io.Writer) *terminal {
	t := &terminal{stdout: stdout, stderr: stderr, width: 80}
	if f, ok := stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" {
		t.live = true
		t.color = os.Getenv("NO_COLOR") == ""
	}
	return t
}

// measure looks how large the terminal is now.
func (t *terminal) measure() {
	if f, ok := t.stderr.(*os.File); ok {
		if w, h, err := term.GetSize(int(f.Fd())); err == nil && w > 20 {
			t.width, t.height = w, h
		}
	}
}

// report prints diagnostics.
func (t *terminal) report(list source.List) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clear()
	t.diagnostics.Add(list...)
	if !t.json {
		list.Print(t.stderr, t.color)
	}
}

// note prints a line on stderr that is neither result nor fault.
func (t *terminal) note(format string, a ...any) {
	if t.json {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clear()
	fmt.Fprintln(t.stderr, plain(fmt.Sprintf(format, a...)))
}

// tell prints what a person must see, also with --json.
func (t *terminal) tell(format string, a ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clear()
	fmt.Fprint(t.stderr, plain(fmt.Sprintf(format, a...)))
}

// plain takes out of a text what a terminal would act on or hide: much of what is printed was said by a service.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r == '\u200c' || r == '\u200d' || unicode.IsPrint(r) { // the joiners are part of words and emoji
			return r
		}
		return ' '
	}, s)
}

// oneLine is plain for text that has to stay in its line or column.
func oneLine(s string) string { return plain(strings.NewReplacer("\n", " ", "\t", " ").Replace(s)) }

// result prints what the command was asked for: value as JSON with --json, else text.
func (t *terminal) result(text string, value any) error { return t.answer(text, value, "  ") }

// line is result for a command that goes on afterwards: its JSON document is one line, which a reader knows the end of.
func (t *terminal) line(text string, value any) error { return t.answer(text, value, "") }

func (t *terminal) answer(text string, value any, indent string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clear()
	if !t.json {
		_, err := io.WriteString(t.stdout, strings.TrimRight(text, "\n")+"\n")
		return err
	}
	t.document = true
	return t.encode(value, indent)
}

func (t *terminal) encode(value any, indent string) error {
	e := json.NewEncoder(t.stdout)
	e.SetIndent("", indent)
	e.SetEscapeHTML(false)
	return e.Encode(value)
}

// progress shows text that the next one replaces, at most ten times a second; last is always shown. Where stderr is no
// terminal, the first line of the text appears every ten seconds at most and for the last.
func (t *terminal) progress(text string, last bool) {
	if t.json {
		return
	}
	pause := 100 * time.Millisecond
	if !t.live {
		pause = 10 * time.Second
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !last && time.Since(t.drawn) < pause {
		return
	}
	t.drawn = time.Now()
	lines := strings.Split(plain(text), "\n")
	if !t.live {
		fmt.Fprintln(t.stderr, lines[0])
		return
	}
	t.measure()
	if t.height > 1 && len(lines) >= t.height { // what has left the screen cannot be replaced
		lines = lines[:t.height-1]
	}
	for i, line := range lines {
		lines[i] = fit(line, t.width-1)
	}
	t.clear()
	fmt.Fprint(t.stderr, strings.Join(lines, "\n"))
	t.open = len(lines)
	if last {
		fmt.Fprintln(t.stderr)
		t.open = 0
	}
}

// fit cuts a line to a number of columns. Which characters take two is not known for sure: those behind U+1100 may.
func fit(line string, columns int) string {
	for i, r := range line {
		if columns--; r >= 0x1100 {
			columns--
		}
		if columns < 0 {
			return line[:i]
		}
	}
	return line
}

// clear removes the progress that stands on stderr.
func (t *terminal) clear() {
	if t.open == 0 {
		return
	}
	if t.open > 1 {
		fmt.Fprintf(t.stderr, "\x1b[%dA", t.open-1)
	}
	fmt.Fprint(t.stderr, "\r\x1b[J")
	t.open = 0
}

// failure is the JSON document of a command that failed.
type failure struct {
	Error struct {
		Code      string `json:"code"`
		Message   string `json:"message"`
		Hint      string `json:"hint,omitempty"`
		RequestID string `json:"request_id,omitempty"` // for HeyGen's support
		Render    string `json:"render_id,omitempty"`  // the render on HeyGen's cloud that it is about
	} `json:"error"`
	Diagnostics source.List `json:"diagnostics,omitempty"`
}

// finish prints what ended the command and returns the exit code.
func (t *terminal) finish(err error) int {
	t.clear()
	if err == nil {
		return exitDone
	}
	exit := code(err)
	if p := (*fs.PathError)(nil); errors.As(err, &p) && p.Path == os.Stdout.Name() && errors.Is(p, syscall.EPIPE) {
		return exit // who reads the result has seen enough of it
	}
	var list source.List
	if errors.As(err, &list) {
		errs, warnings := list.Count()
		t.report(list)
		err = errors.New(count(errs, warnings))
		if !t.json {
			fmt.Fprintln(t.stderr, err)
			return exit
		}
	}
	var hint string
	var withHint interface{ Hint() string }
	if errors.As(err, &withHint) {
		hint = withHint.Hint()
	}
	message := err.Error()
	if errors.Is(err, context.Canceled) {
		message = "interrupted"
	}
	if t.json {
		if t.document {
			return exit
		}
		var f failure
		f.Error.Code = map[int]string{
			exitUsage: "usage", exitDenied: "denied", exitRunning: "still_running", exitInterrupted: "interrupted",
		}[exit]
		if f.Error.Code == "" {
			f.Error.Code = "failed"
		}
		f.Error.Message, f.Error.Hint, f.Diagnostics = message, hint, t.diagnostics
		if refused := (*heygen.Error)(nil); errors.As(err, &refused) {
			f.Error.RequestID = refused.RequestID
		}
		f.Error.Render = renderOf(err)
		t.encode(f, "  ")
		return exit
	}
	fmt.Fprintf(t.stderr, "hframes: %s\n", plain(message))
	if hint != "" {
		fmt.Fprintf(t.stderr, "hint: %s\n", plain(hint))
	}
	var usage usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(t.stderr, "usage: %s\n", usage.command.UseLine())
	}
	return exit
}

func count(errs, warnings int) string {
	plural := func(n int, word string) string {
		if n == 1 {
			return "1 " + word
		}
		return fmt.Sprintf("%d %ss", n, word)
	}
	return plural(errs, "error") + ", " + plural(warnings, "warning")
}
