package preview

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Two doors as they stand after opening, without sockets.
func local() *doors {
	return &doors{controlPort: "4400", stagePort: "4401", names: []string{"127.0.0.1", "localhost", "::1"}}
}

func lan() *doors {
	d := local()
	d.names = append(d.names, "192.168.1.5", "fd00::5", "studio.lan")
	d.token = "AAAAAAAAAAAAAAAAAAAAAA"
	return d
}

// ask sends a request to a door and returns the answer. The header lines are "Name: value"; Host and From, the address
// of who asks, are taken out.
func ask(d *doors, control bool, method, target string, lines ...string) *http.Response {
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "in") })
	r := httptest.NewRequest(method, target, nil)
	r.Host, r.RemoteAddr = "127.0.0.1:4400", "127.0.0.1:50000"
	door := d.guardControl(next)
	if !control {
		r.Host, door = "127.0.0.1:4401", d.guardStage(next)
	}
	for _, line := range lines {
		switch name, value, _ := strings.Cut(line, ": "); name {
		case "Host":
			r.Host = value
		case "From":
			r.RemoteAddr = value
		default:
			r.Header.Add(name, value)
		}
	}
	w := httptest.NewRecorder()
	door.ServeHTTP(w, r)
	return w.Result()
}

func TestHost(t *testing.T) {
	for _, c := range []struct {
		doors *doors
		host  string
		want  int
	}{
		{local(), "127.0.0.1:4400", 200},
		{local(), "localhost:4400", 200},
		{local(), "LocalHost:4400", 200},
		{local(), "[::1]:4400", 200},
		{local(), "", 403},
		{local(), "127.0.0.1", 403},
		{local(), "127.0.0.1:4401", 403}, // the other door's
		{local(), "127.0.0.1:04400", 403},
		{local(), "evil.example", 403},
		{local(), "evil.example:4400", 403}, // a name that leads here
		{local(), "127.0.0.1.evil.example:4400", 403},
		{local(), "127.0.0.1:4400.evil.example", 403},
		{local(), "localhost.:4400", 403},
		{local(), "2130706433:4400", 403},
		{local(), "0x7f.1:4400", 403},
		{local(), "127.1:4400", 403},
		{local(), "127.000.000.001:4400", 403},
		{local(), "0.0.0.0:4400", 403},
		{local(), "[::ffff:127.0.0.1]:4400", 403},
		{local(), "[0:0:0:0:0:0:0:1]:4400", 403},
		{local(), "::1:4400", 403},
		{local(), "192.168.1.5:4400", 403},
		{lan(), "192.168.1.5:4400", 200},
		{lan(), "[fd00::5]:4400", 200},
		{lan(), "Studio.LAN:4400", 200},
		{lan(), "127.0.0.1:4400", 200},
		{lan(), "192.168.1.6:4400", 403},
		{lan(), "evil.example:4400", 403},
	} {
		if got := ask(c.doors, true, "GET", "/", "Host: "+c.host, "Cookie: hframes="+c.doors.token).StatusCode; got != c.want {
			t.Errorf("Host %q: %d, want %d", c.host, got, c.want)
		}
	}
	d := local()
	d.controlPort = "80" // which browsers do not write
	if got := ask(d, true, "GET", "/", "Host: localhost", "Origin: http://localhost").StatusCode; got != 200 {
		t.Errorf("port 80: %d", got)
	}
}

// TestNoHost sends what no browser and no client of Go's sends.
func TestNoHost(t *testing.T) {
	d := opened(t, "127.0.0.1")
	s := http.Server{Handler: d.guardControl(http.NotFoundHandler())}
	done := make(chan error, 1)
	go func() { done <- s.Serve(d.control) }()
	defer func() { s.Close(); <-done }()
	for request, want := range map[string]int{
		"GET / HTTP/1.0\r\n\r\n":                                  403,
		"GET / HTTP/1.1\r\n\r\n":                                  400,
		"GET / HTTP/1.1\r\nHost:\r\n\r\n":                         403,
		"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n":            400,
		"GET http://evil.example/ HTTP/1.1\r\nHost: HOST\r\n\r\n": 403,
		"CONNECT evil.example:443 HTTP/1.1\r\nHost: HOST\r\n\r\n": 403,
		"GET / HTTP/1.1\r\nHost: HOST\r\n\r\n":                    404,
	} {
		c, err := net.Dial("tcp", d.control.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, strings.Replace(request, "HOST", d.control.Addr().String(), 1))
		got, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got.StatusCode != want {
			t.Errorf("%q: %s", request, got.Status)
		}
		got.Body.Close()
		c.Close()
	}
}

