package timeline

import (
	"strings"
	"testing"
	"time"
)

func TestCountText(t *testing.T) {
	for _, c := range []struct {
		text  string
		words float64
		chars int
	}{
		{"", 0, 0},
		{"Hello, world!", 2, 0},
		{"  spaces\n\tand lines  ", 3, 0},
		{"it's a well-known state-of-the-art trick", 5, 0},
		{"and/or", 2, 0},
		{"one — two – three … four", 4, 0},
		{"word—word", 2, 0},
		{"• * - 🚀 👩‍👩‍👧 ✅ →", 0, 0},
		{"🚀 Fast", 1, 0},
		{"2026", 1, 0},
		{"12,500", 2, 0},
		{"1,234,567", 2, 0},
		{"99.95%", 1, 0},
		{"+1 555 123 4567", 4, 0},
		{"https://example.com/docs/start", 4, 0},
		{"www.example.com", 3, 0},
		{"me@example.com", 3, 0},
		{"https://example.com/a/very/long/path/that/nobody/reads?x=1", 6, 0},
		{"Donaudampfschifffahrtsgesellschaft", 3, 0},
		{"你好世界", 0, 4},
		{"こんにちは、セカイー。", 0, 9},
		{"안녕 세상", 0, 4},
		{"Go 语言 1.26", 2, 2},
		{"Go语言rocks", 2, 2},
		{"naïve café Ünïcödé", 3, 0},
		{"Здравствуй, мир", 2, 0},
		{"مرحبا بالعالم", 2, 0},
		{"สวัสดี", 0.8, 0}, // four letters: the vowel signs above are marks
		{"\xff\xfe broken", 1, 0},
		{"a\u00a0b\u3000c", 3, 0},
	} {
		if got := CountText(c.text); got.Words != c.words || got.Chars != c.chars {
			t.Errorf("CountText(%q) = %v, want %v words and %d characters", c.text, got, c.words, c.chars)
		}
	}
}

func TestReadingTime(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"":                             0,
		strings.Repeat("word ", 170):   time.Minute,
		strings.Repeat("字", 50):        10 * time.Second,
		strings.Repeat("word 字字 ", 85): 30*time.Second + 34*time.Second,
	} {
		if got := CountText(text).At(ReadWords, ReadChars); got != want {
			t.Errorf("reading time of %.12q… is %v, want %v", text, got, want)
		}
	}
}

func TestVisible(t *testing.T) {
	for raw, want := range map[string]string{
		"<p>one <b>two</b>&nbsp;&amp; three</p>":                 "one two \u00a0& three",
		"<SCRIPT>let a = 1</SCRIPT>one":                          "one",
		"<style>.a{}</style><!-- > -->one<template>x</template>": "one",
		"<p one": "",
		"a < b":  "a",
	} {
		if got := strings.Join(strings.FieldsFunc(visible(raw), func(r rune) bool { return r == ' ' }), " "); got != want {
			t.Errorf("visible(%q) = %q, want %q", raw, got, want)
		}
	}
}

func FuzzCountText(f *testing.F) {
	for _, s := range []string{"Hello, world", "https://a.b/c", "1,234", "你好 world", "a/b|c", "สวัสดี", "\xff", "x@y.z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := CountText(s)
		if c.Words < 0 || c.Chars < 0 || c.Words > float64(len(s)) || c.Chars > len(s) {
			t.Errorf("CountText(%q) = %+v", s, c)
		}
		visible(s)
	})
}
