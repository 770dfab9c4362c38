package preview

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hframes/hframes"
	"github.com/hframes/hframes/internal/chrome"
)

// What nobody may get to see: a file beside the project, and one in it that the film does not use.
const (
	outside = "kept outside of the project"
	unused  = "in the project, of no use to the film"
)

// pixel is a PNG of one px.
var pixel, _ = base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

// A running preview of a project in a folder that holds secrets.
type running struct {
	Address
	dir    string // the project
	hash   string // of the first build, "" = there is none
	report Report // of it
}

// runs starts a preview of a project of these files. A value that begins with "-> " makes a link. The deck is video.md or
// index.html, unless named.
func runs(t *testing.T, files map[string]string, deck string) *running {
	t.Helper()
	top := t.TempDir()
	r := &running{dir: filepath.Join(top, "project")}
	put := func(name, text string) {
		file := filepath.Join(top, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(file), 0o755)
		if to, ok := strings.CutPrefix(text, "-> "); ok && err == nil {
			err = os.Symlink(to, file)
		} else if err == nil {
			err = os.WriteFile(file, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range files {
		put("project/"+name, text)
	}
	put("secret.txt", outside)
	put("secret.html", "<p id=x>"+outside+"</p>")
	put("secret.md", "# "+outside+"\n")
	put("secret.png", string(pixel)+outside)
	put("layouts/leak.html", "<p>"+outside+"</p>")
	put("project/unused.txt", unused)
	put("project/.env", unused)
	ctx, stop := context.WithCancel(t.Context())
	ready, ended := make(chan Address, 1), make(chan error, 1)
	go func() {
		ended <- Run(ctx, Options{
			Editor: "editor://open?file={path}&line={line}",
			Open: func(size string) (*hframes.Project, error) {
				return hframes.Open(filepath.Join(r.dir, deck), hframes.Options{Size: size, Offline: true})
			},
			Built: func(report Report) { r.report = report },
			Ready: func(a Address) { ready <- a },
		})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case r.Address = <-ready:
	case err := <-ended:
		ended <- nil
		t.Fatal(err)
	}
	r.hash = r.film(t, "").Hash
	return r
}

// film returns what the events say first.
func (r *running) film(t *testing.T, size string) (f Film) {
	t.Helper()
	_, body := send(t, r.URL, "GET", "/events?size="+size)
	if _, data, ok := strings.Cut(body, "data: "); !ok || json.Unmarshal([]byte(data), &f) != nil {
		t.Fatalf("no film in %q", body)
	}
	return f
}

// send writes a request as it is to the server at a URL. What comes back ends with the connection, or after the first
// event of a stream. The header lines are added; a Host among them takes the place of the right one.
func send(t *testing.T, to, method, target string, lines ...string) (status int, body string) {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "Host:") }) {
		lines = append(lines, "Host: "+u.Host)
	}
	payload := ""
	if i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "Body: ") }); i >= 0 {
		payload = strings.TrimPrefix(lines[i], "Body: ")
		lines[i] = fmt.Sprintf("Content-Length: %d", len(payload))
	}
	io.WriteString(c, method+" "+target+" HTTP/1.1\r\n"+strings.Join(lines, "\r\n")+"\r\nConnection: close\r\n\r\n"+payload)
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("%s %q: %v", method, target, err)
	}
	var got bytes.Buffer // the body is not closed: that would read an endless one to its end
	for in := bufio.NewReader(answer.Body); ; {
		line, err := in.ReadString('\n')
		got.WriteString(line)
		if strings.HasPrefix(line, "data: ") || errors.Is(err, io.EOF) {
			return answer.StatusCode, got.String()
		}
		if err != nil {
			t.Fatalf("%s %q: %v", method, target, err)
		}
	}
}

var smallDeck = map[string]string{
	"video.md":      "# A film\n\n---\n\n## A picture\n\n![a pixel](media/a.png)\n",
	"media/a.png":   string(pixel),
	"folder/b.html": "<p id=b>b</p>",
}

