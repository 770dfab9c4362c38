package heygentest

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

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

func TestVideos(t *testing.T) {
	page := func(seconds, more string) string {
		return `<div data-composition-id="main" data-width="1080" data-height="1920" data-duration="` + seconds + `">` + more + `</div>`
	}
	for _, c := range []struct {
		name, page    string
		options       object
		width, height int
		seconds       float64
		audio         bool
	}{
		{"landscape", page("2.5", ""), nil, 1920, 1080, 2.5, false},
		{"portrait with sound", page("3", `<audio src="a.mp3"></audio>`), object{"aspect_ratio": "9:16", "fps": 60}, 1080, 1920, 3, true},
		{"square at 24", page("1.5", `<video data-has-audio="true"></video>`), object{"aspect_ratio": "1:1", "fps": 24}, 1080, 1080, 1.5, true},
		{"4k", page("1", ""), object{"resolution": "4k"}, 3840, 2160, 1, false},
		{"webm", page("1.2", ""), object{"format": "webm"}, 1920, 1080, 1.2, false},
		{"mov", page("0.4", ""), object{"format": "mov"}, 1920, 1080, 0.4, false},
		{"no duration", `<div data-composition-id="main"><p data-start="1" data-duration="0.5"></p></div>`, nil, 1920, 1080, 1.5, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := newUser(t, Options{})
			id := u.render(u.upload(archive(t, "index.html", c.page)), c.options)
			d := u.call("GET", "/v3/hyperframes/renders/"+id, nil)
			if d["status"] != "completed" || math.Abs(d["duration"].(float64)-c.seconds) > 0.05 {
				t.Fatalf("render: %v", d)
			}
			status, video := u.get(d["video_url"])
			info, err := media.Probe(bytes.NewReader(video), int64(len(video)), "film."+fmt.Sprint(d["format"]))
			if status != http.StatusOK || err != nil || info.Width != c.width || info.Height != c.height ||
				math.Abs(info.Duration.Seconds()-c.seconds) > 0.06 || math.Abs(info.FPS-d["fps"].(float64)) > 0.5 || info.HasAudio != c.audio {
				t.Errorf("video: %d, %d bytes, %+v %v", status, len(video), info, err)
			}
			if len(video) > 2<<20 {
				t.Errorf("the video has %d bytes", len(video))
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	u := newUser(t, Options{Accounts: []Account{{Key: DefaultKey, Balance: 1}, {Key: "sk_other", Balance: 1}, {Key: "sk_poor"},
		{Key: "sk_reader", Scopes: []string{"hyperframes:read"}, Balance: 1}}})
	asset := u.film()
	ask := func(more object) object {
		body := object{"project": object{"type": "asset_id", "asset_id": asset}}
		for k, v := range more {
			body[k] = v
		}
		return body
	}
	const renders = "/v3/hyperframes/renders"
	for _, c := range []struct {
		param string
		body  any
	}{
		{"project", object{}},
		{"colour", ask(object{"colour": "red"})},
		{"fps", ask(object{"fps": 0})},
		{"fps", ask(object{"fps": 241})},
		{"fps", ask(object{"fps": 29.97})},
		{"fps", ask(object{"fps": "30"})},
		{"quality", ask(object{"quality": "best"})},
		{"quality", ask(object{"quality": nil})},
		{"format", ask(object{"format": "gif"})},
		{"variables", ask(object{"variables": []int{1}})},
		{"title", ask(object{"title": fmt.Sprintf("%0501d", 1)})},
		{"resolution", ask(object{"resolution": "4k", "format": "webm"})},
		{"composition", ask(object{"composition": "other.html"})},
		{"callback_url", ask(object{"callback_url": "http://example.com/hook"})},
		{"project.asset", object{"project": object{"type": "asset_id", "asset_id": asset, "asset": 1}}},
		{"project.asset_id", object{"project": object{"type": "asset_id"}}},
		{"project.media_type", object{"project": object{"type": "base64", "media_type": "text/html", "data": ""}}},
		{"project.data", object{"project": object{"type": "base64", "media_type": "application/zip", "data": "%"}}},
		{"project", ask(object{"project": object{"type": "asset_id", "asset_id": u.upload([]byte("no zip"))}})},
		{"project", ask(object{"project": object{"type": "asset_id", "asset_id": u.upload(archive(t, "film/index.html", smallPage))}})},
	} {
		u.refused(400, "invalid_parameter", c.param, "POST", renders, c.body)
	}
	u.refused(400, "invalid_parameter", "", "POST", renders, "text")
	u.refused(400, "invalid_parameter", "", "POST", renders, ask(nil), "Content-Type", "text/plain")
	u.refused(400, "invalid_parameter", "limit", "GET", renders+"?limit=0", nil)
	u.refused(400, "invalid_parameter", "limit", "GET", renders+"?limit=101", nil)
	u.refused(400, "invalid_parameter", "limit", "GET", renders+"?limit=many", nil)
	u.refused(400, "invalid_parameter", "token", "GET", renders+"?token=none", nil)
	u.refused(400, "invalid_parameter", "page", "GET", renders+"?page=2", nil)
	u.refused(400, "invalid_parameter", "Idempotency-Key", "POST", renders, ask(nil), "Idempotency-Key", "a b")
	u.refused(400, "download_failed", "project", "POST", renders, object{"project": object{"type": "url", "url": "https://example.com/film.zip"}})
	pending := u.start([]byte("film"))["asset_id"]
	u.refused(409, "asset_not_available", "project", "POST", renders, object{"project": object{"type": "asset_id", "asset_id": pending}})
	u.refused(404, "asset_not_found", "", "GET", fmt.Sprint("/v3/assets/", pending), nil)
	u.refused(404, "not_found", "", "GET", renders+"/nobodys", nil)
	u.refused(404, "not_found", "", "GET", "/v3/nothing", nil)
	id := u.render(asset, nil)

	other := &user{t, u.fake, "sk_other"}
	other.refused(404, "asset_not_found", "project", "POST", renders, ask(nil))
	other.refused(404, "not_found", "", "GET", renders+"/"+id, nil)
	other.refused(404, "asset_not_found", "", "DELETE", "/v3/assets/"+asset, nil)
	(&user{t, u.fake, "sk_wrong"}).refused(401, "unauthorized", "", "GET", "/v3/users/me", nil)
	(&user{t, u.fake, ""}).refused(401, "unauthorized", "", "GET", "/v3/users/me", nil)
	reader := &user{t, u.fake, "sk_reader"}
	reader.refused(403, "insufficient_api_key_scope", "", "POST", renders, ask(nil))
	reader.refused(403, "insufficient_api_key_scope", "", "GET", "/v3/users/me", nil)
	reader.call("GET", renders, nil)
	if key := reader.call("GET", "/v3/api_keys/self", nil); key["scope_mode"] != "custom" {
		t.Errorf("a key with scopes: %v", key)
	}
	poor := &user{t, u.fake, "sk_poor"}
	poor.refused(402, "insufficient_credit", "", "POST", renders, object{"project": object{"type": "asset_id", "asset_id": poor.film()}})
}

func TestProjects(t *testing.T) {
	u := newUser(t, Options{})
	zip := archive(t, "index.html", smallPage, "more/page.html", smallPage)
	asset := u.upload(zip)
	u.render(asset, object{"composition": "more/page.html"})
	url := u.call("GET", "/v3/assets/"+asset, nil)["url"]
	if status, data := u.get(url); status != http.StatusOK || !bytes.Equal(data, zip) {
		t.Errorf("the asset's URL: %d, %d bytes", status, len(data))
	}
	for _, project := range []object{{"type": "url", "url": url}, {"type": "base64", "media_type": "application/zip", "data": zip}} {
		u.call("POST", "/v3/hyperframes/renders", object{"project": project})
	}
	for _, r := range u.fake.State().Renders {
		if r.ZipSHA256 != sum(zip) {
			t.Errorf("render of %s, want %s", r.ZipSHA256, sum(zip))
		}
	}
}

func TestPages(t *testing.T) {
	u := newUser(t, Options{})
	asset := u.film()
	var want []string
	for i := range 25 {
		id := u.render(asset, nil)
		if i == 7 {
			u.call("DELETE", "/v3/hyperframes/renders/"+id, nil)
			continue
		}
		want = append([]string{id}, want...)
	}
	for _, limit := range []int{0, 1, 5, 12, 24, 100} {
		var got []string
		query, pages := "?", 0
		if limit > 0 {
			query = fmt.Sprintf("?limit=%d&", limit)
		}
		for token := ""; ; pages++ {
			_, out, _ := u.try("GET", "/v3/hyperframes/renders"+query+token, nil)
			for _, item := range out["data"].([]any) {
				got = append(got, fmt.Sprint(item.(object)["render_id"]))
			}
			if out["has_more"] != true {
				if out["next_token"] != nil {
					t.Errorf("the last page has a token: %v", out["next_token"])
				}
				break
			}
			token = fmt.Sprint("token=", out["next_token"])
		}
		if !slices.Equal(got, want) {
			t.Errorf("limit %d: %v, want %v", limit, got, want)
		}
		if size := max(limit, 1); limit > 0 && pages != (len(want)-1)/size {
			t.Errorf("limit %d: %d pages", limit, pages+1)
		}
	}
}

// TestManyRenders holds 10,000 renders of one asset, waiting and done, to memory that a test has.
func TestManyRenders(t *testing.T) {
	u := newUser(t, Options{Queue: time.Hour})
	body := []byte(`{"project":{"type":"asset_id","asset_id":"` + u.film() + `"},"variables":{"name":"Somebody","n":1}}`)
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc + m.StackInuse)
	}
	before := heap()
	for i := range 10_000 {
		r := httptest.NewRequest("POST", "/v3/hyperframes/renders", bytes.NewReader(body))
		r.Header.Set("X-Api-Key", DefaultKey)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", fmt.Sprint("row-", i))
		w := httptest.NewRecorder()
		if u.fake.ServeHTTP(w, r); w.Code != http.StatusAccepted {
			t.Fatalf("render %d: %d %s", i, w.Code, w.Body)
		}
	}
	for _, r := range u.fake.State().Renders {
		if <-u.fake.renders[r.ID].ready; !u.fake.End(r.ID, "completed", "") {
			t.Fatalf("render %s did not end", r.ID)
		}
	}
	if used := heap() - before; used > 40<<20 {
		t.Errorf("10,000 renders take %d MiB", used>>20)
	}
	files, err := os.ReadDir(u.fake.dir)
	if err != nil || len(files) != 1 {
		t.Errorf("%d files, %v", len(files), err)
	}
	dir := u.fake.dir
	u.fake.Close()
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("after Close: %v", err)
	}
}

func FuzzReadPage(f *testing.F) {
	f.Add([]byte(smallPage))
	f.Add([]byte(`<div data-composition-id data-duration="1e309"><audio data-start="-1" data-duration="NaN">`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p := readPage(data); !(p.seconds > 0 && p.seconds <= 3600) {
			t.Errorf("%g s", p.seconds)
		}
	})
}

// A page of elsewhere that somebody looks at can change nothing here.
func TestForeignPages(t *testing.T) {
	s := Start(t, Options{})
	for _, c := range []struct {
		host, origin string
		want         int
	}{
		{"", "", 200},
		{"localhost:1234", "", 200},
		{"[::1]:80", "http://localhost:3000", 200},
		{"evil.example.org", "", 403},
		{"127.0.0.1.example.org", "", 403},
		{"", "https://evil.example.org", 403},
		{"", "null", 403},
	} {
		r, err := http.NewRequest("POST", s.URL+"/_fake/reset", nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Host = c.host; c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if a.Body.Close(); a.StatusCode != c.want {
			t.Errorf("%+v: %d", c, a.StatusCode)
		}
	}
}
