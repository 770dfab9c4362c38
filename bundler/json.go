package bundler

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// json takes the white space out of a data island. Numbers and the order of keys stay as they are.
func (r *run) json(m *mount, f *ref) string {
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(f.value)); err != nil {
		at := 0
		if syntax, ok := err.(*json.SyntaxError); ok {
			at = max(int(syntax.Offset)-1, 0)
		}
		m.list.Add(m.at(*f, at, at+1, "bundler/json", fmt.Sprintf("this data is not JSON: %v", err)).Warn())
		return f.value
	}
	if r.o.NoMinify {
		return f.value
	}
	return b.String()
}
