package hframes_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hframes/hframes/internal/heygen"
	"github.com/hframes/hframes/internal/heygen/heygentest"
)

// cloudUser is the official CLI as somebody uses it who has an account of the fake service.
type cloudUser struct {
	t      *testing.T
	cli    string // which of the pinned ones
	fake   *heygentest.Server
	config string   // its folder for credentials
	env    []string // more of its environment
}

// run runs a command and returns its exit code and output.
func (u *cloudUser) run(args ...string) (code int, stdout, stderr []byte) {
	u.t.Helper()
	cmd := officialCommand(u.t, u.cli, args...)
	cmd.Env = slices.DeleteFunc(cmd.Env, func(v string) bool {
		return strings.HasPrefix(v, "HEYGEN_") || strings.HasPrefix(v, "HYPERFRAMES_API_")
	})
	cmd.Env = append(cmd.Env, append([]string{"HEYGEN_API_URL=" + u.fake.URL, "HEYGEN_CONFIG_DIR=" + u.config, "HOME=" + u.config}, u.env...)...)
	cmd.Dir = u.t.TempDir()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if _, exit := err.(*exec.ExitError); err != nil && !exit {
		u.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.Bytes(), errs.Bytes()
}

// json runs a command that must succeed and reads its JSON document.
func (u *cloudUser) json(into any, args ...string) {
	u.t.Helper()
	code, stdout, stderr := u.run(append(args, "--json")...)
	if code != 0 {
		u.t.Fatalf("hyperframes %s: exit code %d\n%s%s", strings.Join(args, " "), code, stdout, stderr)
	}
	start := bytes.IndexByte(stdout, '{')
	if start < 0 {
		u.t.Fatalf("hyperframes %s: no JSON in %q", strings.Join(args, " "), stdout)
	}
	if err := json.NewDecoder(bytes.NewReader(stdout[start:])).Decode(into); err != nil {
		u.t.Fatalf("hyperframes %s: %v in %q", strings.Join(args, " "), err, stdout)
	}
}

// TestOfficialCloud holds the fake service to what the official clients, oldest and newest, do with it: a whole render of
// what we built, and everything around it. What they upload has the files of our own zip.
func TestOfficialCloud(t *testing.T) {
	for cli, size := range map[string]string{"hyperframes": "landscape", "hyperframes-oldest": "portrait"} {
		t.Run(cli, func(t *testing.T) {
			fake := heygentest.Start(t, heygentest.Options{QueuePolls: 1, RenderPolls: 1, EarlyCompletes: 2})
			u := &cloudUser{t, cli, fake, t.TempDir(), []string{"HEYGEN_API_KEY=" + heygentest.DefaultKey}}
			dir, film := build(t, "examples/launch", size)
			out := filepath.Join(t.TempDir(), "out.mp4")

			var done struct {
				Render heygen.RenderDetail
				Bytes  int64 `json:"bytes_written"`
			}
			u.json(&done, "cloud", "render", dir, "-o", out, "--poll-interval", "1", "--fps", "25", "--title", "Launch", "--idempotency-key", "launch-1")
			state := fake.State()
			if len(state.Renders) != 1 || len(state.Assets) != 1 {
				t.Fatalf("state: %+v", state)
			}
			r := state.Renders[0]
			video, err := os.ReadFile(out)
			if err != nil || hash(video) != r.VideoSHA256 || done.Bytes != r.VideoSize || done.Render.ID != r.ID || done.Render.Status != heygen.Completed {
				t.Errorf("downloaded %d bytes, %v; the render is %+v, the client says %+v", len(video), err, r, done)
			}
			aspect := map[string]string{"landscape": "16:9", "portrait": "9:16"}[size]
			if q := r.Request; r.Key != "launch-1" || q.FPS != 25 || q.Title != "Launch" || q.AspectRatio != aspect {
				t.Errorf("the request was %+v", r)
			}

			var own bytes.Buffer
			if err := film.Bundle.WriteZip(&own); err != nil {
				t.Fatal(err)
			}
			theirs, err := fake.Zip(r.ID)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := names(t, theirs), names(t, own.Bytes()); !slices.Equal(got, want) {
				t.Errorf("the official client packs\n%q, we\n%q", got, want)
			}

			var list struct {
				Renders []heygen.RenderDetail
				More    bool `json:"has_more"`
			}
			u.json(&list, "cloud", "list", "--limit", "1")
			if len(list.Renders) != 1 || list.Renders[0].ID != r.ID || list.More {
				t.Errorf("list: %+v", list)
			}
			var got struct{ Render heygen.RenderDetail }
			u.json(&got, "cloud", "get", r.ID)
			if got.Render.Title != "Launch" || got.Render.VideoURL == "" || got.Render.VideoURL == done.Render.VideoURL {
				t.Errorf("get: %+v", got)
			}
			var deleted struct{ Deleted bool }
			u.json(&deleted, "cloud", "delete", r.ID, "--no-confirm")
			if !deleted.Deleted || !fake.State().Renders[0].Deleted {
				t.Errorf("delete: %+v", deleted)
			}
			if code, _, stderr := u.run("cloud", "get", r.ID, "--json"); code != 1 || !bytes.Contains(stderr, []byte("Not found")) {
				t.Errorf("get of a deleted render: exit code %d, %s", code, stderr)
			}
		})
	}
}

// TestOfficialCloudList pages through renders, and shows variables on their way.
func TestOfficialCloudList(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{})
	u := &cloudUser{t, "hyperframes", fake, t.TempDir(), []string{"HEYGEN_API_KEY=" + heygentest.DefaultKey}}
	dir, _ := build(t, "examples/hello", "")
	for i := range 3 {
		var taken struct{ Render heygen.RenderDetail }
		u.json(&taken, "cloud", "render", dir, "--no-wait", "--title", fmt.Sprint("take ", i), "--variables", fmt.Sprintf(`{"n":%d}`, i))
		if taken.Render.ID == "" || taken.Render.Status != heygen.Queued {
			t.Errorf("no-wait: %+v", taken)
		}
	}
	var list struct{ Renders []heygen.RenderDetail }
	u.json(&list, "cloud", "list", "--limit", "1", "--all")
	var titles []string
	for _, r := range list.Renders {
		titles = append(titles, r.Title)
	}
	if want := []string{"take 2", "take 1", "take 0"}; !slices.Equal(titles, want) {
		t.Errorf("list: %q, want %q", titles, want)
	}
	if r := fake.State().Renders[2]; r.Request.Variables["n"] != 2.0 {
		t.Errorf("variables: %v", r.Request.Variables)
	}
}