// spellings are ways to write "../NAME" that some server has fallen for.
var spellings = []string{
	"../NAME", "../../NAME", "..//NAME", "./.././NAME", ".../...//NAME", "....//NAME", "%2e%2e/NAME", "%2e%2e%2fNAME", "..%2fNAME", "%2E./NAME",
	".%2E%2FNAME", "%252e%252e/NAME", "%252e%252e%252fNAME", "%25%32%65%25%32%65%2fNAME", "..\\NAME", "..%5cNAME", "%2e%2e%5CNAME", "%5c..%5cNAME",
	"%c0%ae%c0%ae/NAME", "%c0%ae%c0%ae%c0%afNAME", "%e0%80%ae%e0%80%ae/NAME", "..%c0%afNAME", "..%c1%9cNAME", "%00/../NAME", "..%00/NAME", "../NAME%00.png",
	"../NAME%00", "..;/NAME", ";/../NAME", "..;a=b/NAME", "../NAME;.png", "%2e%2e;/NAME", "..%09/NAME", ".%0a./NAME", "..%0d%0a/NAME", "%09../NAME",
	"%ef%bc%8e%ef%bc%8e/NAME", "%ef%bc%8e%ef%bc%8e%ef%bc%8fNAME", "%e2%80%a5/NAME", "%u002e%u002e/NAME", "..%u2216NAME", "..%u2215NAME",
	"file:..%2fNAME", "file:///TOP/NAME", "TOP/NAME", "%2fTOP%2fNAME", "//TOP/NAME", "//localhost/../NAME", "\\\\localhost\\TOP\\NAME", "C:\\..\\NAME",
	"x/../../NAME", "media/../../NAME", "media%2f..%2f..%2fNAME", "assets/../../NAME", "~/../NAME", "$HOME/../NAME", "..%20/NAME", "../NAME%20", "../NAME.", "../NAME?x",
	"../name", "../NAME%23", "..%3fNAME", "%",
	"%2", "%zz../NAME", "/proc/self/cwd/../NAME", "/proc/self/environ", "/etc/passwd", "../project/unused.txt", "unused.txt", ".env", "%2eenv", "./.env", "media/", "media",
	"video.md", "%76ideo.md", "VIDEO.MD", "templates/", ".git/config",
}

// TestTraversal asks both servers for what they do not have, in every spelling, on every route.
func TestTraversal(t *testing.T) {
	r := runs(t, smallDeck, "")
	if r.report.Broken {
		t.Fatal(r.report.Diagnostics)
	}
	far := strings.Repeat("../", 40)
	all := append(slices.Clone(spellings), far+"etc/passwd", strings.ReplaceAll(far, "../", "%2e%2e%2f")+"etc%2fpasswd",
		strings.Repeat("a/", 4000)+strings.Repeat("../", 4001)+"NAME", strings.Repeat("%2e%2e%2f", 8000)+"NAME")
	size := r.film(t, "").Size
	asked := 0
	for _, door := range []struct{ url, route string }{
		{r.URL, "/"}, {r.URL, "//"}, {r.URL, "/app.js/"}, {r.URL, "/source/"}, {r.URL, "/events/"}, {r.URL, "/cursor/"}, {r.URL, "/source?id=x&file="},
		{r.URL, "/source?id=b&file=folder/"}, {r.URL, "/?token="},
		{r.Stage, "/"}, {r.Stage, "//"}, {r.Stage, "/" + size + "/"}, {r.Stage, "/" + size + "/" + r.hash + "/"}, {r.Stage, "/" + size + "/" + r.hash + "/assets/"},
		{r.Stage, "/" + size + "/other/"}, {r.Stage, "/" + size + "%2f" + r.hash + "/"}, {r.Stage, "/./" + size + "/" + r.hash + "/"},
		{r.Stage, "/-/"}, {r.Stage, "/-/x/../"}, {r.Stage, "/" + size + "/" + r.hash + "/index.html?scenes="}, {r.Stage, "/" + size + "/" + r.hash + "/index.html/"},
	} {
		for _, name := range []string{"secret.txt", "secret.html"} {
			for _, spelling := range all {
				path := strings.NewReplacer("NAME", name, "TOP", filepath.Dir(r.dir)).Replace(spelling)
				status, body := send(t, door.url, "GET", door.route+path)
				if strings.Contains(body, outside) || strings.Contains(body, unused) || strings.Contains(body, "root:") || strings.Contains(body, "A film\n") {
					t.Errorf("GET %.200s gives %.200q", door.route+path, body)
				}
				if status >= 500 || strings.Contains(body, filepath.Dir(r.dir)) && !strings.Contains(path, filepath.Dir(r.dir)) {
					t.Errorf("GET %.200s: %d %.200q", door.route+path, status, body)
				}
				asked++
			}
		}
	}
	for _, spelling := range spellings { // each size is a build
		size := url.QueryEscape(strings.NewReplacer("NAME", "secret.txt", "TOP", filepath.Dir(r.dir)).Replace(spelling))
		status, body := send(t, r.URL, "GET", "/events?size="+size)
		if status >= 500 || strings.Contains(body, outside) || strings.Contains(body, unused) {
			t.Errorf("GET /events?size=%s: %d %.200q", size, status, body)
		}
		if status, body = send(t, r.Stage, "GET", "/"+size+"/"+r.hash+"/index.html"); status != http.StatusNotFound {
			t.Errorf("stage of size %s: %d %.100q", size, status, body)
		}
	}
	t.Logf("asked %d times", asked)
	// All the same, what is there is served.
	if status, body := send(t, r.Stage, "GET", "/"+size+"/"+r.hash+"/index.html"); status != 200 || !strings.Contains(body, "/driver.js") {
		t.Errorf("the film: %d %.200q", status, body)
	}
}

