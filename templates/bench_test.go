package templates

import "testing"

// BenchmarkLoad is what a build pays before it draws anything: the program's start.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		set, _ := Load(nil)
		set.Theme("tangent")
		set.Layout("title")
	}
}

// BenchmarkExecute is the first use of a layout, which parses its template, and its first scene.
func BenchmarkExecute(b *testing.B) {
	for b.Loop() {
		set, _ := Load(nil)
		l := set.Layout("bullets")
		v := &View{ID: "s", Title: "Title", TitleText: "Title", Width: 1920, Height: 1080, Shape: "landscape", Theme: set.Theme("tangent")}
		v.Set, _ = l.Check(nil)
		if _, list := l.Execute(v); len(list) > 0 {
			b.Fatal(list)
		}
	}
}
