package markup

import (
	"strings"
	"testing"
)

func TestOffsets(t *testing.T) {
	src := "<!doctype html>\n<DIV id=a data-x='1 &amp; 2' flag data-y = \"z\"><img src=p.png/><br/>text</div></p><svg><path d='M0'/></svg><b>open"
	d := Parse([]byte(src))
	var names []string
	for i := range d.Tags {
		tag := &d.Tags[i]
		names = append(names, tag.Name)
		if src[tag.Start] != '<' || src[tag.End-1] != '>' {
			t.Errorf("%s: offsets %d–%d are not a tag: %q", tag.Name, tag.Start, tag.End, src[tag.Start:tag.End])
		}
		for _, a := range tag.Attrs {
			if a.HasValue && a.Name == "data-x" && src[a.ValStart:a.ValEnd] != "1 &amp; 2" {
				t.Errorf("raw value %q", src[a.ValStart:a.ValEnd])
			}
		}
	}
	if got, want := len(names), 6; got != want {
		t.Fatalf("tags %v", names)
	}
	div := &d.Tags[0]
	if v, ok := div.Attr("data-x"); !ok || v != "1 & 2" {
		t.Errorf("data-x = %q", v)
	}
	if v, _ := div.Attr("data-y"); v != "z" {
		t.Errorf("data-y = %q", v)
	}
	if a := div.Find("flag"); a == nil || a.HasValue {
		t.Errorf("flag = %+v", a)
	}
	if v, _ := d.Tags[1].Attr("src"); v != "p.png/" {
		t.Errorf("unquoted src = %q (HTML keeps the slash)", v)
	}
	if string(d.Content(div)) != "<img src=p.png/><br/>text" {
		t.Errorf("content %q", d.Content(div))
	}
	if len(d.Stray) != 1 || d.Stray[0].Name != "p" {
		t.Errorf("stray %+v", d.Stray)
	}
	if b := d.Tags[5]; b.Close != -1 || b.CloseEnd != len(src) {
		t.Errorf("unclosed %+v", b)
	}
	var texts []string
	for _, x := range d.Texts {
		texts = append(texts, src[x.Start:x.End])
	}
	if got, want := strings.Join(texts, "|"), "\n|text|open"; got != want {
		t.Errorf("texts %q, want %q", got, want)
	}
	if d.Texts[1].Parent != 0 {
		t.Errorf("text's parent = %d", d.Texts[1].Parent)
	}
	if d.Tags[4].Parent != 3 {
		t.Errorf("path's parent = %d", d.Tags[4].Parent)
	}
}

// TestLongName has a name that is shorter in lower case: offsets count what is written.
func TestLongName(t *testing.T) {
	src := "<a\xff\u212a b=c>"
	d := Parse([]byte(src))
	if a := d.Tags[0].Find("b"); a == nil || src[a.ValStart:a.ValEnd] != "c" {
		t.Errorf("%+v", d.Tags[0])
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"<a b=c>", "<a b='", "<p><p></div>", "<svg/><svg><a/></svg>", "<script>if(a<b)</script>", "<a =x y=>", "</", "<!--", "<![CDATA["} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d := Parse([]byte(s))
		for _, x := range d.Texts {
			if x.Start < 0 || x.End > len(s) || x.Start >= x.End || x.Parent >= len(d.Tags) {
				t.Fatalf("%+v outside %d bytes", x, len(s))
			}
		}
		for i := range d.Tags {
			tag := &d.Tags[i]
			if tag.Start < 0 || tag.End > len(s) || tag.CloseEnd > len(s) || tag.Parent >= i {
				t.Fatalf("%+v outside %d bytes", tag, len(s))
			}
			d.Content(tag)
			for _, a := range tag.Attrs {
				if a.Start < tag.Start || a.End > tag.End || a.ValStart > a.ValEnd || a.ValEnd > a.End {
					t.Fatalf("%+v outside its tag %+v", a, tag)
				}
			}
		}
	})
}

// TestOpen finds the comment that is never closed.
func TestOpen(t *testing.T) {
	for src, want := range map[string]int{
		"<p><!-- a": 3, "<p><!--": 3, "<!-- a --><p><!-- b --": 13,
		"<p><!-- a -->": -1, "<p><!-->": -1, "<p><!--->": -1, "<p><!-- a --!>": -1, "<script><!-- a</script>": -1, "<!doctype html": -1, "<!bogus": -1,
	} {
		if got := Parse([]byte(src)).Open; got != want {
			t.Errorf("%q: %d, want %d", src, got, want)
		}
	}
}
