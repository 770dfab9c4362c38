package batch

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/hframes/hframes/source"
)

// rowsFile writes a file of rows.
func rowsFile(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// write writes rows of texts in a format.
func write(t testing.TB, f Format, columns []string, rows [][]string) string {
	t.Helper()
	var b strings.Builder
	var objects []map[string]string
	for _, row := range rows {
		o := map[string]string{}
		for i, c := range columns {
			if row[i] != "" {
				o[c] = row[i]
			}
		}
		objects = append(objects, o)
	}
	switch f {
	case CSV:
		w := csv.NewWriter(&b)
		w.Write(columns)
		w.WriteAll(rows)
	case JSON:
		e := json.NewEncoder(&b)
		e.SetIndent("", "  ")
		e.Encode(objects)
	case JSONL:
		for _, o := range objects {
			json.NewEncoder(&b).Encode(o)
		}
	case YAML:
		text, err := yaml.Dump(objects)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
	}
	return b.String()
}

// The same rows are the same jobs in every format.
func TestFormatsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	texts := []string{"", "plain", "007", "1.50", "true", "null", "~", "- dash", "a: b", `quo"te`, "com,ma", "two\nlines", "\nfirst", "trail\n\n",
		" space ", "# no comment", "é日本🎬", "{x}", "[1]", "*alias", "&anchor", "!tag", "2026-01-01", "0x10", "'", "%", "|", "\ttab"}
	for round := range 50 {
		columns := []string{"name", "count", "big", "tone"}
		var rows [][]string
		for range 1 + r.IntN(12) {
			row := []string{texts[r.IntN(len(texts))], strconv.Itoa(r.IntN(100)), []string{"true", "false", ""}[r.IntN(3)], []string{"calm", "loud", ""}[r.IntN(3)]}
			rows = append(rows, row)
		}
		want := ""
		for _, f := range Formats() {
			path := rowsFile(t, "rows."+f, write(t, Format(f), columns, rows))
			p, err := Read(context.Background(), Options{Rows: path, Variables: declared, Output: "{row}.mp4", Title: "t"})
			if err != nil {
				t.Fatalf("round %d, %s: %v", round, f, err)
			}
			got := ""
			for j, err := range p.Jobs() {
				if err != nil {
					t.Fatal(err)
				}
				values, _ := json.Marshal(j.Variables)
				got += fmt.Sprintln(j.Row, j.Output, string(values))
			}
			p.Close()
			if want == "" {
				want = got
			}
			if got != want {
				t.Fatalf("round %d: %s gives\n%s, csv gives\n%s", round, f, got, want)
			}
		}
	}
}

// Of many faults, the first are told and the others counted.
func TestManyFaults(t *testing.T) {
	text := "name,count\n" + strings.Repeat("a,x\n", 5000)
	_, err := Read(context.Background(), Options{Rows: rowsFile(t, "rows.csv", text), Variables: declared, Output: "{row}.mp4"})
	var list source.List
	if !errors.As(err, &list) || len(list) != maxFaults+1 {
		t.Fatalf("%d faults: %v", len(list), err)
	}
	if last := list[maxFaults].Msg; last != "4900 more faults" {
		t.Error(last)
	}
}

// A row that is too long is told, and no more of it is kept.
func TestLongRow(t *testing.T) {
	for name, text := range map[string]string{
		"rows.csv":   "name\n\"" + strings.Repeat("x\n", maxRow),
		"rows.json":  `[{"name": ` + strings.Repeat("[\n", maxRow),
		"rows.jsonl": `{"name": "` + strings.Repeat("x", 2*maxRow),
		"rows.yaml":  "- name: |\n" + strings.Repeat("    x\n", maxRow),
	} {
		_, err := Read(context.Background(), Options{Rows: rowsFile(t, name, text), Variables: declared, Output: "{row}.mp4"})
		if err == nil || !strings.Contains(err.Error(), "batch/long-row: a row is longer than 1024 KiB") {
			t.Errorf("%s: %.300v", name, err)
		}
	}
}

// A placeholder {row} cannot stand for two things.
func TestRowVariable(t *testing.T) {
	o := Options{Rows: rowsFile(t, "rows.csv", "name\na\n"), Variables: append(declared[:1:1], declared[0]), Output: "{row}.mp4"}
	o.Variables[1].ID = "row"
	_, err := Read(context.Background(), o)
	if p := (*PatternError)(nil); !errors.As(err, &p) {
		t.Error(err)
	}
}

