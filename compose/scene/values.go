package scene

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A badValue says what is wrong with a value; the caller knows where it stands.
type badValue struct{ msg, hint string }

const (
	durationHint = "write seconds or minutes with their unit, such as 6s, 400ms or 1m10s"
	maxDuration  = 24 * time.Hour
)

// units of durations, each of which may stand once, longest first.
var units = []struct {
	name string
	size time.Duration
}{{"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond}}

// parseDuration reads 6s, 1.5s, 400ms, 1m10s or 1h. Frames (90f) are counted at fps.
func parseDuration(s string, fps int) (time.Duration, *badValue) {
	if n, bad := parseFrames(s); n > 0 || bad != nil {
		if fps < 1 {
			fps = 30
		}
		return time.Duration(math.Round(float64(n) * float64(time.Second) / float64(fps))), bad
	}
	bad := &badValue{fmt.Sprintf("%q is no duration", s), durationHint}
	if s == "" {
		return 0, bad
	}
	if isNumber(s) {
		hint := fmt.Sprintf("write %ss for seconds", s)
		if v, _ := strconv.ParseFloat(s, 64); v >= 100 {
			hint = fmt.Sprintf("write %sms for milliseconds, or %ss for seconds", s, s)
		} else if isDigits(s) {
			hint += fmt.Sprintf(", or %sf for frames", s)
		}
		return 0, &badValue{fmt.Sprintf("%q has no unit", s), hint}
	}
	var sum float64
	next := 0
	for rest := s; rest != ""; {
		end := 0
		for end < len(rest) && (isDigit(rest[end]) || rest[end] == '.') {
			end++
		}
		n, err := strconv.ParseFloat(rest[:end], 64)
		if err != nil {
			return 0, bad
		}
		rest = rest[end:]
		end = 0
		for end < len(rest) && isLetter(rest[end]) {
			end++
		}
		unit := unitIndex(rest[:end])
		if unit < next {
			return 0, bad
		}
		sum += n * float64(units[unit].size)
		next, rest = unit+1, rest[end:]
	}
	if sum > float64(maxDuration) {
		return 0, &badValue{fmt.Sprintf("%q is too long", s), "a film lasts at most 24h"}
	}
	return time.Duration(math.Round(sum)), nil
}

func unitIndex(name string) int {
	for i, u := range units {
		if u.name == name {
			return i
		}
	}
	return -1
}

// parseFrames reads 90f. It returns 0 for anything that is no number of frames.
func parseFrames(s string) (int, *badValue) {
	digits, ok := strings.CutSuffix(s, "f")
	if !ok || !isDigits(digits) {
		return 0, nil
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n > 1e7 {
		return 0, &badValue{fmt.Sprintf("%q is too long", s), "a film lasts at most 24h"}
	}
	if n == 0 {
		return 0, &badValue{fmt.Sprintf("%q is no time at all", s), durationHint}
	}
	return n, nil
}

func isDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// isNumber reports whether s is a plain decimal number.
func isNumber(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return err == nil && strings.Trim(s, "+-.0123456789") == ""
}

// parseSceneDuration reads `duration=` of a scene into d: a time, frames, or the rule that finds the time.
func parseSceneDuration(s string, d *Duration) *badValue {
	word, rest, _ := strings.Cut(strings.TrimSpace(s), " ")
	switch word {
	case "auto":
		d.Rule = RuleAuto
	case "read", "media", "voice":
		d.Rule = Rule(word)
	case "beats":
		n, err := strconv.Atoi(strings.TrimSpace(rest))
		if err != nil || n < 1 || n > 10000 {
			return &badValue{fmt.Sprintf("%q is no number of beats", s), `write "beats 8"`}
		}
		d.Rule, d.Beats = RuleBeats, n
		return nil
	default:
		return parseFixed(strings.TrimSpace(s), d)
	}
	if rest != "" {
		return &badValue{fmt.Sprintf("%q is no duration", s), fmt.Sprintf("%q stands alone", word)}
	}
	return nil
}

func parseFixed(s string, d *Duration) *badValue {
	n, bad := parseFrames(s)
	if bad != nil {
		return bad
	}
	if n > 0 {
		d.Rule, d.Frames = RuleFixed, n
		return nil
	}
	v, bad := parseDuration(s, 0)
	switch {
	case bad != nil && bad.hint == durationHint:
		bad.hint = "write a time such as 6s, 1m10s or 90f, or one of read, media, voice, auto, beats 8"
		return bad
	case bad != nil:
		return bad
	case v == 0:
		return &badValue{fmt.Sprintf("%q is no time at all", s), "a scene lasts longer than 0s"}
	}
	d.Rule, d.Value = RuleFixed, v
	return nil
}

// parseTransition reads "wipe", "wipe left" or "wipe left 0.6s".
func parseTransition(s string, fps int) (Transition, *badValue) {
	const hint = `write a name, then where it comes from and how long it takes, if you like: "wipe left 0.6s"`
	words := strings.Fields(s)
	var t Transition
	if len(words) == 0 || len(words) > 3 || nameEnd([]byte(words[0]), 0) != len(words[0]) {
		return t, &badValue{fmt.Sprintf("%q is no transition", s), hint}
	}
	t.Name = words[0]
	timed := false
	for _, w := range words[1:] {
		if isDigit(w[0]) || w[0] == '.' {
			if timed {
				return t, &badValue{fmt.Sprintf("%q has two durations", s), hint}
			}
			d, bad := parseDuration(w, fps)
			if bad != nil {
				return t, bad
			}
			if d == 0 && t.Name != "cut" {
				return t, &badValue{fmt.Sprintf("%q takes no time at all", s), cutHint}
			}
			t.Duration, timed = d, true
			continue
		}
		if t.From != "" || nameEnd([]byte(w), 0) != len(w) {
			return t, &badValue{fmt.Sprintf("%q is no transition", s), hint}
		}
		t.From = w
	}
	return t, nil
}

// sizes by name, in px.
var sizes = []Size{{"landscape", 1920, 1080}, {"portrait", 1080, 1920}, {"square", 1080, 1080}}

// parseSize reads a name or WxH.
func parseSize(s string) (Size, *badValue) {
	for _, size := range sizes {
		if size.Name == s {
			return size, nil
		}
	}
	bad := &badValue{fmt.Sprintf("%q is no size", s), "write landscape, portrait, square, or width and height in px such as 1280x720"}
	w, h, ok := strings.Cut(strings.ReplaceAll(s, "×", "x"), "x")
	if !ok || !isDigits(w) || !isDigits(h) || len(w) > 5 || len(h) > 5 {
		return Size{}, bad
	}
	size := Size{}
	size.Width, _ = strconv.Atoi(w)
	size.Height, _ = strconv.Atoi(h)
	size.Name = fmt.Sprintf("%dx%d", size.Width, size.Height)
	switch {
	case size.Width < 16 || size.Height < 16 || size.Width > 8192 || size.Height > 8192:
		return Size{}, &badValue{fmt.Sprintf("%q is out of range", s), "width and height lie between 16 and 8192 px"}
	case size.Width%2 != 0 || size.Height%2 != 0:
		return Size{}, &badValue{fmt.Sprintf("%q is odd", s), "video needs an even number of px in both directions"}
	}
	return size, nil
}

// parseSteps reads the highlight steps of a code block, without the braces: "2|4-6,9|all".
func parseSteps(s string) ([]Step, *badValue) {
	var steps []Step
	for _, part := range strings.Split(s, "|") {
		var step Step
		for _, r := range strings.Split(part, ",") {
			r = strings.TrimSpace(r)
			if r == "all" || r == "*" {
				step.All = true
				continue
			}
			lines, bad := parseRange(r)
			if bad != nil {
				return nil, bad
			}
			step.Ranges = append(step.Ranges, lines)
		}
		if step.All {
			step.Ranges = nil
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// parseRange reads "4" or "4-6".
func parseRange(s string) ([2]int, *badValue) {
	const hint = "write line numbers and ranges, with | between the steps: {2|4-6|all}"
	from, to, ranged := strings.Cut(s, "-")
	if !ranged {
		to = from
	}
	from, to = strings.TrimSpace(from), strings.TrimSpace(to)
	if !isDigits(from) || !isDigits(to) || len(from) > 6 || len(to) > 6 {
		return [2]int{}, &badValue{fmt.Sprintf("%q is no line", s), hint}
	}
	a, _ := strconv.Atoi(from)
	b, _ := strconv.Atoi(to)
	if a < 1 {
		return [2]int{}, &badValue{fmt.Sprintf("%q is no line", s), "lines are counted from 1"}
	}
	if b < a {
		return [2]int{}, &badValue{fmt.Sprintf("%q runs backwards", s), fmt.Sprintf("write %d-%d", b, a)}
	}
	return [2]int{a, b}, nil
}
