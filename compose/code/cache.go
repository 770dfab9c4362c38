package code

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"sync"
)

// A Cache keeps what was found out about a text, by a key that changes with the text, the language and the version of
// this package. Tokens take milliseconds, their classes a few hundred bytes. A Cache may forget and may be shared; what
// it returns is checked before it is believed.
type Cache interface {
	Get(key string) ([]byte, bool)
	Put(key string, data []byte)
}

// Memory returns a Cache that remembers in memory what it saw last and asks next (nil = nobody) for the rest. It is safe
// for concurrent use if next is.
func Memory(next Cache) Cache { return &memory{next: next, seen: map[string][]byte{}} }

// generation is how many texts a memory takes in before it forgets those that were not asked for since it last did. One
// is a code block of a deck, in one of its versions.
const generation = 500

type memory struct {
	next Cache
	mu   sync.Mutex        // guards what follows
	seen map[string][]byte // in this generation
	last map[string][]byte // in the one before
}

// Get returns the data kept under key.
func (m *memory) Get(key string) ([]byte, bool) {
	m.mu.Lock()
	data, ok := m.seen[key]
	if !ok {
		if data, ok = m.last[key]; ok {
			m.keep(key, data)
		}
	}
	m.mu.Unlock()
	if ok || m.next == nil {
		return data, ok
	}
	if data, ok = m.next.Get(key); ok {
		m.mu.Lock()
		m.keep(key, data)
		m.mu.Unlock()
	}
	return data, ok
}

// Put keeps data under key, here and in the next cache.
func (m *memory) Put(key string, data []byte) {
	m.mu.Lock()
	m.keep(key, data)
	m.mu.Unlock()
	if m.next != nil {
		m.next.Put(key, data)
	}
}

// keep is called with mu held.
func (m *memory) keep(key string, data []byte) {
	if len(m.seen) >= generation {
		m.seen, m.last = map[string][]byte{}, m.seen
	}
	m.seen[key] = data
}

// version is part of every cache key: it changes when classOf or the lexers do.
const version = "code/1 chroma v2.27.0"

func (g grammar) key(text string) string {
	diff := ""
	if g.diff {
		diff = "diff"
	}
	sum := sha256.Sum256([]byte(version + "\x00" + g.name + "\x00" + diff + "\x00" + text))
	return "code-" + hex.EncodeToString(sum[:])
}

// load returns the runs kept for text. Plain text is not worth a key.
func (g grammar) load(text string, c Cache) ([]run, bool) {
	if g.lexer == nil || c == nil {
		return nil, false
	}
	data, ok := c.Get(g.key(text))
	if !ok {
		return nil, false
	}
	return decode(data, len(text))
}

func (g grammar) save(text string, runs []run, c Cache) {
	if g.lexer == nil || c == nil {
		return
	}
	c.Put(g.key(text), encode(runs))
}

// encode writes runs as their class and size: "k4-1f5p1"; "-" is no class.
func encode(runs []run) []byte {
	var b []byte
	for _, r := range runs {
		c := r.class
		if c == 0 {
			c = '-'
		}
		b = strconv.AppendInt(append(b, c), int64(r.size), 10)
	}
	return b
}

// decode reads what encode wrote, and refuses anything whose sizes do not add up to size.
func decode(data []byte, size int) ([]run, bool) {
	var runs []run
	for len(data) > 0 {
		r := run{class: data[0]}
		switch {
		case r.class == '-':
			r.class = 0
		case r.class < 'a' || r.class > 'z':
			return nil, false
		}
		i := 1
		for ; i < len(data) && data[i] >= '0' && data[i] <= '9' && r.size <= size; i++ {
			r.size = r.size*10 + int(data[i]-'0')
		}
		if r.size == 0 || r.size > size {
			return nil, false
		}
		size -= r.size
		runs = append(runs, r)
		data = data[i:]
	}
	return runs, size == 0
}
