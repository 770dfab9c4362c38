package preview

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"rsc.io/qr"
)

var update = flag.Bool("update", false, "rewrite the expected output in testdata")

func TestQR(t *testing.T) {
	for name, color := range map[string]bool{"testdata/qr.txt": false, "testdata/qr-color.txt": true} {
		var got bytes.Buffer
		if err := QR(&got, "http://192.168.1.5:4400/?token=AAAAAAAAAAAAAAAAAAAAAA", color); err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(name, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s:\n%s", name, got.String())
		}
	}
}

// TestQRDecode reads the printed blocks back: in the middle of a light border stands the code.
func TestQRDecode(t *testing.T) {
	for _, url := range []string{"http://10.0.0.1:1/", "http://192.168.178.123:44000/?token=AAAAAAAAAAAAAAAAAAAAAA", "http://x/" + strings.Repeat("y", 400)} {
		for _, color := range []bool{false, true} {
			want, err := qr.Encode(url, qr.L)
			if err != nil {
				t.Fatal(err)
			}
			var printed bytes.Buffer
			if err := QR(&printed, url, color); err != nil {
				t.Fatal(err)
			}
			side := want.Size + 2*margin
			rows := modules(t, printed.String(), color)
			if len(rows) != side+1 { // an even number
				t.Fatalf("%d rows of modules, want %d", len(rows), side+1)
			}
			for y, row := range rows {
				if len(row) != side {
					t.Fatalf("%d modules in a row, want %d", len(row), side)
				}
				for x, dark := range row {
					if dark != want.Black(x-margin, y-margin) {
						t.Fatalf("module %d,%d of %s: dark %v", x, y, url, dark)
					}
				}
			}
		}
	}
	if err := QR(&bytes.Buffer{}, strings.Repeat("y", 4000), false); err == nil {
		t.Error("no code holds 4000 bytes")
	}
}

// modules returns which modules are dark in what QR printed, as it looks on a dark terminal.
func modules(t *testing.T, printed string, color bool) [][]bool {
	t.Helper()
	var rows [][]bool
	for line := range strings.Lines(printed) {
		if line = strings.TrimSuffix(line, "\n"); color {
			var before, after bool
			line, before = strings.CutPrefix(line, "\x1b[38;5;231;48;5;16m")
			line, after = strings.CutSuffix(line, "\x1b[0m")
			if !before || !after {
				t.Fatalf("a line without its colours: %q", line)
			}
		}
		var upper, lower []bool
		for _, c := range line {
			switch c {
			case '█':
				upper, lower = append(upper, false), append(lower, false)
			case '▀':
				upper, lower = append(upper, false), append(lower, true)
			case '▄':
				upper, lower = append(upper, true), append(lower, false)
			case ' ':
				upper, lower = append(upper, true), append(lower, true)
			default:
				t.Fatalf("%q is no block", c)
			}
		}
		rows = append(rows, upper, lower)
	}
	return rows
}