// TestSource says where an element of a page stands, and nothing of a file that is no page of the film.
func TestSource(t *testing.T) {
	r := runs(t, map[string]string{
		"index.html": `<!doctype html><div id="main" data-composition-id="main" data-width="64" data-height="36" data-duration="1" data-no-timeline>
			<div data-composition-id="part" data-composition-src="parts/part.html" data-start="0" data-duration="1"></div></div>`,
		"parts/part.html": `<template><div data-composition-id="part" data-no-timeline><p id="inner">A</p></div></template>`,
		"other.html":      `<p id="other">`, "away.html": "-> ../secret.html",
	}, "")
	for target, want := range map[string]int{
		"file=index.html&id=main":           200,
		"file=./index.html&id=main":         200,
		"file=parts/part.html&id=inner":     200,
		"file=index.html&id=other":          404,
		"file=other.html&id=other":          404, // in the project, and not in the film
		"file=away.html&id=x":               404,
		"file=../secret.html&id=x":          404,
		"file=&id=x":                        404,
		"file=.&id=x":                       404,
		"file=%00&id=x":                     404,
		"file=" + strings.Repeat("a", 5000): 404,
	} {
		if status, body := send(t, r.URL, "GET", "/source?"+target); status != want {
			t.Errorf("%.100s: %d %q, want %d", target, status, body, want)
		}
	}
}

