package batch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hframes/hframes/render"
	"github.com/hframes/hframes/source"
)

// maxTitle is how long a title may be, in characters (heygen-api §4.1).
const maxTitle = 500

// maxConcurrency bounds the rows that render side by side.
const maxConcurrency = 1000

// A Plan is a batch whose rows have been checked. Close it.
type Plan struct {
	Rows int // how many there are, at least 1

	o             Options
	file          *os.File
	output, title *pattern
	numbered      bool // a pattern uses the row's number
	head          []byte
}

// Spool copies rows from a stream into a temporary file, as they are read more than once. The caller removes the file.
func Spool(in io.Reader) (name string, err error) {
	f, err := os.CreateTemp("", "hframes-rows-*")
	if err != nil {
		return "", fmt.Errorf("keep the rows: %w", err)
	}
	_, err = io.Copy(f, in)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		os.Remove(f.Name())
		return "", fmt.Errorf("keep the rows: %w", err)
	}
	return f.Name(), nil
}

// Read counts the rows and checks each of them. An error is a [source.List] with what is wrong in the file, at most 100
// faults and the number of the others; a [*PatternError]; or one of reading.
func Read(ctx context.Context, o Options) (*Plan, error) {
	p := &Plan{o: o}
	if p.o.Name == "" {
		p.o.Name = o.Rows
	}
	if p.o.Format == "" {
		var ok bool
		if p.o.Format, ok = FormatOf(o.Rows); !ok {
			return nil, fmt.Errorf("rows %q: the name ends with none of .csv, .json, .jsonl, .yaml", p.o.Name)
		}
	}
	if o.Concurrency < 0 || o.Concurrency > maxConcurrency {
		return nil, fmt.Errorf("concurrency %d is not from 1 to %d", o.Concurrency, maxConcurrency)
	}
	var err error
	if p.output, err = parsePattern(o.Output); err != nil {
		return nil, err
	}
	if p.title, err = parsePattern(o.Title); err != nil {
		return nil, err
	}
	p.numbered = slices.Contains(p.output.names(), rowPlaceholder) || slices.Contains(p.title.names(), rowPlaceholder)
	if p.file, err = os.Open(o.Rows); err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	if err = p.count(ctx); err == nil {
		err = p.check(ctx)
	}
	if err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// Close closes the file of rows.
func (p *Plan) Close() error { return p.file.Close() }

// reader starts at the first row again.
func (p *Plan) reader(faults *faults) (*reader, error) {
	if _, err := p.file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	return newReader(p.o.Name, p.o.Format, p.file, faults), nil
}

// count counts the rows.
func (p *Plan) count(ctx context.Context) error {
	r, err := p.reader(&faults{})
	for err == nil {
		if err = r.skip(); err == nil {
			err = ctx.Err()
			p.Rows++
		}
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// check checks all rows.
func (p *Plan) check(ctx context.Context) error {
	faults := &faults{}
	r, err := p.reader(faults)
	if err != nil {
		return err
	}
	c := &checker{Plan: p, faults: faults, unknown: map[string]bool{}, columns: p.columns()}
	for err == nil {
		var row *row
		if row, err = r.next(); err == nil {
			if c.taken == nil {
				if err = c.first(r, row); err != nil {
					return err
				}
			}
			c.row(row)
			err = ctx.Err()
		}
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	if c.taken == nil { // all rows have faults
		c.header(r)
	}
	if p.Rows == 0 && faults.count() == 0 {
		faults.add(source.Diagnostic{Pos: source.Pos{File: p.o.Name}, Code: "batch/no-rows", Msg: "there are no rows"})
	}
	p.head = r.head.data
	return faults.err(p.o.Name)
}

// columns returns the names that a column may have.
func (p *Plan) columns() []string {
	names := slices.Concat(p.output.names(), p.title.names(), p.o.Ignore)
	for _, v := range p.o.Variables {
		names = append(names, v.ID)
	}
	return names
}

// A checker holds what is known of the rows before.
type checker struct {
	*Plan
	faults   *faults
	columns  []string
	unknown  map[string]bool // columns that were told of
	taken    map[uint64]int  // hash of an output → its row
	seed     maphash.Seed
	distinct bool // outputs need not be compared
}

// first looks at what the first row tells of all: the names of the columns.
func (c *checker) first(r *reader, row *row) error {
	c.taken, c.seed = map[uint64]int{}, maphash.MakeSeed()
	var names []string
	for _, f := range row.fields {
		names = append(names, f.name)
	}
	for _, v := range c.o.Variables {
		if v.ID == rowPlaceholder && c.numbered && !slices.Contains(names, rowPlaceholder) {
			return &PatternError{c.output.text, "the film has a variable named row, so that {row} is no number", "name the variable differently, or use another column"}
		}
	}
	for _, p := range []*pattern{c.output, c.title} {
		if err := p.check(names); err != nil {
			return err
		}
	}
	c.header(r)
	c.distinct = c.output.distinct() && !slices.Contains(names, rowPlaceholder)
	return nil
}

// header checks the names of a CSV file's columns.
func (c *checker) header(r *reader) {
	for i := range r.header {
		if f := &r.header[i]; !slices.Contains(c.columns, f.name) {
			c.noColumn(r.head, f.start, f.end, f.name)
		}
	}
}

// row checks one row.
func (c *checker) row(row *row) {
	before := c.faults.count()
	for i := range row.fields {
		f := &row.fields[i]
		if !slices.Contains(c.columns, f.name) {
			c.noColumn(row.chunk, f.key, f.key+1, f.name)
		}
	}
	j := c.job(row, c.faults)
	if c.faults.count() > before {
		return
	}
	whole := func(code, hint, format string, args ...any) {
		line, _, _ := bytes.Cut(row.chunk.data, []byte("\n"))
		c.faults.add(row.chunk.fault(0, len(bytes.TrimRight(line, "\r")), code, hint, format, args...))
	}
	if long := longName(j.Output); long != "" {
		whole("long-name", "use fewer columns in the pattern", "the name of the output is longer than %d bytes: %s", maxName, long)
	}
	if c.o.Spare != nil {
		if err := c.o.Spare(j.Output); err != nil {
			whole("output", "", "%v", err)
		}
	}
	if c.distinct {
		return
	}
	// Some systems take two names that differ in case only for one.
	key := maphash.String(c.seed, strings.ToLower(filepath.Clean(j.Output)))
	if other, taken := c.taken[key]; taken {
		whole("same-output", "put {row} into the pattern", "row %d has the output %s, as row %d", row.number, j.Output, other)
		return
	}
	c.taken[key] = row.number
}

// maxUnknown bounds the names of columns that are remembered.
const maxUnknown = 1000

// noColumn tells of a column that nothing uses, once.
func (c *checker) noColumn(at chunk, start, end int, name string) {
	if c.unknown[name] || len(c.unknown) == maxUnknown {
		return
	}
	c.unknown[name] = true
	var ids []string
	for _, v := range c.o.Variables {
		ids = append(ids, v.ID)
	}
	hint := source.DidYouMean(name, ids)
	if source.Nearest(name, ids) == "" {
		hint = fmt.Sprintf("--ignore %q leaves the column out", name)
	}
	c.faults.add(at.fault(start, end, "unknown-column", hint, "the film has no variable %q", name))
}

// job makes the job of a row. What is wrong with its values is told to faults.
func (p *Plan) job(row *row, faults *faults) Job {
	j := Job{Row: row.number, Line: row.chunk.line, Variables: map[string]any{}, Step: func(string) {}}
	for i := range row.fields {
		f := &row.fields[i]
		n := slices.IndexFunc(p.o.Variables, func(v render.Variable) bool { return v.ID == f.name })
		if n < 0 || f.value == nil {
			continue
		}
		v := p.o.Variables[n]
		var value any = f.text // "1.50" and 007 stay as they are written where a text is wanted
		if v.Type == "number" {
			value = f.value
		}
		made, err := v.Value(value)
		if err != nil {
			hint := ""
			if invalid := (*render.ValueError)(nil); errors.As(err, &invalid) {
				hint = invalid.Hint()
			}
			faults.add(row.chunk.fault(f.start, f.end, "bad-value", hint, "%v", err))
			continue
		}
		j.Variables[f.name] = made
	}
	text := func(name string) string {
		if f := row.field(name); f != nil {
			return f.text
		}
		if name == rowPlaceholder {
			return number(row.number, p.Rows)
		}
		return ""
	}
	j.Output = filepath.FromSlash(p.output.fill(func(name string) string {
		value := text(name)
		if strings.TrimSpace(value) == "" {
			start := 0
			if f := row.field(name); f != nil {
				start = f.start
			}
			faults.add(row.chunk.fault(start, start+1, "no-value", "each row needs one, as the pattern uses it", "the column %q of the output's name is empty", name))
		}
		return fileName(value)
	}))
	j.Title = p.title.fill(text)
	if n := utf8.RuneCountInString(j.Title); n > maxTitle {
		faults.add(row.chunk.fault(0, 1, "long-title", "use fewer columns in the pattern", "the title has %d characters; the most is %d", n, maxTitle))
	}
	return j
}

// key tells the video of a row from others.
func (p *Plan) key(j Job) string {
	if p.o.Film == "" {
		return ""
	}
	values, err := json.Marshal(j.Variables) // sorts the names
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(slices.Concat([]byte(p.o.Film), []byte("\n"), values))
	return hex.EncodeToString(sum[:])
}

// Jobs returns the jobs of all rows, in order. An error is of reading, or says that the file has changed since it was
// checked.
func (p *Plan) Jobs() iter.Seq2[Job, error] {
	return func(yield func(Job, error) bool) {
		for t, err := range p.tasks() {
			if !yield(t.Job, err) {
				return
			}
		}
	}
}

// A task is a row on its way.
type task struct {
	Job
	source *row
	key    string
}

func (p *Plan) tasks() iter.Seq2[task, error] {
	return func(yield func(task, error) bool) {
		changed := fmt.Errorf("%s has changed since it was checked", p.o.Name)
		faults, rows := &faults{}, 0
		r, err := p.reader(faults)
		for err == nil {
			var row *row
			row, err = r.next()
			if errors.Is(err, io.EOF) && faults.count() == 0 && rows == p.Rows {
				return
			}
			if errors.Is(err, io.EOF) {
				err = changed
			}
			if err != nil {
				break
			}
			rows++
			t := task{Job: p.job(row, faults), source: row}
			if faults.count() > 0 || rows > p.Rows {
				err = changed
				break
			}
			t.key = p.key(t.Job)
			if !yield(t, nil) {
				return
			}
		}
		yield(task{}, err)
	}
}