func FuzzCSV(f *testing.F)   { fuzz(f, CSV) }
func FuzzJSON(f *testing.F)  { fuzz(f, JSON) }
func FuzzJSONL(f *testing.F) { fuzz(f, JSONL) }
func FuzzYAML(f *testing.F)  { fuzz(f, YAML) }

// fuzz reads anything. Places are inside the file; a file without a fault is one to a reader of the whole of it, too, with
// as many rows; and all its rows written again are the same rows.
func fuzz(f *testing.F, format Format) {
	names, _ := filepath.Glob("testdata/*." + "txtar")
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if _, rest, ok := strings.Cut(string(text), "-- rows."+string(format)+" --\n"); ok {
			rows, _, _ := strings.Cut(rest, "\n-- ")
			f.Add([]byte(rows))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, head, faults := readAll(t, format, data)
		file := source.NewFile("rows", data)
		for _, d := range faults.list {
			if d.Pos.Line < 1 || d.Pos.Line > file.Lines() || d.Pos.Col < 1 || d.Pos.Col > len(file.Line(d.Pos.Line))+3 {
				t.Errorf("%s is outside the file", d.Headline())
			}
		}
		if faults.count() > 0 {
			return
		}
		odd := func(r rune) bool {
			return r == utf8.RuneError || r == '\ufffe' || r == '\uffff' || unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
		}
		if format == YAML && strings.ContainsFunc(string(data), odd) {
			return // comments before the rows are passed over, whatever they hold
		}
		if n, ok := whole(format, data, head); !ok || n != len(rows) {
			t.Errorf("%d rows; read as a whole: %d, %v", len(rows), n, ok)
		}
		p := &Plan{Rows: len(rows), o: Options{Format: format}, numbered: true, head: head.data}
		var again []byte
		for i, r := range rows {
			again = append(again, p.rowAgain(r, i == 0)...)
		}
		if format == JSON && len(rows) > 0 {
			again = append(again, ']')
		}
		if len(rows) == 0 {
			return
		}
		second, _, faults := readAll(t, format, again)
		if faults.count() > 0 || len(second) != len(rows) {
			t.Fatalf("written again: %d rows, not %d; %v\n%q", len(second), len(rows), faults.list, again)
		}
		for i, r := range second {
			if n := r.field("row"); n == nil || rows[i].field("row") == nil && n.text != number(i+1, len(rows)) {
				t.Fatalf("row %d has no number\n%q", i+1, again)
			}
			for _, want := range rows[i].fields {
				if got := r.field(want.name); got == nil || got.text != want.text || got.value != want.value && want.value == want.value {
					t.Fatalf("row %d: %+v was %+v\n%q", i+1, got, want, again)
				}
			}
		}
	})
}

func readAll(t *testing.T, format Format, data []byte) (rows []*row, head chunk, list *faults) {
	list = &faults{}
	r := newReader("rows", format, strings.NewReader(string(data)), list)
	for {
		row, err := r.next()
		if errors.Is(err, io.EOF) {
			return rows, r.head, list
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
}

// lineEnds are line ends of which we do not mind how many carriage returns they have.
var lineEnds = regexp.MustCompile(`\r+(\n|$)`)

// whole reads a file as other programs do, at once, and returns how many rows it has. head is the first line of a CSV file.
func whole(format Format, data []byte, head chunk) (rows int, ok bool) {
	text := strings.TrimPrefix(string(data), string(mark))
	switch format {
	case CSV:
		for range head.line - 1 { // before the names of the columns
			_, text, _ = strings.Cut(text, "\n")
		}
		text = lineEnds.ReplaceAllString(text, "$1")
		r := csv.NewReader(strings.NewReader(text))
		r.Comma, r.FieldsPerRecord = rune(delimiter(head.data)), -1
		for start := int64(0); ; start = r.InputOffset() {
			if _, err := r.Read(); err != nil {
				return max(rows-1, 0), errors.Is(err, io.EOF)
			}
			if strings.Trim(text[start:r.InputOffset()], string(r.Comma)+" \t\r\n") != "" {
				rows++
			}
		}
	case JSON:
		var all []map[string]any
		err := json.Unmarshal([]byte(text), &all)
		return len(all), err == nil
	case JSONL:
		d := json.NewDecoder(strings.NewReader(text))
		for d.More() {
			var one map[string]any
			if d.Decode(&one) != nil {
				return rows, false
			}
			rows++
		}
		return rows, true
	}
	l, err := yaml.NewLoader(strings.NewReader(text))
	if err != nil {
		return 0, false
	}
	var all []yaml.Node
	if err := l.Load(&all); err != nil && !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "no documents") {
		return 0, false
	}
	return len(all), true
}
