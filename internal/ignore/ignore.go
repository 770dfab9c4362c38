// Package ignore matches paths against rules in the syntax of .gitignore.
//
//	rules := ignore.Parse(".hframesignore", data)
//	if rules.Skip("media/raw/take1.mov", false) { … }
//
// In goes the text of one file with rules, for the folder that it lies in; out comes whether a path below that folder is
// left out. The rules are git's: the last rule that matches decides, "!" takes a path back in, "/" at the front or in
// the middle binds a rule to the folder, "/" at the end makes it one for folders, "*" and "?" stop at "/", "**" does not,
// "[…]" is a class, "\" takes the next character as it is. A path below a folder that is left out cannot be taken back.
package ignore

import (
	"path"
	"strings"
)

// Rules are the rules of one file. The zero value leaves nothing out.
type Rules struct {
	Name  string // of the file, as given to Parse
	rules []rule
}

type rule struct {
	pattern pattern
	include bool // "!"
	folder  bool // "/" at the end: folders alone
	base    bool // no other "/": matched against the last element of a path
}

// Parse reads rules. Every text is valid, as for git: a rule that cannot match matches nothing.
func Parse(name string, data []byte) *Rules {
	r := &Rules{Name: name}
	text := strings.TrimPrefix(string(data), "\uFEFF")
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSuffix(line, "\r")
		if strings.HasPrefix(line, "#") {
			continue
		}
		var one rule
		line = trim(line)
		line, one.include = strings.CutPrefix(line, "!")
		line, one.folder = strings.CutSuffix(line, "/")
		one.base = !strings.Contains(line, "/")
		line = strings.TrimPrefix(line, "/")
		var ok bool
		if one.pattern, ok = compile(line); ok && line != "" {
			r.rules = append(r.rules, one)
		}
	}
	return r
}

// trim removes spaces from the end of a line, but for one that a backslash protects.
func trim(line string) string {
	end := 0 // of what stays
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case ' ':
			continue
		case '\\':
			i++ // with the character that it protects
		}
		end = min(i+1, len(line))
	}
	return line[:end]
}

// Match reports whether the rules leave out the path itself, which is relative to the folder of the rules and has "/"
// between its elements. Whoever walks a tree need not look into a folder that matches, and must not: see Skip.
func (r *Rules) Match(name string, folder bool) bool {
	for i := len(r.rules) - 1; i >= 0; i-- {
		if r.rules[i].match(name, folder) {
			return !r.rules[i].include
		}
	}
	return false
}

// Skip reports whether the rules leave out the path or one of the folders that it lies in.
func (r *Rules) Skip(name string, folder bool) bool {
	for i := range len(name) {
		if name[i] == '/' && r.Match(name[:i], true) {
			return true
		}
	}
	return r.Match(name, folder)
}

func (r rule) match(name string, folder bool) bool {
	if r.folder && !folder {
		return false
	}
	if r.base {
		name = path.Base(name)
	}
	return r.pattern.match(name)
}