// TestOfficialAuth shows that the official client takes the fake's word on credentials, from the environment and from
// the file that it writes itself.
func TestOfficialAuth(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{Accounts: []heygentest.Account{
		{Key: "sk_V2_first_account", Name: "first", Balance: 12.5}, {Key: "sk_V2_second_account", Name: "second", Balance: 1}}})
	type status struct {
		Configured bool
		Source     string
		User       *heygen.User
		APIError   string `json:"api_error"`
	}
	inEnv := &cloudUser{t, "hyperframes", fake, t.TempDir(), []string{"HEYGEN_API_KEY=sk_V2_first_account"}}
	var s status
	inEnv.json(&s, "auth", "status")
	if !s.Configured || s.Source != "env" || s.User == nil || s.User.Username != "first" || s.User.Wallet == nil || *s.User.Wallet.RemainingBalance != 12.5 {
		t.Errorf("status with a key in the environment: %+v", s)
	}
	wrong := &cloudUser{t, "hyperframes", fake, t.TempDir(), []string{"HEYGEN_API_KEY=sk_V2_nobodys_key"}}
	if code, stdout, _ := wrong.run("auth", "status", "--json"); code != 1 || !bytes.Contains(stdout, []byte(`"api_error"`)) {
		t.Errorf("status with a wrong key: exit code %d, %s", code, stdout)
	}

	inFile := &cloudUser{t, "hyperframes", fake, t.TempDir(), nil}
	if code, stdout, stderr := inFile.run("auth", "login", "--api-key", "sk_V2_second_account"); code != 0 {
		t.Fatalf("login: exit code %d\n%s%s", code, stdout, stderr)
	}
	var file struct {
		Key  string `json:"api_key"`
		User struct{ Email string }
	}
	data, err := os.ReadFile(filepath.Join(inFile.config, "credentials"))
	if err == nil {
		err = json.Unmarshal(data, &file)
	}
	if err != nil || file.Key != "sk_V2_second_account" || file.User.Email != "second@example.com" {
		t.Errorf("credentials: %s, %v", data, err)
	}
	s = status{}
	inFile.json(&s, "auth", "status")
	if s.Source != "file_json" || s.User == nil || s.User.Username != "second" {
		t.Errorf("status with a file: %+v", s)
	}
	if code, _, _ := inFile.run("auth", "login", "--api-key", "sk_V2_nobodys_key"); code == 0 {
		t.Error("login with a wrong key succeeded")
	}
	if after, _ := os.ReadFile(filepath.Join(inFile.config, "credentials")); !bytes.Contains(after, []byte("sk_V2_second_account")) {
		t.Errorf("a login that failed left %s", after)
	}
}

