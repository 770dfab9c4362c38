package check

import (
	"strings"
	"testing"
)

// show prints tokens as kind:text, the kinds as i n s c p r.
func show(t tokens) string {
	var parts []string
	for i := range t.list {
		parts = append(parts, string("inscpr"[t.list[i].kind])+":"+t.text(i))
	}
	return strings.Join(parts, " ")
}

func TestLex(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`a = b; // c = d`, "i:a p:= i:b p:;"},
		{`/* Math.random() */ x`, "i:x"},
		{`"a\"b" 'c'`, `s:"a\"b" s:'c'`},
		{`1.5e3 .5 0xff`, "n:1.5e3 n:.5 n:0xff"},
		{"`a${b}c`", "c:`a${ i:b c:}c`"},
		{"`a${ {x: `${1}`} }b`", "c:`a${ p:{ i:x p:: c:`${ n:1 c:}` p:} c:}b`"},
		{`a / b / c`, "i:a p:/ i:b p:/ i:c"},
		{`x = /["'/]\//g.test(y)`, `i:x p:= r:/["'/]\//g p:. i:test p:( i:y p:)`},
		{`return /a/`, "i:return r:/a/"},
		{`f(/[/]/)`, "i:f p:( r:/[/]/ p:)"},
		{`(a) / 2`, "p:( i:a p:) p:/ n:2"},
		{`#x in y`, "i:#x i:in i:y"},
		{`a?.b`, "i:a p:? p:. i:b"},
	} {
		if got := show(lex([]byte(c.src), 0, len(c.src))); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}

func TestLexOpen(t *testing.T) {
	for src, want := range map[string]int{
		`a = "b`:       4,
		"a = `b":       4,
		"x = `b${c}d":  4,
		`a /* b`:       2,
		"a = 'b'":      -1,
		"`${`${1}`}`":  -1,
		"// it's fine": -1,
		`r = /"/`:      -1,
	} {
		if got := lex([]byte(src), 0, len(src)).open; got != want {
			t.Errorf("%s: open at %d, want %d", src, got, want)
		}
	}
}

func TestTweens(t *testing.T) {
	src := `tl.fromTo(".a, .b", { opacity: 0, x: -10 }, { opacity: 1, "x": 0, duration: 0.5, ease: "none" }, 1.25)
	  .to(el, { y: 5, duration: d }, "<"); list.set("k", { v: 1 }); gsap.from("#z", { scale: .5, repeat: -1 });`
	toks := lex([]byte(src), 0, len(src))
	got := toks.tweens()
	if len(got) != 4 {
		t.Fatalf("%d tweens", len(got))
	}
	a := got[0]
	if a.method != "fromTo" || a.timeline != "tl" || a.target != ".a, .b" || a.pos != 1.25 || a.props["duration"].value != 0.5 || !a.props["x"].ok || a.props["x"].value != 0 {
		t.Errorf("%+v", a)
	}
	if b := got[1]; b.timeline != "" || b.target != "" || b.pos == b.pos || b.props["duration"].ok {
		t.Errorf("%+v", b)
	}
	if d := got[3]; d.timeline != "gsap" || d.props["repeat"].value != -1 || !d.props["repeat"].ok {
		t.Errorf("%+v", d)
	}
}

func TestRegistrations(t *testing.T) {
	for _, c := range []struct {
		src  string
		ids  string
		any  bool
		some bool
	}{
		{`window.__timelines["a"] = tl`, "a", false, true},
		{`window.__timelines.a = tl; window.__timelines['b']=x`, "a b", false, true},
		{`window.__timelines = { main: gsap.timeline({ paused: true }), "x-1": t }`, "main x-1", false, true},
		{`window.__timelines = window.__timelines || {};`, "", false, false},
		{`window.__timelines ??= {}`, "", false, false},
		{`for (const id of ids) window.__timelines[id] = tl`, "", true, true},
		{`register(window.__timelines, id)`, "", true, true},
		{`const T = (window.__timelines = window.__timelines || {}); T["a"] = 1`, "a", false, true},
		{`var r = window.__timelines; r.a = 1; r[b] = 2`, "a", true, true},
		{`if (window.__timelines["a"] === tl) {}`, "", false, false},
		{`window.__timelines[a.b[0]] = tl`, "", true, true},
		{`window.__timelines = { ...old, a: tl }`, "a", true, true},
		{`window["__timelines"].a = 1`, "", true, true},
		{`HyperShader.init({ scenes: [] })`, "", true, true},
		{`// window.__timelines["a"] = tl`, "", false, false},
		{`Object.assign(window.__timelines, { a: 1, b })`, "a b", false, true},
	} {
		s := &script{toks: lex([]byte(c.src), 0, len(c.src))}
		r := &registrations{ids: map[string][]mark{}, pages: map[*page]bool{}, made: map[*page]bool{}}
		r.scan(s, nil)
		if got := strings.Join(sortedKeys(r.ids), " "); got != c.ids || r.any != c.any || r.some != c.some {
			t.Errorf("%s: ids %q any %t some %t, want %q %t %t", c.src, got, r.any, r.some, c.ids, c.any, c.some)
		}
	}
}
