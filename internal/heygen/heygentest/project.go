package heygentest

import (
	"archive/zip"
	"io"
	"math"
	"net/url"
	"strconv"
	"strings"

	"github.com/hframes/hframes/internal/markup"
)

// maxPage is the longest entry page that is read.
const maxPage = 32 << 20

// pageKey names a page: the zip's hash, and the page's path in it.
type pageKey struct{ sha256, path string }

// A page is what an entry page says of its film.
type page struct {
	seconds float64
	audio   bool
}

// entry reads the entry page of a project.
func (s *Server) entry(project *asset, composition string) (*page, error) {
	param := "composition"
	if composition == "" {
		composition, param = "index.html", "project"
	}
	key := pageKey{project.sha256, composition}
	s.mu.Lock()
	known := s.pages[key]
	s.mu.Unlock()
	if known != nil {
		return known, nil
	}
	archive, err := zip.OpenReader(project.path)
	if err != nil {
		return nil, invalid("project", "The project is no zip archive.")
	}
	defer archive.Close()
	f, err := archive.Open(composition)
	if err != nil {
		return nil, invalid(param, "The zip has no file %s.", composition)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxPage))
	if err != nil {
		return nil, invalid("project", "The zip is damaged at %s.", composition)
	}
	p := readPage(data)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[key] = p
	return p, nil
}

// readPage reads the length of a film, and whether it has sound, from its entry page.
func readPage(data []byte) *page {
	p := &page{}
	doc := markup.Parse(data)
	var root *markup.Tag
	end := 0.0
	for i := range doc.Tags {
		t := &doc.Tags[i]
		if t.Name == "audio" {
			p.audio = true
		}
		if sound, _ := t.Attr("data-has-audio"); t.Name == "video" && sound == "true" {
			p.audio = true
		}
		if _, ok := t.Attr("data-composition-id"); ok && root == nil {
			root = t
		}
		end = max(end, number(t, "data-start")+number(t, "data-duration"))
	}
	if root != nil {
		p.seconds = number(root, "data-duration")
	}
	if p.seconds == 0 {
		p.seconds = end
	}
	if p.seconds == 0 {
		p.seconds = 1
	}
	p.seconds = min(p.seconds, 3600)
	return p
}

// number returns an attribute that is a number not below 0, else 0.
func number(t *markup.Tag, name string) float64 {
	text, _ := t.Attr(name)
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || n < 0 {
		return 0
	}
	return n
}

// public reports whether the service would call a URL: https, or, so that tests can be called, loopback.
func public(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())
}