// TestStrangers come with a wrong name, from another origin, or with no intention to behave.
func TestStrangers(t *testing.T) {
	r := runs(t, smallDeck, "")
	port := func(to string) string { return to[strings.LastIndex(strings.TrimSuffix(to, "/"), ":"):] }
	for _, to := range []string{r.URL, r.Stage} {
		port := strings.TrimSuffix(port(to), "/")
		for _, host := range []string{"evil.example", "evil.example" + port, "127.0.0.1.nip.example" + port, "localhost.evil.example" + port, "127.0.0.1", "0.0.0.0" + port, "[::]" + port} {
			for _, path := range []string{"/", "/events", "/source?file=video.md&id=x", "/landscape/" + r.hash + "/index.html", "/-/"} {
				if status, body := send(t, to, "GET", path, "Host: "+host); status != http.StatusForbidden || len(body) > 20 {
					t.Errorf("GET %s for %s: %d %q", path, host, status, body)
				}
			}
		}
	}
	const good = `Body: {"file": "video.md", "line": 3}`
	for _, c := range []struct {
		want  int
		lines []string
	}{
		{204, []string{good}},
		{204, []string{good, "Origin: " + strings.TrimSuffix(r.URL, "/")}},
		{403, []string{good, "Origin: https://evil.example"}},
		{403, []string{good, "Origin: null"}},
		{403, []string{good, "Origin: " + r.Stage}}, // the film
		{403, []string{good, "Sec-Fetch-Site: cross-site", "Content-Type: text/plain"}},
		{403, []string{good, "Host: evil.example"}},
		{400, []string{"Body: "}},
		{400, []string{"Body: {"}},
		{400, []string{"Body: null"}},
		{400, []string{"Body: []"}},
		{400, []string{`Body: "video.md"`}},
		{400, []string{`Body: {"file": 1, "line": 1}`}},
		{400, []string{`Body: {"file": "video.md"}`}},
		{400, []string{`Body: {"file": "video.md", "line": 0}`}},
		{400, []string{`Body: {"file": "video.md", "line": -3}`}},
		{400, []string{`Body: {"file": "video.md", "line": 1e99}`}},
		{400, []string{`Body: {"file": "video.md", "line": 1.5}`}},
		{400, []string{`Body: {"file": "video.md", "line": 1, "do": "more"}`}},
		{400, []string{"Body: " + strings.Repeat("[", 60000)}},
		{400, []string{`Body: {"file": "` + strings.Repeat("a", 1<<17) + `", "line": 1}`}},
		{404, []string{`Body: {"file": "../secret.txt", "line": 1}`}},
		{404, []string{`Body: {"file": "/etc/passwd", "line": 1}`}},
		{404, []string{`Body: {"file": "a/../../secret.txt", "line": 1}`}},
	} {
		if status, body := send(t, r.URL, "POST", "/cursor", slices.Clone(c.lines)...); status != c.want || strings.Contains(body, outside) {
			t.Errorf("POST /cursor %.200q: %d %.200q, want %d", c.lines, status, body, c.want)
		}
	}
	t.Run("endless body", func(t *testing.T) {
		c, err := net.Dial("tcp", strings.TrimPrefix(strings.TrimSuffix(r.URL, "/"), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(time.Minute))
		fmt.Fprintf(c, "POST /cursor HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n", c.RemoteAddr(), 1<<40)
		const patience = 64 << 20 // bytes; what the system takes in before the other end is seen to be closed is far less
		sent := 0
		for chunk := bytes.Repeat([]byte(" "), 1<<16); sent < patience; sent += len(chunk) {
			if _, err := c.Write(chunk); err != nil {
				break
			}
		}
		if sent >= patience {
			t.Errorf("took %d MB of a body", sent>>20)
		}
	})
	t.Run("slow header", func(t *testing.T) {
		t.Parallel() // waits until the servers lose patience
		for _, to := range []string{r.URL, r.Stage} {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				c, err := net.Dial("tcp", strings.TrimPrefix(strings.TrimSuffix(to, "/"), "http://"))
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				c.SetDeadline(time.Now().Add(time.Minute))
				io.WriteString(c, "GET / HTTP/1.1\r\nHost: ")
				if got, err := io.ReadAll(c); errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("still waits for the header; said %q", got)
				}
			})
		}
	})
}

