package render

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

// A film that is black or stands still where its page shows or moves something is wrong; one that is so on purpose is not.
func TestDoubt(t *testing.T) {
	t.Parallel()
	small := `data-no-timeline data-duration="1.5" data-width="160" data-height="90"`
	film := func(body string) fstest.MapFS {
		return fstest.MapFS{"index.html": {Data: []byte(still("", body, small))}}
	}
	words := `<p id="words" style="position:absolute;left:20px;top:20px;color:#fff;font-size:24px;margin:0">words</p>`
	black := `<div style="position:absolute;inset:0;background:#000"></div>`
	move := `<style>@keyframes m{to{transform:translateX(60px)}}#words{animation:m 1.5s linear both}</style>`
	// A filter over everything is what the page does not know of, as a capture that fails would be.
	dark := `<style>html{filter:brightness(0)}</style>`
	for name, c := range map[string]struct {
		body string
		want string // "" = the film is as it should be
	}{
		"words on black":    {black + words, ""},
		"black on purpose":  {black, ""},
		"moving":            {black + move + words, ""},
		"black by mistake":  {black + words + dark, "the finished file is wrong: black from 0.00 s to 1.50 s, though #words is on screen"},
		"words under black": {words + black, ""},
		"frozen by mistake": {move + black + words + `<style>html{filter:contrast(0)}</style>`, "the finished file is wrong: frozen from 0.03 s to 1.50 s, though #words moves"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Local(t.Context(), film(c.body), "index.html", t.TempDir()+"/film.mp4", Options{Runtime: official(t), Quality: "draft"})
			var wrong *MismatchError
			switch {
			case c.want == "" && err != nil, c.want != "" && !errors.As(err, &wrong):
				t.Errorf("error %v", err)
			case c.want != "" && !strings.HasPrefix(wrong.Error(), c.want+"; it is kept as "):
				t.Errorf("%v", wrong)
			}
		})
	}
}
