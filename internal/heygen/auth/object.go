package auth

import (
	"bytes"
	"encoding/json"
	"slices"
)

// An object is a JSON object whose keys keep their order and whose values keep their bytes, so that what other programs
// wrote goes back as it came.
type object []member

type member struct {
	key   string
	value json.RawMessage
	at    int // where the value starts in the file
}

// parseObject reads text, which is known to be valid JSON and an object, and lies at base in the file. Of a key that
// comes twice the last value counts, as everywhere.
func parseObject(text []byte, base int) object {
	var o object
	d := json.NewDecoder(bytes.NewReader(text))
	d.Token()
	for d.More() {
		key, err := d.Token()
		if err != nil {
			break
		}
		m := member{key: key.(string)}
		if d.Decode(&m.value) != nil {
			break
		}
		m.at = base + int(d.InputOffset()) - len(m.value)
		if old := o.get(m.key); old != nil {
			*old = m
			continue
		}
		o = append(o, m)
	}
	return o
}

// get returns the member with that key, or nil.
func (o object) get(key string) *member {
	if i := slices.IndexFunc(o, func(m member) bool { return m.key == key }); i >= 0 {
		return &o[i]
	}
	return nil
}

// set reports whether m is there and not null.
func (m *member) set() bool { return m != nil && string(m.value) != "null" }

// text returns the value if it is text, else "".
func (m *member) text() string {
	var s string
	if m == nil || json.Unmarshal(m.value, &s) != nil {
		return ""
	}
	return s
}

func (o *object) set(key string, value json.RawMessage) {
	if m := o.get(key); m != nil {
		m.value = value
		return
	}
	*o = append(*o, member{key: key, value: value})
}

// setText sets a key to text; "" removes it.
func (o *object) setText(key, value string) {
	if value == "" {
		o.remove(key)
		return
	}
	o.set(key, quote(value))
}

func (o *object) remove(key string) {
	*o = slices.DeleteFunc(*o, func(m member) bool { return m.key == key })
}

func (o object) bytes() json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(quote(m.key))
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// quote returns s as JSON.
func quote(s string) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(s)
	return bytes.TrimSpace(b.Bytes())
}