// TestAway makes projects with links out of them: the build says that it may not follow, and nothing is served.
func TestAway(t *testing.T) {
	page := `<!doctype html><div id="main" data-composition-id="main" data-width="64" data-height="36" data-duration="1" data-no-timeline>%s</div>`
	deck := "---\n%s\n---\n\n# A film\n\n%s\n"
	for name, files := range map[string]map[string]string{
		"picture":        {"video.md": fmt.Sprintf(deck, "title: A", "![a](media/a.png)"), "media/a.png": "-> ../../secret.png"},
		"absolute":       {"video.md": fmt.Sprintf(deck, "title: A", "![a](a.png)"), "a.png": "-> /etc/passwd"},
		"folder":         {"video.md": fmt.Sprintf(deck, "title: A", "![a](media/secret.png)"), "media": "-> ../"},
		"music":          {"video.md": fmt.Sprintf(deck, "music: media/a.mp3", ""), "media/a.mp3": "-> ../../secret.txt"},
		"deck":           {"video.md": "-> ../secret.md"},
		"templates":      {"video.md": "# A film {.leak}\n", "templates": "-> ../"},
		"layouts":        {"video.md": "# A film {.leak}\n", "templates/layouts": "-> ../../layouts"},
		"layout":         {"video.md": "# A film {.leak}\n", "templates/layouts/leak.html": "-> ../../../layouts/leak.html"},
		"page's picture": {"index.html": fmt.Sprintf(page, "<img src=a.png>"), "a.png": "-> ../secret.png"},
		"page's script":  {"index.html": fmt.Sprintf(page, "<script src=a.js></script>"), "a.js": "-> ../secret.txt"},
		"page's style":   {"index.html": fmt.Sprintf(page, "<link rel=stylesheet href=a.css>"), "a.css": "-> ../secret.txt"},
		"page's scene":   {"index.html": fmt.Sprintf(page, `<div data-composition-id="a" data-composition-src="a.html" data-start="0"></div>`), "a.html": "-> ../secret.html"},
		"page":           {"index.html": "-> ../secret.html"},
	} {
		t.Run(name, func(t *testing.T) {
			r := runs(t, files, "")
			if !r.report.Broken || r.report.Diagnostics.Err() == nil {
				t.Errorf("built: %v", r.report.Diagnostics)
			}
			if said, _ := json.Marshal(r.report.Diagnostics); bytes.Contains(said, []byte(outside)) || bytes.Contains(said, []byte("root:")) {
				t.Errorf("the diagnostics tell: %s", said)
			}
			for name := range files {
				for _, target := range []string{"/" + name, "/landscape/" + r.hash + "/" + name, "/1920x1080/x/" + name, "/landscape/x/index.html"} {
					status, body := send(t, r.Stage, "GET", target)
					if status != http.StatusNotFound || strings.Contains(body, outside) {
						t.Errorf("GET %s: %d %q", target, status, body)
					}
				}
				if status, body := send(t, r.URL, "GET", "/source?id=x&file="+url.QueryEscape(name)); status != http.StatusNotFound {
					t.Errorf("source of %s: %d %q", name, status, body)
				}
			}
		})
	}
	// A link that takes the place of a file after it was built is not followed either.
	t.Run("later", func(t *testing.T) {
		r := runs(t, smallDeck, "")
		film := r.film(t, "")
		_, page := send(t, r.Stage, "GET", "/"+film.Size+"/"+r.hash+"/index.html?scenes=a-picture")
		_, asset, _ := strings.Cut(page, "assets/a-")
		asset = "assets/a-" + asset[:strings.Index(asset, "png")+3]
		if status, body := send(t, r.Stage, "GET", "/"+film.Size+"/"+r.hash+"/"+asset); status != 200 || body != string(pixel) {
			t.Fatalf("%s: %d %q", asset, status, body)
		}
		file := filepath.Join(r.dir, "media", "a.png")
		if err := errors.Join(os.Remove(file), os.Symlink("../../secret.png", file)); err != nil {
			t.Fatal(err)
		}
		if status, body := send(t, r.Stage, "GET", "/"+film.Size+"/"+r.hash+"/"+asset); status == 200 || strings.Contains(body, outside) {
			t.Errorf("%s: %d %q", asset, status, body)
		}
	})
}

// visits opens a preview's page in a browser. A dialog or a handler of the film's that runs there sets owned.
func visits(t *testing.T, r *running) *chrome.Page {
	t.Helper()
	chromiumUsed = true
	b, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	p, err := b.Page(t.Context(), chrome.PageOptions{Width: 1300, Height: 800, OnNewDocument: `
		if (self === top) window.alert = window.confirm = window.prompt = window.open = () => { window.owned = "dialog"; };`})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	if err := p.Navigate(t.Context(), r.URL); err != nil {
		t.Fatal(err)
	}
	return p
}

