package chrome

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// EventKind says what a page complained about.
type EventKind string

const (
	Console   EventKind = "console"   // the page wrote to its console; see Level
	Exception EventKind = "exception" // an uncaught exception or rejection
	Failed    EventKind = "failed"    // a request that failed or was answered with a status of 400 or more
	Blocked   EventKind = "blocked"   // a request that would have left the page's own server
	Crash     EventKind = "crash"     // the page's process died
)

// An Event is one thing a page said or did wrong.
type Event struct {
	Kind  EventKind `json:"kind"`
	Level string    `json:"level,omitempty"` // console: error, warning, info, debug
	Text  string    `json:"text"`
	URL   string    `json:"url,omitempty"` // of the script or of the request
	Line  int       `json:"line,omitempty"`
	Col   int       `json:"col,omitempty"`
}

// String returns the event in one line.
func (e Event) String() string {
	where := e.URL
	if e.Line > 0 {
		where = fmt.Sprintf("%s:%d:%d", e.URL, e.Line, e.Col)
	}
	what := string(e.Kind)
	if e.Kind == Console {
		what += " " + e.Level
	}
	if where == "" {
		return what + ": " + e.Text
	}
	return fmt.Sprintf("%s: %s (%s)", what, e.Text, where)
}

// maxEvents bounds what is kept of a page that complains in every frame.
const maxEvents = 200

// A journal keeps what a page complained about and knows which of its requests are under way.
type journal struct {
	origin string // "http://127.0.0.1:1234"

	mu      sync.Mutex
	events  []Event
	dropped int
	open    map[network.RequestID]request
	begun   int // requests so far that count and are not quiet
	quiet   string
	idle    chan struct{} // closed when no request that counts is open
	crashed chan struct{} // closed when the page's process dies
	parsed  map[cdp.LoaderID]bool
	news    chan struct{} // has room for one: something was added to parsed
}

type request struct {
	url    string
	counts bool // a picture must wait for it
}

func newJournal(o PageOptions) *journal {
	j := &journal{
		origin: o.Origin, quiet: o.Quiet, open: map[network.RequestID]request{}, idle: make(chan struct{}), crashed: make(chan struct{}),
		parsed: map[cdp.LoaderID]bool{}, news: make(chan struct{}, 1),
	}
	close(j.idle)
	return j
}

// see takes one protocol event. It is called in the order in which the browser sends them.
func (j *journal) see(ev any) {
	switch e := ev.(type) {
	case *runtime.EventConsoleAPICalled:
		j.console(e)
	case *runtime.EventExceptionThrown:
		j.exception(e.ExceptionDetails)
	case *log.EventEntryAdded:
		j.entry(e.Entry)
	case *network.EventRequestWillBeSent:
		j.begin(e)
	case *network.EventResponseReceived:
		if e.Response != nil && e.Response.Status >= 400 {
			j.add(Event{Kind: Failed, Text: fmt.Sprintf("status %d", e.Response.Status), URL: e.Response.URL})
		}
	case *network.EventLoadingFinished:
		j.end(e.RequestID)
	case *network.EventLoadingFailed:
		r := j.end(e.RequestID)
		if r.url != "" && !e.Canceled && j.own(r.url) {
			j.add(Event{Kind: Failed, Text: e.ErrorText, URL: r.url})
		}
	case *page.EventLifecycleEvent:
		if e.Name == "DOMContentLoaded" {
			j.document(e.LoaderID)
		}
	case *inspector.EventTargetCrashed:
		j.add(Event{Kind: Crash, Text: "the page's process died"})
		j.mu.Lock()
		defer j.mu.Unlock()
		select {
		case <-j.crashed:
		default:
			close(j.crashed)
		}
	}
}

// document notes that a document has been read to its end.
func (j *journal) document(id cdp.LoaderID) {
	j.mu.Lock()
	j.parsed[id] = true
	j.mu.Unlock()
	select {
	case j.news <- struct{}{}:
	default:
	}
}

// hasParsed reports whether document was called for a load.
func (j *journal) hasParsed(id cdp.LoaderID) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.parsed[id]
}

// add notes an event, once.
func (j *journal) add(e Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if slices.Contains(j.events, e) {
		return
	}
	if len(j.events) >= maxEvents {
		j.dropped++
		return
	}
	j.events = append(j.events, e)
}

// list returns a copy of the events so far.
func (j *journal) list() []Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := append([]Event(nil), j.events...)
	if j.dropped > 0 {
		out = append(out, Event{Kind: Console, Level: "info", Text: fmt.Sprintf("%d more messages", j.dropped)})
	}
	return out
}

