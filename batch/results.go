package batch

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"

	"github.com/hframes/hframes/internal/outfile"
)

// What the files of a batch are made from, for package outfile.
const resultsID, failedID = "results of a batch", "rows without a video"

// files are what a batch writes beside the videos. Each line is handed to the system at once, so that it is there when
// the process is killed.
type files struct {
	plan            *Plan
	results, failed *outfile.File
	anyFailed       bool // a row is in failed
}

// openFiles opens the files, so that a folder that cannot be written to is known before a row is rendered. made are the
// videos of the run before.
func (p *Plan) openFiles(ctx context.Context) (f *files, made map[fingerprint]bool, err error) {
	rows, err := p.file.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("read rows: %w", err)
	}
	for _, name := range []string{p.o.Results, p.o.Failed} {
		if there, err := os.Stat(name); err == nil && os.SameFile(rows, there) {
			return nil, nil, fmt.Errorf("write %s: it is the file of rows", name)
		}
	}
	f = &files{plan: p}
	if f.failed, err = outfile.Create(ctx, p.o.Failed, failedID); err != nil {
		return nil, nil, err
	}
	if f.results, err = outfile.Open(ctx, p.o.Results, resultsID); err != nil {
		f.failed.Close()
		return nil, nil, err
	}
	if made, err = p.made(f.results); err == nil {
		err = f.results.Restart()
	}
	if err != nil {
		f.failed.Close()
		f.results.File.Close() // what a killed process has left in it stays
		return nil, nil, fmt.Errorf("read the results of the run before: %w", err)
	}
	return f, made, nil
}

func (f *files) write(e entry) error {
	line, err := json.Marshal(e.Result)
	if err != nil {
		return err
	}
	if _, err := f.results.Write(append(line, '\n')); err != nil {
		return err
	}
	if e.source == nil {
		return nil
	}
	first := !f.anyFailed
	f.anyFailed = true
	_, err = f.failed.Write(f.plan.rowAgain(e.source, first))
	return err
}

// close gives the files their names. Where no row failed, an old file of failed rows is removed.
func (f *files) close() error {
	defer f.failed.Close()
	defer f.results.Close()
	err := f.results.Commit()
	if !f.anyFailed {
		if e := os.Remove(f.plan.o.Failed); err == nil && !errors.Is(e, fs.ErrNotExist) {
			err = e
		}
		return err
	}
	if f.plan.o.Format == JSON {
		if _, e := f.failed.WriteString("\n]\n"); err == nil {
			err = e
		}
	}
	if e := f.failed.Commit(); err == nil {
		err = e
	}
	return err
}

// rowAgain returns a row as the file has it, for a file of the same format; first says whether it is the first one there.
// Where a pattern uses the row's number, the row gets it as a column, so that it keeps its output.
func (p *Plan) rowAgain(r *row, first bool) []byte {
	data := bytes.TrimRight(r.chunk.data, "\r\n")
	keep := p.numbered && r.field(rowPlaceholder) == nil
	own := number(r.number, p.Rows)
	var out []byte
	switch p.o.Format {
	case CSV:
		between := string(delimiter(p.head))
		if first {
			if keep {
				out = append(out, rowPlaceholder+between...)
			}
			out = append(append(out, p.head...), '\n')
		}
		if keep {
			out = append(out, own+between...)
		}
		return append(append(out, data...), '\n')
	case YAML:
		if keep {
			data = slices.Concat(data[:r.insert], []byte(rowPlaceholder+": "+strconv.Quote(own)+string(r.layout)), data[r.insert:])
		}
		return append(data, '\n')
	}
	if keep {
		data = slices.Concat(data[:r.insert], []byte(strconv.Quote(rowPlaceholder)+": "+strconv.Quote(own)+string(r.layout)), data[r.insert:])
	}
	switch {
	case p.o.Format == JSONL:
		return append(data, '\n')
	case first:
		return append([]byte("[\n"), data...)
	}
	return append([]byte(",\n"), data...)
}

// A fingerprint tells a video, as it was made, from all others.
type fingerprint [16]byte

func fingerprintOf(output, key string, bytes int64) fingerprint {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d", output, key, bytes))
	return fingerprint(sum[:16])
}

// made reads which videos the run before has made: from its results, and where it was killed from the unfinished ones.
func (p *Plan) made(unfinished io.Reader) (map[fingerprint]bool, error) {
	out := map[fingerprint]bool{}
	if p.o.Film == "" || p.o.Force {
		return out, nil
	}
	if err := readMade(unfinished, out); err != nil {
		return nil, err
	}
	f, err := os.Open(p.o.Results)
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return out, readMade(f, out)
}

// readMade adds the videos of one file of results. A line that is none is passed over: the last may be cut off.
func readMade(in io.Reader, out map[fingerprint]bool) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxRow)
	for lines.Scan() {
		var res Result
		if json.Unmarshal(lines.Bytes(), &res) == nil && res.Key != "" && (res.Status == Done || res.Status == Skipped) {
			out[fingerprintOf(res.Output, res.Key, res.Bytes)] = true
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil // no file of ours
	}
	return lines.Err()
}

// done reports whether the run before has made a row's video, and it is still there.
func (r *run) done(t task) (bytes int64, ok bool) {
	if len(r.made) == 0 {
		return 0, false
	}
	there, err := os.Stat(t.Output)
	if err != nil || !there.Mode().IsRegular() {
		return 0, false
	}
	return there.Size(), r.made[fingerprintOf(t.Output, t.key, there.Size())]
}