// inert makes sure that the page runs nothing of the film's, nor can be made to by clicking on it.
func inert(t *testing.T, p *chrome.Page, r *running) {
	t.Helper()
	var found string
	err := p.Eval(t.Context(), `(async () => {
		for (const tab of [...document.querySelectorAll("[role=tab]"), document.querySelector(".card-chip")]) {
			tab?.click();
			await new Promise((done) => setTimeout(done, 50));
		}
		const bad = [];
		if (window.owned !== undefined) bad.push("owned: " + window.owned);
		if (location.origin + "/" !== `+fmt.Sprintf("%q", r.URL)+`) bad.push("at " + location);
		for (const e of document.querySelectorAll("*")) {
			if (["IMG", "SCRIPT", "OBJECT", "EMBED", "BASE", "FORM", "VIDEO", "AUDIO", "META", "LINK", "STYLE"].includes(e.tagName) && !e.closest("head") && !e.matches("form.variables, body > script[src='app.js']")) bad.push(e.outerHTML.slice(0, 200));
			for (const a of e.attributes) {
				if (a.name.startsWith("on") || /^\s*(javascript|data|vbscript):/i.test(a.value)) bad.push(e.localName + " " + a.name + "=" + a.value);
			}
		}
		return bad.join("\n");
	})()`, &found)
	if err != nil || found != "" {
		t.Errorf("%v\n%s", err, found)
	}
}

// attacks are texts that become more than text where somebody is careless.
var attacks = []string{
	`<img src=x onerror="top.owned='img'">`,
	`<script>top.owned='script'</script>`,
	`<svg onload="top.owned='svg'">`,
	`"><b onmouseover="top.owned='quote'" x="`,
	`'><iframe srcdoc="<script>top.owned='frame'</script>">`,
	`javascript:top.owned='link'//`,
	`[a](javascript:top.owned='md')`,
	"\x1b[31mred\x1b[0m\x1b]8;;http://evil.example\x07link\x1b]8;;\x07",
	"\u202egnirts\u2066 \x00",
	`</title></textarea></style></script><script>top.owned='close'</script>`,
	"{{constructor.constructor('top.owned=1')()}} ${top.owned=1}",
}

// TestHostileDeck shows what an attacker wrote into a deck, in its names, and into what is wrong with it.
func TestHostileDeck(t *testing.T) {
	word := func(s string) string { return strings.ReplaceAll(s, "\x00", "") }
	plain := func(s string) string { // as Markdown that shows just that
		return regexp.MustCompile("[!-/:-@[-`{-~]").ReplaceAllString(word(s), `\$0`)
	}
	var good, bad strings.Builder
	good.WriteString("---\nvariables:\n")
	for i, a := range attacks {
		quoted, _ := json.Marshal(word(a))
		fmt.Fprintf(&good, "  v%d:\n    type: string\n    default: %s\n    label: %s\n    description: %s\n", i, quoted, quoted, quoted)
	}
	good.WriteString("---\n")
	for i, a := range attacks {
		if i > 0 {
			good.WriteString("\n---\n")
		}
		fmt.Fprintf(&good, "\n## %s %d\n\n- %s\n\n::: voice\n\n%s {1} and on.\n\n:::\n", plain(a), i, plain(a), plain(a))
		fmt.Fprintf(&bad, "\n## Scene %d {.%s}\n\n![%s](<%s>)\n\n---\n", i, a, a, word(a))
	}
	const name = `<img src=x onerror=top.owned=1>"'.md`
	for what, text := range map[string]string{"good": good.String(), "bad": bad.String(), "front matter": "---\ntitle: <img src=x onerror=top.owned=1>\n<script>top.owned=1</script>: {\n---\n# A\n"} {
		t.Run(what, func(t *testing.T) {
			r := runs(t, map[string]string{name: text}, name)
			p := visits(t, r)
			if what == "good" && r.report.Broken {
				t.Fatal(r.report.Diagnostics)
			}
			if r.report.Broken {
				until(t, p, `document.querySelector(".card-sheet:not([hidden]) .problem") !== null`)
			} else {
				until(t, p, `document.querySelector(".stage[data-time]") !== null`)
			}
			until(t, p, `document.querySelector("h1").textContent === `+fmt.Sprintf("%q", strings.TrimSuffix(name, ".md")))
			inert(t, p, r)
			var seen bool
			if err := p.Eval(t.Context(), `document.body.textContent.includes("<img src=x onerror=") && !document.body.innerText.includes("\x1b")`, &seen); err != nil || !seen {
				t.Errorf("the attack is not to be read as it is: %v", err)
			}
		})
	}
}

