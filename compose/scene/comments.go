package scene

import "bytes"

var (
	commentOpen  = []byte("<!--")
	commentClose = []byte("-->")
)

// comments blanks the comments that begin on a line. Comments are private: they are gone before anything is read, so
// that no later stage can show or speak them.
func (s *scanner) comments(at, next int) {
	last := lastRuns(s.in.data[at:next], at)
	alone := true // nothing but blanks and comments so far
	for from := at; from < next; {
		start := commentStart(s.in.data[:next], from, last)
		if start < 0 {
			return
		}
		end := len(s.in.data)
		if n := bytes.Index(s.in.data[start+2:], commentClose); n >= 0 {
			end = start + 2 + n + len(commentClose)
		} else {
			d := s.in.at(start, start+len(commentOpen), "scene/unclosed-comment", `the comment is not closed, so everything below it is hidden`)
			s.in.list.Add(d.WithHint(`write "-->" where it ends`))
		}
		alone = alone && trimEnd(s.in.data[from:start]) == 0
		s.blank(start, end, alone)
		s.out.comments = append(s.out.comments, span{start, end})
		from = end
	}
}

// blank takes a comment out. One that has its lines to itself leaves blank lines; one inside a paragraph leaves filler,
// so that the words around it stay as near to each other as they were.
func (s *scanner) blank(start, end int, alone bool) {
	fill := byte(filler)
	if after := skipBlanks(s.in.data, end); alone && (after == len(s.in.data) || s.in.data[after] == '\n') {
		fill = ' '
	}
	for i := start; i < end; i++ {
		if s.in.data[i] != '\n' {
			s.in.set(i, fill)
		}
	}
}

// commentStart returns the offset of the first "<!--" at or after from that is neither escaped nor in a code span of
// the line, or -1. last is the line's [lastRuns].
func commentStart(line []byte, from int, last [40]int) int {
	for i := from; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '`':
			run := runLength(line[i:])
			if last[min(run, len(last)-1)] > i {
				i = codeEnd(line, i, run) - 1
			} else {
				i += run - 1
			}
		case '<':
			if bytes.HasPrefix(line[i:], commentOpen) {
				return i
			}
		}
	}
	return -1
}

// lastRuns returns where the last run of each number of backticks begins. The last place of the table stands for all
// longer runs, which close nothing. Offsets count from base.
func lastRuns(line []byte, base int) (last [40]int) {
	for i := range last {
		last[i] = -1
	}
	for i := 0; i < len(line); {
		if line[i] != '`' {
			i++
			continue
		}
		run := runLength(line[i:])
		if run < len(last)-1 {
			last[run] = base + i
		}
		i += run
	}
	return last
}

// codeEnd returns the end of the code span that begins with a run of backticks at i and is known to have an end.
func codeEnd(line []byte, i, run int) int {
	for i += run; i < len(line); {
		if line[i] != '`' {
			i++
			continue
		}
		n := runLength(line[i:])
		i += n
		if n == run {
			break
		}
	}
	return i
}