// TestOfficialOAuth shows that the official client lives on the fake's tokens: it renews one that has ended, keeps what
// it is given in its place, renders with it, and gives it back.
func TestOfficialOAuth(t *testing.T) {
	fake := heygentest.Start(t, heygentest.Options{})
	access, refresh := fake.Login()
	u := &cloudUser{t, "hyperframes", fake, t.TempDir(), []string{
		"HYPERFRAMES_OAUTH_TOKEN_URL=" + fake.URL + "/v1/oauth/token", "HYPERFRAMES_OAUTH_REVOKE_URL=" + fake.URL + "/v1/oauth/revoke"}}
	file := filepath.Join(u.config, "credentials")
	content := fmt.Appendf(nil, `{"other": 1, "oauth": {"access_token": %q, "refresh_token": %q, "token_type": "Bearer"}}`, access, refresh)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	type oauth struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	kept := func() oauth {
		t.Helper()
		var c struct {
			Other int
			OAuth oauth
		}
		data, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(data, &c)
		}
		if err != nil || c.Other != 1 {
			t.Fatalf("credentials: %s, %v", data, err)
		}
		return c.OAuth
	}
	fake.Expire()
	var s struct {
		Type string
		User *heygen.User
	}
	u.json(&s, "auth", "status")
	renewed := kept()
	if s.Type != "oauth" || s.User == nil || s.User.Subscription == nil || renewed.Access == access || renewed.Refresh == refresh {
		t.Errorf("status: %+v, %+v", s, renewed)
	}
	if code, stdout, stderr := u.run("auth", "refresh"); code != 0 || kept().Refresh == renewed.Refresh {
		t.Errorf("refresh: exit code %d\n%s%s", code, stdout, stderr)
	}
	dir, _ := build(t, "examples/hello", "")
	var done struct{ Render heygen.RenderDetail }
	u.json(&done, "cloud", "render", dir, "-o", filepath.Join(t.TempDir(), "out.mp4"), "--poll-interval", "1")
	if done.Render.Status != heygen.Completed {
		t.Errorf("render: %+v", done)
	}
	if code, stdout, stderr := u.run("auth", "logout", "--yes"); code != 0 || fake.State().Requests["POST /v1/oauth/revoke"] != 2 {
		t.Errorf("logout: exit code %d, %v\n%s%s", code, fake.State().Requests, stdout, stderr)
	}
	if code, stdout, _ := u.run("auth", "status", "--json"); code != 1 || !bytes.Contains(stdout, []byte(`"configured":false`)) {
		t.Errorf("status after logout: exit code %d, %s", code, stdout)
	}
}

// names returns the paths in a zip, sorted.
func names(t *testing.T, data []byte) []string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range z.File {
		out = append(out, f.Name)
	}
	slices.Sort(out)
	return out
}

// hash returns the SHA-256 of data in hex.
func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