// TestHostileFilm runs a film whose scripts try to get at the page around it.
func TestHostileFilm(t *testing.T) {
	var elsewhere atomic.Int32
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { elsewhere.Add(1) }))
	defer evil.Close()
	r := runs(t, map[string]string{
		"index.html": `<!doctype html><html><head><title>A</title></head><body>
			<div id="main" data-composition-id="main" data-start="0" data-width="640" data-height="360" data-duration="2" data-no-timeline><h1>Evil</h1></div>
			<script src="evil.js"></script></body></html>`,
		"evil.js": `
			const control = location.ancestorOrigins[0];
			const fails = (name, f) => Promise.resolve().then(f).then((v) => name + " worked: " + v, () => name + " failed");
			const loads = (e, attribute, address) => new Promise((done, failed) => {
				e.onload = () => done("loaded");
				e.onerror = failed;
				e[attribute] = address;
				document.body.append(e);
			});
			const frames = document.createElement("iframe");
			frames.srcdoc = "<script>top.postMessage({is: 'ready', ready: {width: 1, height: 1, fps: 1, duration: 1, variables: [], scenes: []}}, '*');" +
				"top.postMessage({is: 'fault', fault: {kind: 'error', text: 'forged'}}, '*')<\/script>";
			document.body.append(frames);
			for (const m of [null, 1, "ready", {}, [], {is: "fault"}, {is: "fault", fault: null}, {is: "fault", fault: {kind: "<b>", text: {}}}, {is: "done"}, {is: "time", t: "x"}, {is: "time", t: NaN, playing: true}, {is: "__proto__"}]) parent.postMessage(m, "*");
			localStorage.setItem("hostile", "1");
			new BroadcastChannel("hostile").postMessage("hello");
			document.cookie = "hframes=forged";
			Promise.all([
				fails("fetch", () => fetch(control + "/")),
				fails("blind fetch", () => fetch(control + "/cursor", {method: "POST", mode: "no-cors", body: '{"file": "index.html", "line": 1}'})),
				fails("beacon", () => { const x = new XMLHttpRequest(); x.open("GET", control + "/source?file=index.html&id=main", false); x.send(); return x.status; }),
				fails("events", () => new Promise((done, failed) => { const e = new EventSource(control + "/events"); e.onopen = () => done(1); e.onerror = failed; })),
				fails("parent", () => parent.document.title),
				fails("top", () => top.document.body.innerHTML),
				fails("where", () => top.location.href),
				fails("top location", () => { top.location = "about:blank#owned"; }),
				fails("top hash", () => { top.location.hash = "owned"; }),
				fails("top replace", () => { top.location.replace("http://127.0.0.1:1/"); }),
				fails("popup", () => { if (!open("about:blank")) throw 0; }),
				fails("script", () => loads(document.createElement("script"), "src", control + "/app.js")),
				fails("picture", () => loads(new Image(), "src", control + "/favicon.ico")),
				fails("elsewhere", () => loads(new Image(), "src", "EVIL/pixel.png")),
				fails("worker at the root", () => navigator.serviceWorker.register("evil.js", {scope: "/"})),
				fails("worker of control", () => navigator.serviceWorker.register(control + "/app.js")),
				fails("alert", () => { if (!confirm("owned?")) throw 0; }),
			]).then((all) => {
				const form = document.createElement("form");
				Object.assign(form, {action: control + "/cursor", method: "post", target: "_top"});
				document.body.append(form);
				try { form.submit(); } catch {}
				const link = document.createElement("a");
				Object.assign(link, {href: "javascript:top.owned=1", target: "_top"});
				document.body.append(link);
				link.click();
				console.error("tried " + all.length + "; " + all.filter((s) => !s.endsWith("failed")).join("; ") + ".");
			});`,
	}, "")
	script := filepath.Join(r.dir, "evil.js")
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	p := visits(t, r)
	if err := p.Eval(t.Context(), `window.heard = [], new BroadcastChannel("hostile").onmessage = (e) => heard.push(e.data), 0`, nil); err != nil {
		t.Fatal(err)
	}
	// The real film comes now that the page listens.
	if err := os.WriteFile(script, bytes.ReplaceAll(text, []byte("EVIL"), []byte(evil.URL)), 0o644); err != nil {
		t.Fatal(err)
	}
	until(t, p, `document.querySelector(".stage").dataset.hash > "" && document.querySelector(".stage").dataset.hash !== "`+r.hash+`"`)
	until(t, p, `document.querySelector(".problems").textContent.includes("tried 17; .")`)
	inert(t, p, r)
	for _, js := range []string{
		`heard.length === 0`, `localStorage.getItem("hostile") === null`, `!document.body.textContent.includes("forged")`,
		`navigator.serviceWorker.controller === null`, `!location.hash.includes("owned")`, `top === self && history.length <= 2`,
		`document.querySelector(".stage").style.width === "640px"`,
	} {
		want(t, p, js, true)
	}
	var workers int
	if err := p.Eval(t.Context(), `navigator.serviceWorker.getRegistrations().then((r) => r.length)`, &workers); err != nil || workers > 0 {
		t.Errorf("%d workers, %v", workers, err)
	}
	for _, e := range p.Events() {
		if e.Kind == chrome.Exception && strings.HasPrefix(e.URL, r.URL) {
			t.Errorf("the page stumbles: %s", e)
		}
	}
	// A film that goes elsewhere takes nothing along.
	if err := os.WriteFile(script, []byte(`location = "`+evil.URL+`/?stolen"`), 0o644); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); !slices.ContainsFunc(p.Events(), func(e chrome.Event) bool { return e.Kind == chrome.Blocked && e.URL == evil.URL+"/" }); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no attempt to leave was refused: %v", p.Events())
		}
	}
	inert(t, p, r)
	if n := elsewhere.Load(); n > 0 {
		t.Errorf("the film reached another server %d times", n)
	}
}

