package main

import (
	"fmt"
	"strings"

	"github.com/hframes/hframes/cloud"
	"github.com/hframes/hframes/internal/heygen"
)

// plan is the JSON document of a dry run.
type plan struct {
	Archive struct {
		SHA256  string       `json:"sha256"`
		Size    int64        `json:"size_bytes"`
		Limit   int64        `json:"limit_bytes"`
		Files   int          `json:"file_count"`
		Largest []cloud.File `json:"largest_files"`
	} `json:"archive"`
	Request  request        `json:"request"`
	Seconds  float64        `json:"seconds"`
	Estimate cloud.Estimate `json:"estimate"`
}

// request is what HeyGen would be asked for, without the zip's address, which the upload brings.
type request struct {
	heygen.RenderRequest
	Project *heygen.Asset `json:"project,omitempty"`
}

// dryRun tells what would be sent.
func (t *terminal) dryRun(a *cloud.Archive, r heygen.RenderRequest, want cloud.Expect, price cloud.Estimate) error {
	if err := a.Fits(cloud.MaxZip); err != nil {
		return err
	}
	p := plan{Request: request{RenderRequest: r}, Seconds: want.Seconds, Estimate: price}
	p.Archive.SHA256, p.Archive.Size, p.Archive.Limit, p.Archive.Files, p.Archive.Largest = a.SHA256, a.Size, cloud.MaxZip, len(a.Files), a.Largest(10)
	var b strings.Builder
	files := "1 file"
	if len(a.Files) != 1 {
		files = fmt.Sprintf("%d files", len(a.Files))
	}
	fmt.Fprintf(&b, "zip        %s of at most %s, %s, sha256 %s\n", bytesOf(a.Size), bytesOf(cloud.MaxZip), files, a.SHA256)
	for _, f := range a.Largest(5) {
		fmt.Fprintf(&b, "           %9s  %s\n", bytesOf(f.Size), f.Path)
	}
	fmt.Fprintf(&b, "video      %s, %s at %d frames a second, %s, %s quality\n", r.AspectRatio, either(r.Resolution, "1080p"), r.FPS, r.Format, either(r.Quality, "standard"))
	if want.Seconds == 0 {
		b.WriteString("length     not known before it is rendered\n")
	} else {
		fmt.Fprintf(&b, "length     %.3f s\n", want.Seconds)
		derived := ""
		if !price.Exact {
			derived = ", derived from the prices for 1080p30 and 4k60"
		}
		fmt.Fprintf(&b, "estimate   %s at %s a minute (prices of %s%s)\n", cloud.Dollars(price.USD), cloud.Dollars(price.Rate), price.AsOf, derived)
	}
	return t.result(b.String(), p)
}

// bytesOf writes a number of bytes for people.
func bytesOf(n int64) string {
	switch {
	case n < 1e6:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1e9:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}
