package bundler

import "sync"

// A memo remembers values over builds, and forgets those that were not asked for in the last few.
type memo[K comparable, V any] struct {
	mu sync.Mutex
	m  map[K]*remembered[V]
}

type remembered[V any] struct {
	value V
	used  uint64 // number of the build
}

func (m *memo[K, V]) get(k K, build uint64) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.m[k]
	if e == nil {
		var none V
		return none, false
	}
	e.used = build
	return e.value, true
}

func (m *memo[K, V]) put(k K, v V, build uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.m == nil {
		m.m = map[K]*remembered[V]{}
	}
	m.m[k] = &remembered[V]{v, build}
}

func (m *memo[K, V]) forget(before uint64) {
	for k, e := range m.m {
		if e.used < before {
			delete(m.m, k)
		}
	}
}

// keepBuilds is how many builds a value outlives its last use: undoing an edit finds the old result still there.
const keepBuilds = 4

func (b *Bundler) forget() {
	if b.build < keepBuilds {
		return
	}
	before := b.build - keepBuilds + 1
	b.texts.forget(before)
	b.sums.forget(before)
	b.pages.forget(before)
	b.drawn.forget(before)
	b.units.forget(before)
	b.inline.forget(before)
	b.mentions.forget(before)
	for k, inc := range b.bundles {
		if inc.used < before {
			inc.ctx.Dispose()
			delete(b.bundles, k)
		}
	}
}

// A flight makes each value of one build once, also when several goroutines ask at the same time.
type flight[K comparable, V any] struct {
	mu sync.Mutex
	m  map[K]func() V
}

func (f *flight[K, V]) do(k K, make func() V) V {
	f.mu.Lock()
	once, ok := f.m[k]
	if !ok {
		if f.m == nil {
			f.m = map[K]func() V{}
		}
		once = sync.OnceValue(make)
		f.m[k] = once
	}
	f.mu.Unlock()
	return once()
}
