package code

import (
	"slices"
	"strings"
)

// sign returns the first byte of a line if a diff has it as a sign, else 0.
func sign(line string) byte {
	if line == "" {
		return 0
	}
	switch line[0] {
	case '+', '-', ' ':
		return line[0]
	}
	return 0
}

// change returns the class of a line of a diff: "add", "del", "hunk", "file" or "".
func change(line string) string {
	switch {
	case strings.HasPrefix(line, "+++ "), strings.HasPrefix(line, "--- "), strings.HasPrefix(line, "diff "), strings.HasPrefix(line, "index "):
		return "file"
	case strings.HasPrefix(line, "@@"):
		return "hunk"
	case strings.HasPrefix(line, "+"):
		return "add"
	case strings.HasPrefix(line, "-"):
		return "del"
	}
	return ""
}

// withoutSigns returns the code that a diff is about: each line without its sign; heads are kept as they are.
func withoutSigns(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if c := change(l); sign(l) != 0 && c != "file" {
			lines[i] = l[1:]
		}
	}
	return strings.Join(lines, "\n")
}

// withSigns lays the runs of withoutSigns(text) over text.
func withSigns(runs []run, text string) []run {
	var out []run
	runs = slices.Clone(runs) // take eats it
	for i, l := range strings.Split(text, "\n") {
		if i > 0 {
			runs = take(&out, runs, 1)
		}
		size := len(l)
		if c := change(l); c == "file" || c == "hunk" {
			runs = take(nil, runs, size)
			out = appendRun(out, 'c', size)
			continue
		}
		if s := sign(l); s != 0 {
			class := byte('d')
			if s == ' ' {
				class = 0
			}
			out = appendRun(out, class, 1)
			size--
		}
		runs = take(&out, runs, size)
	}
	return out
}

// take moves size bytes of runs to out (nil = drops them) and returns what is left. It changes runs.
func take(out *[]run, runs []run, size int) []run {
	for size > 0 && len(runs) > 0 {
		n := min(size, runs[0].size)
		if out != nil {
			*out = appendRun(*out, runs[0].class, n)
		}
		size -= n
		if n == runs[0].size {
			runs = runs[1:]
			continue
		}
		runs[0].size -= n
	}
	return runs
}
