package timeline

import (
	"fmt"
	"strings"
	"time"

	"github.com/hframes/hframes/compose/scene"
)

// checkLengths says which scenes are too short for their text or their narration, and whether the film is too long.
func (p *placer) checkLengths(t *Timeline) {
	var hurried []string
	for i, d := range p.drafts {
		c := &t.Clips[i]
		late := c.Duration < p.needs(d)
		if p.fitted && d.free {
			if late || p.cutsSpeech(d, c) {
				hurried = append(hurried, d.scene.ID)
			}
			continue
		}
		p.checkSpeech(d, c)
		if !late {
			continue
		}
		p.list.Add(p.at(d.durationPos(), "timeline/too-short",
			fmt.Sprintf("the scene lasts %s, what it shows takes %s to read", seconds(c.Duration), seconds(c.Reading))).
			WithHint(shortHint(d)).Warn())
	}
	if len(hurried) > 0 {
		p.list.Add(p.at(p.metaPos("fit"), "timeline/too-short", fmt.Sprintf("fit %q leaves %s less time than needed to read or speak",
			seconds(p.doc.Meta.Fit), plural(len(hurried), "scene"))).WithHint("cut their text, or the film: " + strings.Join(hurried, ", ")).Warn())
	}
	if t.Duration > LongestFilm {
		longest := 0
		for i := range t.Clips {
			if t.Clips[i].Duration > t.Clips[longest].Duration {
				longest = i
			}
		}
		p.list.Add(p.at(p.drafts[longest].durationPos(), "timeline/too-long", fmt.Sprintf("the film lasts %s, more than four hours", seconds(t.Duration))).
			WithHint("this scene is its longest; look for a duration that was meant in another unit"))
	}
}

// needs is the time in which a scene can be read to the end; the hold is for comfort. A narrator leads the eye through
// pictures, charts and code, but does not read the words out.
func (p *placer) needs(d *draft) time.Duration {
	if d.content.sum == 0 {
		return 0
	}
	if d.rule == scene.RuleVoice {
		return Lead + d.content.text.At(p.wordsPerMinute(), ReadChars)
	}
	return Lead + d.content.sum
}

func shortHint(d *draft) string {
	switch d.rule {
	case scene.RuleRead:
		return "raise its max, or cut its text"
	case scene.RuleVoice:
		return "cut its text, say more, or write duration=read"
	}
	return "write duration=read, or cut its text"
}

// cutsSpeech reports whether narration goes on when its scene is over. The hold belongs to nobody, it may be used up.
func (p *placer) cutsSpeech(d *draft, c *Clip) bool {
	return d.speech.length > 0 && c.Speech.Start+d.speech.length > c.Duration
}

func (p *placer) checkSpeech(d *draft, c *Clip) {
	if !p.cutsSpeech(d, c) {
		return
	}
	needs := c.Speech.Start + d.speech.length
	about := ""
	if !d.speech.known {
		about = "about "
	}
	p.list.Add(p.at(d.durationPos(), "timeline/narration-cut",
		fmt.Sprintf("the scene lasts %s, its narration ends after %s%s", seconds(c.Duration), about, seconds(needs))).
		WithHint("write duration=voice, or say less").Warn())
}