func TestMethods(t *testing.T) {
	for _, c := range []struct {
		control      bool
		method, path string
		want         int
	}{
		{true, "GET", "/", 200},
		{true, "HEAD", "/", 200},
		{true, "POST", "/cursor", 200},
		{true, "GET", "/cursor", 200}, // for the handler to answer
		{true, "POST", "/", 405},
		{true, "POST", "/cursor/", 405},
		{true, "PUT", "/cursor", 405},
		{true, "PATCH", "/cursor", 405},
		{true, "DELETE", "/", 405},
		{true, "OPTIONS", "/cursor", 405},
		{true, "TRACE", "/", 405},
		{true, "get", "/", 405},
		{true, "E", "/", 405},
		{false, "GET", "/h/index.html", 200},
		{false, "HEAD", "/h/index.html", 200},
		{false, "POST", "/cursor", 405},
		{false, "PUT", "/h/index.html", 405},
		{false, "OPTIONS", "/h/index.html", 405},
	} {
		got := ask(local(), c.control, c.method, c.path)
		if got.StatusCode != c.want {
			t.Errorf("%s %s, control %v: %d, want %d", c.method, c.path, c.control, got.StatusCode, c.want)
		}
		if allow := got.Header.Get("Allow"); (allow != "") != (c.want == 405) {
			t.Errorf("%s %s: Allow %q", c.method, c.path, allow)
		}
	}
}

