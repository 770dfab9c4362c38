package render

import "io/fs"

// Facts are what a film's entry page says about its video.
type Facts struct {
	Width, Height int     // px
	FPS           float64 // frames a second; 0 = it does not say
	Seconds       float64 // 0 = it does not say
	Audio         bool    // the page holds a sound; those of mounted compositions are not looked for
}

// About reads the entry page of a film. Errors are those of a page that cannot be rendered: no root, no size.
func About(files fs.FS, entry string) (Facts, error) {
	doc, root, err := readRoot(files, entry)
	if err != nil {
		return Facts{}, err
	}
	c, err := canvasOf(root, entry)
	if err != nil {
		return Facts{}, err
	}
	f := Facts{Width: c.width, Height: c.height, Seconds: declaredSeconds(root)}
	if c.rate.Num > 0 {
		f.FPS = c.rate.Float()
	}
	for i := range doc.Tags {
		t := &doc.Tags[i]
		_, src := t.Attr("src")
		_, muted := t.Attr("muted")
		f.Audio = f.Audio || t.Name == "audio" && src && !muted
	}
	return f, nil
}