// own reports whether a request stays on the page's own server, or needs no server at all.
func (j *journal) own(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	switch u.Scheme {
	case "http", "https", "ws", "wss", "ftp", "file":
		return j.origin == "" || raw == j.origin || strings.HasPrefix(raw, j.origin+"/")
	}
	return true
}

func (j *journal) block(url string) {
	j.add(Event{Kind: Blocked, Text: "the page may only use its own files", URL: url})
}

// begin notes a request. A redirect comes as the same request again.
func (j *journal) begin(e *network.EventRequestWillBeSent) {
	if e.Request == nil {
		return
	}
	if !j.own(e.Request.URL) {
		j.block(e.Request.URL)
	}
	r := request{url: e.Request.URL, counts: true}
	switch e.Type {
	case network.ResourceTypeMedia, network.ResourceTypeEventSource, network.ResourceTypeWebSocket, network.ResourceTypePing, network.ResourceTypePreflight:
		r.counts = false // these may stay open for as long as the page lives
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if r.counts && j.waiting() == 0 {
		j.idle = make(chan struct{})
	}
	if r.counts && (j.quiet == "" || !strings.HasPrefix(r.url, j.quiet)) {
		j.begun++
	}
	j.open[e.RequestID] = r
}

// end forgets a request and returns it.
func (j *journal) end(id network.RequestID) request {
	j.mu.Lock()
	defer j.mu.Unlock()
	r := j.open[id]
	delete(j.open, id)
	if r.counts && j.waiting() == 0 {
		close(j.idle)
	}
	return r
}

// waiting returns the number of open requests that count. The caller holds mu.
func (j *journal) waiting() int {
	n := 0
	for _, r := range j.open {
		if r.counts {
			n++
		}
	}
	return n
}

// pending returns a channel that is closed once no request is under way, and the addresses of those that are.
func (j *journal) pending() (<-chan struct{}, []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var urls []string
	for _, r := range j.open {
		if r.counts {
			urls = append(urls, r.url)
		}
	}
	return j.idle, urls
}

func (j *journal) console(e *runtime.EventConsoleAPICalled) {
	level := "info"
	switch e.Type {
	case runtime.ConsoleAPICalledTypeError, runtime.ConsoleAPICalledTypeAssert:
		level = "error"
	case runtime.ConsoleAPICalledTypeWarning:
		level = "warning"
	case runtime.ConsoleAPICalledTypeDebug:
		level = "debug"
	}
	parts := make([]string, len(e.Args))
	for i, a := range e.Args {
		parts[i] = remoteText(a)
	}
	ev := Event{Kind: Console, Level: level, Text: strings.Join(parts, " ")}
	if e.StackTrace != nil && len(e.StackTrace.CallFrames) > 0 {
		f := e.StackTrace.CallFrames[0]
		ev.URL, ev.Line, ev.Col = f.URL, int(f.LineNumber)+1, int(f.ColumnNumber)+1
	}
	j.add(ev)
}

func (j *journal) exception(d *runtime.ExceptionDetails) {
	if d != nil {
		j.add(Event{Kind: Exception, Text: exceptionText(d), URL: d.URL, Line: int(d.LineNumber) + 1, Col: int(d.ColumnNumber) + 1})
	}
}

// address finds what a page was kept from in the browser's words about it.
var address = regexp.MustCompile(`(?:https?|wss?|ftp|file)://[^\s'"]+`)

// entry takes a message of the browser's own log. Network trouble is told by the network events already.
func (j *journal) entry(e *log.Entry) {
	if e == nil || e.Source == log.EntrySourceNetwork {
		return
	}
	if strings.Contains(e.Text, "Content Security Policy") {
		if u := address.FindString(e.Text); u != "" {
			j.block(strings.TrimRight(u, "."))
			return
		}
	}
	level := "info"
	switch e.Level {
	case log.EntryLevelError:
		level = "error"
	case log.EntryLevelWarning:
		level = "warning"
	}
	ev := Event{Kind: Console, Level: level, Text: e.Text, URL: e.URL}
	if e.LineNumber > 0 {
		ev.Line = int(e.LineNumber) + 1
	}
	j.add(ev)
}

// exceptionText returns the message of an exception, without its stack.
func exceptionText(d *runtime.ExceptionDetails) string {
	if d.Exception == nil {
		return d.Text
	}
	text := remoteText(d.Exception)
	first, _, _ := strings.Cut(text, "\n    at ")
	if first == "" {
		return d.Text
	}
	return first
}

// remoteText returns a JavaScript value as the console would print it, near enough.
func remoteText(o *runtime.RemoteObject) string {
	if o == nil {
		return ""
	}
	if len(o.Value) > 0 {
		var s string
		if json.Unmarshal(o.Value, &s) == nil {
			return s
		}
		return string(o.Value)
	}
	if o.Description != "" {
		return o.Description
	}
	return string(o.Type)
}