func TestOrigin(t *testing.T) {
	for _, c := range []struct {
		control bool
		method  string
		lines   []string
		want    int
	}{
		{true, "GET", []string{"Origin: http://127.0.0.1:4400"}, 200},
		{true, "POST", []string{"Origin: http://127.0.0.1:4400", "Sec-Fetch-Site: same-origin"}, 200},
		{true, "GET", []string{"Host: LOCALHOST:4400", "Origin: http://localhost:4400"}, 200},
		{true, "GET", []string{"Origin: http://localhost:4400"}, 403}, // here, but another origin
		{true, "GET", []string{"Origin: http://127.0.0.1:4401"}, 403}, // the film
		{true, "GET", []string{"Origin: https://127.0.0.1:4400"}, 403},
		{true, "GET", []string{"Origin: null"}, 403},
		{true, "GET", []string{"Origin: http://127.0.0.1:4400", "Origin: http://evil.example"}, 403},
		{true, "POST", []string{"Origin: http://evil.example"}, 403},
		{true, "POST", []string{"Origin: null"}, 403},
		{true, "POST", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{true, "POST", []string{"Sec-Fetch-Site: same-site"}, 403},
		{true, "POST", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"}, 403},
		{true, "GET", []string{"Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate"}, 200},
		{true, "GET", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"}, 200}, // a link
		{true, "GET", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"}, 403},
		{true, "GET", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"}, 403},
		{true, "GET", []string{"Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: script"}, 403},
		{false, "GET", []string{"Origin: http://127.0.0.1:4401"}, 200}, // a module or a font of the film
		{false, "GET", []string{"Origin: null"}, 200},
		{false, "GET", []string{"Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"}, 200},
		{false, "GET", []string{"Origin: http://127.0.0.1:4400"}, 403},
		{false, "GET", []string{"Origin: http://evil.example"}, 403},
	} {
		got := ask(local(), c.control, c.method, cursorPath, c.lines...)
		if got.StatusCode != c.want {
			t.Errorf("%s, control %v, %q: %d, want %d", c.method, c.control, c.lines, got.StatusCode, c.want)
		}
		for name := range got.Header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%q: %s", c.lines, name)
			}
		}
	}
}

func TestToken(t *testing.T) {
	token := lan().token
	for _, c := range []struct {
		method, target string
		lines          []string
		want           int
	}{
		{"GET", "/", nil, 403},
		{"GET", "/?token=", nil, 403},
		{"GET", "/?token=AAAAAAAAAAAAAAAAAAAAAB", nil, 403},
		{"GET", "/?token=" + token[1:], nil, 403},
		{"GET", "/?token=%ff&token=" + token, nil, 403},
		{"GET", "/", []string{"Cookie: hframes="}, 403},
		{"GET", "/", []string{"Cookie: hframes=wrong"}, 403},
		{"GET", "/", []string{"Cookie: other=" + token}, 403},
		{"GET", "/", []string{"Cookie: hframes=" + token}, 200},
		{"GET", "/", []string{"Cookie: hframes=of-another-preview; hframes=" + token}, 200},
		{"GET", "/?token=old", []string{"Cookie: hframes=" + token}, 200},
		{"GET", "/?token=" + token, nil, 303},
		{"HEAD", "/?token=" + token, nil, 303},
		{"GET", "/?token=" + token, []string{"Host: evil.example:4400"}, 403},
		{"GET", "/?token=" + token, []string{"Accept: text/html,*/*"}, 200},
		{"POST", "/cursor", nil, 403},
		{"POST", "/cursor?token=" + token, nil, 200},
		{"POST", "/cursor", []string{"Cookie: hframes=" + token}, 200},
		{"POST", "/cursor", []string{"Cookie: hframes=" + token, "From: [::1]:50000"}, 200},
		{"POST", "/cursor", []string{"Cookie: hframes=" + token, "From: [::ffff:127.0.0.1]:50000"}, 200},
		{"POST", "/cursor", []string{"Cookie: hframes=" + token, "From: 192.168.1.7:50000"}, 403},
		{"GET", "/", []string{"Cookie: hframes=" + token, "From: 192.168.1.7:50000"}, 200},
		{"PUT", "/?token=" + token, nil, 405},
	} {
		for _, control := range []bool{true, false} {
			if c.method == "POST" && !control {
				continue
			}
			host := map[bool]string{true: "Host: 192.168.1.5:4400", false: "Host: 192.168.1.5:4401"}[control]
			got := ask(lan(), control, c.method, c.target, append([]string{host}, c.lines...)...)
			if got.StatusCode != c.want {
				t.Errorf("%s %s %q, control %v: %d, want %d", c.method, c.target, c.lines, control, got.StatusCode, c.want)
			}
		}
	}
	text, _ := io.ReadAll(ask(lan(), true, "GET", "/").Body)
	if want := "This preview needs its token: open the address that hframes printed.\n"; string(text) != want {
		t.Errorf("refused with %q", text)
	}
}

// TestWelcome reads what the token is exchanged for, and where the browser goes on: never to another host.
func TestWelcome(t *testing.T) {
	d := lan()
	for target, want := range map[string]string{
		"/?token=" + d.token: "http://192.168.1.5:4400/",
		"/a%20b/c.html?scenes=x,y&token=" + d.token + "&vars=%7B%22a%22:1%7D": "http://192.168.1.5:4400/a%20b/c.html?scenes=x%2Cy&vars=%7B%22a%22%3A1%7D",
		"//evil.example/?token=" + d.token:                                    "http://192.168.1.5:4400//evil.example/",
	} {
		for _, accept := range []string{"*/*", "text/html"} {
			got := ask(d, true, "GET", target, "Host: 192.168.1.5:4400", "Accept: "+accept)
			to := got.Header.Get("Location") + strings.TrimPrefix(got.Header.Get("Refresh"), "0; url=")
			if to != want {
				t.Errorf("%s leads to %q, want %q", target, to, want)
			}
			cookie := "hframes=" + d.token + "; Path=/; HttpOnly; SameSite=Strict"
			if diff := cmp.Diff([]string{cookie}, got.Header.Values("Set-Cookie")); diff != "" {
				t.Error(diff)
			}
			if body, _ := io.ReadAll(got.Body); strings.Contains(string(body), d.token) || got.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %v %s", target, got.Header, body)
			}
		}
	}
}

func TestPolicies(t *testing.T) {
	for _, c := range []struct {
		control bool
		host    string
		want    string
	}{
		{true, "127.0.0.1:4400", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
			"frame-src http://127.0.0.1:4401; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
		{false, "LOCALHOST:4401", "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; frame-ancestors 'self' http://localhost:4400"},
		{false, "[::1]:4401", "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; frame-ancestors 'self' http://*:4400"},
		{true, "a;script-src *:4400", "default-src 'none'; frame-ancestors 'none'"}, // refused
	} {
		got := ask(local(), c.control, "GET", "/", "Host: "+c.host).Header
		for name, want := range map[string]string{
			"Content-Security-Policy":      c.want,
			"X-Content-Type-Options":       "nosniff",
			"Referrer-Policy":              "no-referrer",
			"Cross-Origin-Resource-Policy": "same-site",
		} {
			if got.Get(name) != want {
				t.Errorf("%s of %s is %q, want %q", name, c.host, got.Get(name), want)
			}
		}
	}
}

func TestStageOrigin(t *testing.T) {
	for host, want := range map[string]string{
		"127.0.0.1:4400":   "http://127.0.0.1:4401",
		"LOCALHOST:4400":   "http://localhost:4401",
		"[::1]:4400":       "http://[::1]:4401",
		"192.168.1.5:4400": "http://192.168.1.5:4401",
		"studio.lan":       "http://studio.lan:4401", // port 80
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = host
		if got := local().stageOrigin(r); got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
	d := &doors{controlPort: "79", stagePort: "80", ip: netip.MustParseAddr("127.0.0.1")}
	if got := d.address().Stage; got != "http://127.0.0.1" {
		t.Errorf("port 80: %s", got)
	}
}
