package templates

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"html/template"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
)

// funcs are what a layout or a block may call beside html/template's own.
var funcs = template.FuncMap{
	"add":     arithmetic(func(a, b float64) float64 { return a + b }),          // add 1 2 3 → 6
	"sub":     arithmetic(func(a, b float64) float64 { return a - b }),          // sub 5 2 → 3
	"mul":     arithmetic(func(a, b float64) float64 { return a * b }),          // mul 2 1.5 → 3
	"div":     arithmetic(divide),                                               // div 3 2 → 1.5; by zero is 0
	"min":     arithmetic(func(a, b float64) float64 { return min(a, b) }),      // min 3 2 → 2
	"max":     arithmetic(func(a, b float64) float64 { return max(a, b) }),      // max 3 2 → 3
	"mod":     mod,                                                              // mod 7 4 → 3
	"u":       units,                                                            // u 24 → calc(var(--u) * 24), for style attributes
	"css":     cssValue,                                                         // one CSS value, checked; html/template drops calc(), var() and the like otherwise
	"json":    jsonText,                                                         // any value as JSON, for a data attribute
	"default": func(fallback, v any) any { return pick(truth(v), v, fallback) }, // default "x" .Set.y: y unless it is empty
	"cond":    cond,                                                             // cond .Title 2 3: 2 if there is a title, else 3
	"dict":    dict,                                                             // dict "a" 1 "b" 2, to hand several values to {{template}}
	"list":    func(v ...any) []any { return v },                                // list "a" "b", to range over
	"seq":     seq,                                                              // seq 3 → 0 1 2
	"noise":   noise,                                                            // noise 40 .Src: as many numbers from 0 to 1, a wave that is the same for the same text
	"variant": variant,                                                          // variant 4 .ID: one of 0 1 2 3, the same for the same text
	"alone": func(b []Block) bool {
		return len(b) == 1 && (b[0].Kind == "image" || b[0].Kind == "video") && b[0].Media != nil
	}, // one picture or clip and nothing else
	"checked": func(i Item) bool { return i.Checked != nil && *i.Checked }, // a task that is done
	"blocks":  joinBlocks,                                                  // blocks .Blocks: each drawn the default way
	"words":   Words,                                                       // words .Title: inline HTML with each word in a span of its own, see Words
}

func funcNames() []string { return slices.Sorted(maps.Keys(funcs)) }

func pick(yes bool, a, b any) any {
	if yes {
		return a
	}
	return b
}

// cond returns one of two values. Whole numbers become float64, which is what every helper takes.
func cond(v, yes, no any) any {
	out := pick(truth(v), yes, no)
	if n, ok := out.(int); ok {
		return float64(n)
	}
	return out
}

func truth(v any) bool {
	yes, ok := template.IsTrue(v)
	return yes && ok
}

// arithmetic makes a function of two or more numbers of any kind.
func arithmetic(f func(a, b float64) float64) func(first any, rest ...any) (float64, error) {
	return func(first any, rest ...any) (float64, error) {
		sum, err := toFloat(first)
		for _, v := range rest {
			next, e := toFloat(v)
			if err == nil {
				err = e
			}
			sum = f(sum, next)
		}
		return math.Round(sum*1e6) / 1e6, err
	}
}

func mod(a, b any) (int, error) {
	x, err := toFloat(a)
	y, e := toFloat(b)
	if err != nil || e != nil || int(y) == 0 {
		return 0, errors.Join(err, e)
	}
	return int(x) % int(y), nil
}

func divide(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

func toFloat(v any) (float64, error) {
	switch v := v.(type) {
	case float64:
		return v, nil
	case int:
		return float64(v), nil
	case string:
		if f, err := strconv.ParseFloat(v, 64); err == nil {
			return f, nil
		}
	}
	return 0, fmt.Errorf("not a number: %q", fmt.Sprint(v))
}

func units(v any) (template.CSS, error) {
	f, err := toFloat(v)
	return template.CSS("calc(var(--u) * " + strconv.FormatFloat(f, 'f', -1, 64) + ")"), err
}

// unsafeCSS is what would leave a declaration, or load something.
var unsafeCSS = regexp.MustCompile(`[;{}<>\\@!]|/\*|(?i)url\(|image\(|image-set\(|expression\(`)

func cssValue(v any) (template.CSS, error) {
	s := fmt.Sprint(v)
	if bad := unsafeCSS.FindString(s); bad != "" {
		return "", fmt.Errorf("%q cannot stand in a CSS value: %q", bad, s)
	}
	return template.CSS(s), nil
}

func jsonText(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

func dict(pairs ...any) (map[string]any, error) {
	out := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		key, ok := pairs[i].(string)
		if !ok || i+1 == len(pairs) {
			return nil, fmt.Errorf("dict takes a name and a value in turn")
		}
		out[key] = pairs[i+1]
	}
	return out, nil
}

func seq(v any) ([]int, error) {
	f, err := toFloat(v)
	out := make([]int, max(0, min(int(f), 1000)))
	for i := range out {
		out[i] = i
	}
	return out, err
}

// noise returns n numbers from 0 to 1 that rise and fall as the loudness of speech does.
func noise(n any, seed string) ([]float64, error) {
	count, err := toFloat(n)
	hash := fnv.New32a()
	hash.Write([]byte(seed))
	state := hash.Sum32() | 1
	out := make([]float64, max(0, min(int(count), 400)))
	for i := range out {
		state ^= state << 13
		state ^= state >> 17
		state ^= state << 5
		x := float64(i) / float64(max(len(out)-1, 1))
		swell := math.Sin(math.Pi*x) * (0.62 + 0.38*math.Sin(x*19+float64(state%7)/7))
		out[i] = math.Round((0.18+0.82*swell)*(0.35+0.65*float64(state%1000)/1000)*1000) / 1000
	}
	return out, err
}

// variant returns a whole number from 0 to n-1. A scene that chooses by its id looks the same wherever it stands, so that
// a scene put in before it changes nothing.
func variant(n any, text string) (int, error) {
	count, err := toFloat(n)
	if err != nil || count < 1 {
		return 0, err
	}
	hash := fnv.New32a()
	hash.Write([]byte(text))
	return int(hash.Sum32() % uint32(count)), nil
}

func joinBlocks(blocks []Block) template.HTML {
	var out template.HTML
	for _, b := range blocks {
		out += b.HTML + "\n"
	}
	return out
}
