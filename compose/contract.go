package compose

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html"
	"math"
	"strconv"
	"strings"
	"text/template"
	"time"
)

// The pages that compose writes. They are text/template: every value passes through attr or json, because the readers
// of a composition are stricter than a browser (contract §7.3: plain quoted attributes, no ">" or quotes in values).
var (
	//go:embed index.html
	indexHTML string
	//go:embed scene.html
	sceneHTML string
	//go:embed clock.js
	clockJS []byte

	pageFuncs = template.FuncMap{"attr": attr, "json": jsonText}
	indexPage = template.Must(template.New("index.html").Funcs(pageFuncs).Parse(indexHTML))
	scenePage = template.Must(template.New("scene.html").Funcs(pageFuncs).Parse(sceneHTML))
)

// indexView is what index.html is written from. Times are in seconds, as [seconds] writes them.
type indexView struct {
	Lang, Title   string
	Width, Height int
	FPS           int
	Duration      string
	CSS           string
	Variables     []declaration
	Hosts         []host
	Audio         []audioClip
	Alone         bool // each scene depends on itself and its own time only, which render builds on
}

// host is the element that mounts one scene file (contract §3).
type host struct {
	ID, Start, Duration, Label string
	Track                      int
	Values                     map[string]any
}

// audioClip is an audio element of the root.
type audioClip struct {
	ID, Src, Start, Duration, Volume string
	FadeIn, FadeOut                  string
	Lanes                            *lanes // how its volume changes, nil = not at all
	Track                            int
}

// sceneView is what a scene file is written from.
type sceneView struct {
	ID            string
	Width, Height int
	Duration      string
	Class, Style  string
	CSS, HTML     string
	Media         string // sounds, outside the stage
	Variables     []declaration
	Times         sceneTimes
	Motion        string // name of the layout whose motion.js plays, "" = none
}

// sceneTimes is what clock.js and a motion.js get of a scene: seconds, px, frames a second.
type sceneTimes struct {
	ID       string   `json:"id"`
	Start    *float64 `json:"start,omitempty"` // for a motion.js only: a scene's page is the same wherever it stands
	Duration float64  `json:"duration"`
	FPS      int      `json:"fps"`
	Width    int      `json:"width"`
	Height   int      `json:"height"`
	Enter    float64  `json:"enter"`
	Exit     float64  `json:"exit"`
}

// declaration is one entry of data-composition-variables (contract §9).
type declaration struct {
	ID          string   `json:"id"`
	Type        string   `json:"type"`
	Label       string   `json:"label"`
	Description string   `json:"description,omitempty"`
	Default     any      `json:"default"`
	Options     []option `json:"options,omitempty"`
	Min         *float64 `json:"min,omitempty"`
	Max         *float64 `json:"max,omitempty"`
}

type option struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

func write(page *template.Template, view any) []byte {
	var b bytes.Buffer
	if err := page.Execute(&b, view); err != nil {
		panic(err) // the page and its view are both ours: a fault here is a bug, not input
	}
	return b.Bytes()
}

// attr escapes s for an attribute in double quotes or for text.
func attr(s string) string { return html.EscapeString(s) }

// jsonText writes v as JSON that may stand in a script and in an attribute in single quotes: the double quotes that
// readers look for stay, and "<", ">", "&" and "'" become escapes of JSON's own.
func jsonText(v any) (string, error) {
	b, err := json.Marshal(v) // escapes <, > and &
	return strings.ReplaceAll(string(b), "'", `\u0027`), err
}

// tick is the resolution of times in the composition: 1 µs (contract §22.5).
const tick = 1e6

// window returns start and duration in seconds for a clip from start to end. Both are cut, never rounded up, to a
// microsecond: HyperFrames shows a clip while start ≤ t < start+duration (contract §4), so that a start rounded up
// would lose the clip's first frame, and an end rounded up would show it one frame too long.
func window(start, end time.Duration) (from, length float64) {
	first, last := start.Microseconds(), end.Microseconds()
	from, length = float64(first)/tick, float64(last-first)/tick
	if from+length > float64(last)/tick { // the sum is the browser's, and may be one bit too much
		length = float64(last-first-1) / tick
	}
	return from, length
}

// seconds formats a time as a plain decimal with at most six places.
func seconds(s float64) string {
	return strconv.FormatFloat(math.Round(s*tick)/tick, 'f', -1, 64)
}
