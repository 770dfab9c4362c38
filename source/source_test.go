package source

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPos(t *testing.T) {
	f := NewFile("a.md", []byte("one\r\ntwö\n\nlast"))
	for _, c := range []struct {
		offset    int
		line, col int
	}{{-1, 1, 1}, {0, 1, 1}, {3, 1, 4}, {5, 2, 1}, {9, 2, 5}, {10, 3, 1}, {11, 4, 1}, {15, 4, 5}, {99, 4, 5}} {
		got := f.Pos(c.offset)
		if want := (Pos{"a.md", c.line, c.col}); got != want {
			t.Errorf("Pos(%d) = %v, want %v", c.offset, got, want)
		}
		if c.offset >= 0 && c.offset <= 15 && f.Offset(got) != c.offset {
			t.Errorf("Offset(%v) = %d, want %d", got, f.Offset(got), c.offset)
		}
	}
	for n, want := range []string{"", "one", "twö", "", "last", ""} {
		if got := f.Line(n); got != want {
			t.Errorf("Line(%d) = %q, want %q", n, got, want)
		}
	}
	if f.Lines() != 4 {
		t.Errorf("%d lines", f.Lines())
	}
}

// TestMark has a byte order mark: it belongs to no line, and columns do not count it.
func TestMark(t *testing.T) {
	f := NewFile("a.md", []byte("\xef\xbb\xbfone\ntwo"))
	for offset, want := range map[int]Pos{0: {"a.md", 1, 1}, 3: {"a.md", 1, 1}, 4: {"a.md", 1, 2}, 7: {"a.md", 2, 1}} {
		if got := f.Pos(offset); got != want {
			t.Errorf("Pos(%d) = %v, want %v", offset, got, want)
		}
	}
	if f.Line(1) != "one" || f.Offset(Pos{"a.md", 1, 2}) != 4 {
		t.Errorf("line %q, offset %d", f.Line(1), f.Offset(Pos{"a.md", 1, 2}))
	}
	empty := NewFile("b.md", []byte("\xef\xbb\xbf"))
	if empty.Pos(0) != (Pos{"b.md", 1, 1}) || empty.Line(1) != "" {
		t.Errorf("%v %q", empty.Pos(0), empty.Line(1))
	}
}

