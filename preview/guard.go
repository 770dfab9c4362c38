package preview

import (
	"crypto/subtle"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// What a preview serves is for the browser of its author alone, but any page on the web can make that browser ask. So
// every request passes a guard, which lets in:
//
//   - what is asked for under a name of this machine: a name of a stranger's that leads here (DNS rebinding) is not one;
//   - beyond loopback, who knows the token;
//   - GET and HEAD, and POST to /cursor from this machine;
//   - no page of another origin: on control, not even the film's own.
//
// No answer carries CORS headers, so that no page of another origin can read one either.

// cursorPath is where editors say on which line they are: the only thing that takes a POST.
const cursorPath = "/cursor"

// cookie keeps the token. Cookies do not tell ports apart, so that one visit opens both doors.
const cookie = "hframes"

// A guard stands before one of the two servers.
type guard struct {
	doors   *doors
	next    http.Handler
	control bool // else stage
}

// guardControl returns next behind the rules for the control page and its API.
func (d *doors) guardControl(next http.Handler) http.Handler { return &guard{d, next, true} }

// guardStage returns next behind the rules for the film's files.
func (d *doors) guardStage(next http.Handler) http.Handler { return &guard{d, next, false} }

// A refusal is the answer to who may not come in.
type refusal struct {
	status int
	reason string
}

// ServeHTTP hands a request on, or refuses it.
func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-site")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	if no := g.refuse(r); no != nil {
		if no.status == http.StatusMethodNotAllowed {
			h.Set("Allow", strings.Join(g.methods(r), ", "))
		}
		http.Error(w, no.reason, no.status)
		return
	}
	if reads(r) && g.doors.token != "" && g.doors.knows(r.URL.Query().Get("token")) {
		g.doors.welcome(w, r)
		return
	}
	h.Set("Content-Security-Policy", g.policy(r))
	g.next.ServeHTTP(w, r)
}

// refuse returns why a request may not come in, nil if it may.
func (g *guard) refuse(r *http.Request) *refusal {
	switch {
	case !g.asked(r):
		return &refusal{http.StatusForbidden, "wrong host"}
	case !g.doors.admits(r):
		return &refusal{http.StatusForbidden, "This preview needs its token: open the address that hframes printed."}
	case !slices.Contains(g.methods(r), r.Method):
		return &refusal{http.StatusMethodNotAllowed, "only " + strings.Join(g.methods(r), ", ")}
	case !g.trusts(r):
		return &refusal{http.StatusForbidden, "not for other origins"}
	case !reads(r) && !fromHere(r):
		return &refusal{http.StatusForbidden, "only from this machine"}
	}
	return nil
}

// asked reports whether a request asks for this door under one of its names.
func (g *guard) asked(r *http.Request) bool {
	return slices.ContainsFunc(g.doors.names, func(name string) bool {
		return strings.EqualFold(r.Host, hostPort(name, g.port()))
	})
}

func (g *guard) port() string {
	if g.control {
		return g.doors.controlPort
	}
	return g.doors.stagePort
}

// methods lists what may be done with a path.
func (g *guard) methods(r *http.Request) []string {
	if g.control && r.URL.Path == cursorPath {
		return []string{http.MethodGet, http.MethodHead, http.MethodPost}
	}
	return []string{http.MethodGet, http.MethodHead}
}

// trusts reports whether the page that makes a request, if it is one, may. Links from elsewhere may lead here.
func (g *guard) trusts(r *http.Request) bool {
	for _, from := range r.Header.Values("Origin") {
		// A film may sandbox a frame of its own; no answer can be read there, as to "null" all others are foreign.
		if own := "http://" + strings.ToLower(r.Host); from != own && (g.control || from != "null") {
			return false
		}
	}
	if !g.control {
		return true
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return true
	}
	dest := r.Header.Get("Sec-Fetch-Dest")
	return reads(r) && r.Header.Get("Sec-Fetch-Mode") == "navigate" && (dest == "" || dest == "document")
}

// reads reports whether a request changes nothing.
func reads(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// fromHere reports whether a request comes over loopback.
func fromHere(r *http.Request) bool {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && at.Addr().Unmap().IsLoopback()
}

// admits reports whether a request has the token, if one is needed.
func (d *doors) admits(r *http.Request) bool {
	if d.token == "" || d.knows(r.URL.Query().Get("token")) {
		return true
	}
	return slices.ContainsFunc(r.CookiesNamed(cookie), func(c *http.Cookie) bool { return d.knows(c.Value) })
}

func (d *doors) knows(token string) bool {
	return subtle.ConstantTimeCompare([]byte(token), []byte(d.token)) == 1
}

// welcome gives a browser the cookie in exchange for the token in the address, where it could be seen and passed on, and
// sends it to the address without. A redirect would not do for a browser: when the link stood on a page of another site,
// such as a chat, what it leads to counts as that site's, and comes without the cookie. A page that goes on by itself is
// ours.
func (d *doors) welcome(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: cookie, Value: d.token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	w.Header().Set("Cache-Control", "no-store")
	query := r.URL.Query()
	query.Del("token")
	to := url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: query.Encode()}
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		http.Redirect(w, r, to.String(), http.StatusSeeOther)
		return
	}
	w.Header().Set("Refresh", "0; url="+to.String())
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	io.WriteString(w, "<!doctype html><title>hframes</title>\n")
}

// policy returns the Content-Security-Policy for an answer.
func (g *guard) policy(r *http.Request) string {
	if g.control {
		return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
			"frame-src " + g.doors.sourceFor(r, g.doors.stagePort) + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	}
	// As in render, so that a film does here what it does there. Its own frames may hold its own pages.
	return "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; frame-ancestors 'self' " + g.doors.sourceFor(r, g.doors.controlPort)
}

// stageOrigin returns the origin of the stage for the page that a request of a known host is for: the same host, by
// the name that the browser has for it, as cookies do not cross names.
func (d *doors) stageOrigin(r *http.Request) string { return origin(hostname(r), d.stagePort) }

// sourceFor returns a door, under the name in a request, as a source of a policy. Policies cannot write IPv6.
func (d *doors) sourceFor(r *http.Request, port string) string {
	host := hostname(r)
	if strings.Contains(host, ":") {
		return "http://*:" + port
	}
	return origin(host, port)
}

func hostname(r *http.Request) string { return (&url.URL{Host: strings.ToLower(r.Host)}).Hostname() }