// TestForeignPage lets a page of another origin do what it can to a preview that an author has open.
func TestForeignPage(t *testing.T) {
	r := runs(t, smallDeck, "")
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<!doctype html><title>evil</title>`)
	}))
	defer evil.Close()
	author := visits(t, r)
	until(t, author, `document.querySelector(".stage[data-time]") !== null`)
	p := tab(t)
	if err := p.Navigate(t.Context(), evil.URL); err != nil {
		t.Fatal(err)
	}
	var got string
	err := p.Eval(t.Context(), fmt.Sprintf(`(async () => {
		const control = %q, stage = %q, out = [];
		const tries = (name, f) => f().then((v) => out.push(name + " worked: " + v), () => {});
		await tries("read", () => fetch(control).then((r) => r.text()));
		await tries("read film", () => fetch(stage).then((r) => r.text()));
		await tries("json", () => fetch(control + "cursor", {method: "POST", headers: {"Content-Type": "application/json"}, body: '{"file":"video.md","line":5}'}));
		await fetch(control + "cursor", {method: "POST", mode: "no-cors", body: '{"file":"video.md","line":5}'}).catch(() => {});
		await tries("events", () => new Promise((done, failed) => { const e = new EventSource(control + "events"); e.onopen = () => done(1); e.onerror = failed; }));
		for (const src of [control, stage]) {
			const f = document.createElement("iframe");
			f.src = src;
			document.body.append(f);
			await new Promise((done) => (f.onload = done));
			await tries("frame", async () => f.contentDocument.title);
		}
		return out.join("; ");
	})()`, r.URL, r.Stage+"/landscape/"+r.hash+"/index.html"), &got)
	if err != nil || got != "" {
		t.Errorf("%v %s", err, got)
	}
	want(t, author, `document.querySelector(".stage").dataset.time`, "0.000")
}
