package heygentest

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"slices"
	"testing"

	"github.com/hframes/hframes/internal/media"
)

func TestWholeWay(t *testing.T) {
	u := newUser(t, Options{QueuePolls: 1, RenderPolls: 2})
	if me := u.call("GET", "/v3/users/me", nil); me["username"] != "user1" || me["billing_type"] != "wallet" {
		t.Errorf("users/me: %v", me)
	}
	if key := u.call("GET", "/v3/api_keys/self", nil); key["status"] != "active" {
		t.Errorf("api_keys/self: %v", key)
	}
	asset := u.film()
	if a := u.call("GET", "/v3/assets/"+asset, nil); a["name"] != "film.zip" || a["owner"] != "user1" {
		t.Errorf("asset: %v", a)
	}
	id := u.render(asset, object{"title": "First", "fps": 25, "variables": object{"name": "A"}, "callback_id": "c1"})
	var statuses []string
	var detail object
	for range 4 {
		detail = u.call("GET", "/v3/hyperframes/renders/"+id, nil)
		statuses = append(statuses, fmt.Sprint(detail["status"]))
	}
	if want := []string{"queued", "rendering", "rendering", "completed"}; !slices.Equal(statuses, want) {
		t.Errorf("statuses %v, want %v", statuses, want)
	}
	status, video := u.get(detail["video_url"])
	info, err := media.Probe(bytes.NewReader(video), int64(len(video)), "film.mp4")
	if status != http.StatusOK || err != nil || info.Width != 1920 || info.Height != 1080 || math.Abs(info.Duration.Seconds()-0.5) > 0.05 {
		t.Errorf("video: %d %+v %v", status, info, err)
	}
	state := u.fake.State()
	if r := state.Renders[0]; r.VideoSHA256 != sum(video) || r.Request.Variables["name"] != "A" || r.ZipSHA256 != state.Assets[0].SHA256 {
		t.Errorf("state: %+v", state)
	}
	u.call("DELETE", "/v3/hyperframes/renders/"+id, nil)
	u.refused(404, "not_found", "", "GET", "/v3/hyperframes/renders/"+id, nil)
	u.call("DELETE", "/v3/assets/"+asset, nil)
	u.refused(404, "asset_not_found", "", "GET", "/v3/assets/"+asset, nil)
}