func TestPrint(t *testing.T) {
	f := NewFile("video.md", []byte("## Hello {.tilte}\n\tat\x1b[31m \u202ethe end "+strings.Repeat("x", 200)+"\n"))
	var l List
	l.Add(f.At(11, 16, "scene/unknown-layout", `unknown layout "tilte"`).WithHint(DidYouMean("tilte", []string{"title", "split"})))
	l.Add(f.At(19, 21, "scene/odd", "odd \x1b[2J word").Warn())
	l.Add(Diagnostic{Pos: Pos{File: "other.md"}, Code: "a/b", Msg: "no place"})
	l.Add(Diagnostic{Code: "a/c", Msg: "no file"})
	l.Add(l[0]) // said twice, printed once
	l.Sort()
	var b strings.Builder
	if err := l.Print(&b, false); err != nil {
		t.Fatal(err)
	}
	want := `error a/c: no file
other.md: error a/b: no place
video.md:1:12: error scene/unknown-layout: unknown layout "tilte"
    1 | ## Hello {.tilte}
      |            ^^^^^
      = hint: did you mean "title"?
video.md:2:2: warning scene/odd: odd ·[2J word
    2 |  at·[31m ·the end ` + strings.Repeat("x", 102) + `…
      |  ^^
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.Reset()
	l.Print(&b, true)
	if !strings.Contains(b.String(), "\x1b[1;31merror\x1b[0m") || strings.Contains(b.String(), "\x1b[2J") {
		t.Errorf("coloured: %q", b.String())
	}
}

// TestCaret has the caret under the fault: behind and below characters that take two columns or none, and far along a
// long line.
func TestCaret(t *testing.T) {
	long := strings.Repeat("a", 2500) + "fault" + strings.Repeat("b", 3000)
	f := NewFile("a.md", []byte("你好 [世界]{foo} e\u0301 👩 x\n"+long+"\n"))
	for _, c := range []struct {
		line  int
		fault string
		want  string
	}{
		{1, "foo", "    1 | 你好 [世界]{foo} e\u0301 👩 x\n      |" + strings.Repeat(" ", 13) + "^^^\n"},
		{1, "世界", "    1 | 你好 [世界]{foo} e\u0301 👩 x\n      |       ^^^^\n"},
		{1, "x", "    1 | 你好 [世界]{foo} e\u0301 👩 x\n      |" + strings.Repeat(" ", 23) + "^\n"},
		{2, "fault", "    2 | …" + strings.Repeat("a", 59) + "fault" + strings.Repeat("b", 55) + "…\n      |" + strings.Repeat(" ", 61) + "^^^^^\n"},
	} {
		at := strings.Index(f.Line(c.line), c.fault) + f.Offset(Pos{"a.md", c.line, 1})
		var b strings.Builder
		List{f.At(at, at+len(c.fault), "a/b", "m")}.Print(&b, false)
		_, got, _ := strings.Cut(b.String(), "\n")
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.fault, diff)
		}
	}
}

func TestList(t *testing.T) {
	l := List{{Code: "a/a", Msg: "m", Severity: Warning}}
	if l.Err() != nil {
		t.Error("a warning is an error")
	}
	err := l.Strict().Err()
	var back List
	if !errors.As(err, &back) || len(back) != 1 || back[0].Severity != Error {
		t.Errorf("strict: %v", err)
	}
	if e, w := append(l, l.Strict()...).Count(); e != 1 || w != 1 {
		t.Errorf("%d errors, %d warnings", e, w)
	}
	data, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	if want := `[{"pos":{},"severity":"warning","code":"a/a","message":"m"}]`; string(data) != want {
		t.Errorf("JSON %s, want %s", data, want)
	}
	var again List
	if err := json.Unmarshal(data, &again); err != nil || again[0] != l[0] {
		t.Errorf("back from JSON: %+v, %v", again, err)
	}
}

func TestNearest(t *testing.T) {
	known := []string{"title", "split", "section", "statement", "code"}
	for name, want := range map[string]string{"tilte": "title", "Title": "title", "sections": "section", "cod": "code", "xyz": "", "": "", "statment": "statement", "spilt": "split"} {
		if got := Nearest(name, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
	if got := DidYouMean("xyz", known); got != "known: code, section, split, statement, title" {
		t.Errorf("%q", got)
	}
}

// FuzzPrint prints any fault of any text: nothing that moves a cursor comes through, the caret stands inside the line.
func FuzzPrint(f *testing.F) {
	f.Add("one\ntwo", 2, 5, "message")
	f.Add("\xef\xbb\xbfa\tb", 0, 4, "a\x1b[31m")
	f.Add(strings.Repeat("é", 300), 290, 420, "")
	f.Fuzz(func(t *testing.T, text string, start, end int, msg string) {
		file := NewFile("a.md", []byte(text))
		d := file.At(start, end, "a/b", msg)
		if d.Pos.Line < 1 || d.Pos.Line > file.Lines() || d.Pos.Col < 1 || d.End.Before(d.Pos) {
			t.Fatalf("%+v", d)
		}
		var b strings.Builder
		List{d}.Print(&b, false)
		if i := strings.IndexFunc(b.String(), func(r rune) bool { return r < 0x20 && r != '\n' || r == 0x7f }); i >= 0 {
			t.Fatalf("a control character in %q", b.String())
		}
	})
}

// TestNotUTF8: bytes that are no text take one column each, so that the caret stays where it was.
func TestNotUTF8(t *testing.T) {
	f := NewFile("a.md", []byte("\xe9\xe9a\xff\uFFFDb\n"))
	var b strings.Builder
	_ = List{f.At(7, 8, "x", "here")}.Print(&b, false)
	if want := "a.md:1:8: error x: here\n    1 | ··a··b\n      |      ^\n"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}
