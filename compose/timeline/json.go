package timeline

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/hframes/hframes/compose/scene"
)

// Seconds writes a time as decimal seconds with at most six places, cut off and not rounded up: a frame's start must
// not move past the frame's own time, or a player that counts in frames would see the clip one frame late.
func Seconds(d time.Duration) string {
	return strconv.FormatFloat(float64(d.Microseconds())/1e6, 'f', -1, 64)
}

// decimal is a time in JSON: a number of seconds, as [Seconds] writes it.
type decimal time.Duration

func (d decimal) MarshalJSON() ([]byte, error) { return []byte(Seconds(time.Duration(d))), nil }

func decimals(in []time.Duration) []decimal {
	out := make([]decimal, len(in))
	for i, d := range in {
		out[i] = decimal(d)
	}
	return out
}

// MarshalJSON writes a timeline as `hframes timing --json` shows it: times are seconds, with the frames beside them.
func (t Timeline) MarshalJSON() ([]byte, error) {
	clips := t.Clips
	if clips == nil {
		clips = []Clip{}
	}
	return json.Marshal(struct {
		Width    int     `json:"width"`
		Height   int     `json:"height"`
		FPS      int     `json:"fps"`
		Frames   int     `json:"frames"`
		Duration decimal `json:"duration"`
		Clips    []Clip  `json:"clips"`
	}{t.Width, t.Height, t.FPS, t.Frames, decimal(t.Duration), clips})
}

// MarshalJSON writes a clip; see [Timeline.MarshalJSON].
func (c Clip) MarshalJSON() ([]byte, error) {
	type speech struct {
		Start    decimal `json:"start"`
		Duration decimal `json:"duration"`
	}
	return json.Marshal(struct {
		Scene      string     `json:"scene"`
		Index      int        `json:"index"`
		Start      decimal    `json:"start"`
		Duration   decimal    `json:"duration"`
		StartFrame int        `json:"startFrame"`
		Frames     int        `json:"frames"`
		Track      int        `json:"track"`
		Rule       scene.Rule `json:"rule"`
		Reason     string     `json:"reason"`
		Estimated  bool       `json:"estimated"`
		Reading    decimal    `json:"reading"`
		Enter      Edge       `json:"enter,omitzero"`
		Exit       Edge       `json:"exit,omitzero"`
		Speech     speech     `json:"speech,omitzero"`
		Cues       []CueTime  `json:"cues,omitempty"`
		Steps      []decimal  `json:"steps,omitempty"`
	}{c.Scene, c.Index, decimal(c.Start), decimal(c.Duration), c.StartFrame, c.Frames, c.Track, c.Rule, c.Reason, c.Estimated,
		decimal(c.Reading), c.Enter, c.Exit, speech{decimal(c.Speech.Start), decimal(c.Speech.Duration)}, c.Cues, decimals(c.Steps)})
}

// MarshalJSON writes an edge; see [Timeline.MarshalJSON].
func (e Edge) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Name     string  `json:"name"`
		From     string  `json:"from,omitempty"`
		Duration decimal `json:"duration"`
		Frames   int     `json:"frames"`
	}{e.Name, e.From, decimal(e.Duration), e.Frames})
}

// MarshalJSON writes a cue; see [Timeline.MarshalJSON].
func (c CueTime) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Index int           `json:"index"`
		Kind  scene.CueKind `json:"kind"`
		At    decimal       `json:"at"`
		Frame int           `json:"frame"`
		N     int           `json:"n,omitempty"`
		From  int           `json:"from,omitempty"`
		To    int           `json:"to,omitempty"`
		Name  string        `json:"name,omitempty"`
	}{c.Index, c.Kind, decimal(c.At), c.Frame, c.N, c.From, c.To, c.Name})
}
