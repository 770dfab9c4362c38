//go:build linux

package hframes_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A meter measures commands with all that they start: browsers, encoders, and what those leave behind.
//
// Where this machine lets us make a control group (version 2), each command runs in one of its own: the kernel counts the
// CPU time of every process that was ever in it, to the µs, and says which are in it now. Elsewhere the processes are
// found by looking at all of them twenty times a second: a process belongs to the command when its parent does, or when
// it has the command's mark in its environment. The time of a process is then what its parent waited for. Only of those
// that nobody waited for, the last 0.05 s are missed, and all of those that came and went between two looks.
type meter struct {
	groups string // folder in which control groups can be made; "" = processes are looked for
	memory int    // looks from one at the memory that the processes hold to the next, which costs some 4 ms CPU a process; 0 = none
	idle   int64  // bytes that an FFmpeg has read before its first picture: its libraries
}

// A measured is what one run of a command took.
type measured struct {
	wall, cpu time.Duration
	memory    int64         // most bytes held at once, shared ones counted once (PSS); 0 = not asked for
	kept      int64         // the same without pages of files, programs' above all, which the kernel can read again
	fed       time.Duration // until the first encoder had read the beginning of a picture; 0 = not seen
	encoded   time.Duration // until a file had the first encoded bytes: FFmpeg hands them over 32 KB at a time; 0 = not seen
	encoder   []string      // the arguments of that encoder
	left      int           // processes that were still there a second after the command had ended; they are killed
}

// look is the time between two looks at a command's processes.
const look = 50 * time.Millisecond

// newMeter returns a meter for this machine.
func newMeter(t testing.TB) *meter {
	t.Helper()
	m := &meter{groups: groupFolder(), idle: idleReads(t)}
	if m.groups == "" {
		return m
	}
	if g, err := newGroup(m.groups); err != nil {
		m.groups = ""
	} else {
		cmd := exec.Command("true")
		cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(g.file.Fd())}
		if cmd.Run() != nil {
			m.groups = ""
		}
		g.close()
	}
	return m
}

// run runs a command to its end. It returns what the command said on stdout and stderr.
func (m *meter) run(cmd *exec.Cmd) (measured, []byte, error) {
	out, err := os.CreateTemp("", "hframes-bench-") // not a pipe: what a command leaves behind would hold it open
	if err != nil {
		return measured{}, nil, err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	w := watch{meter: m, mark: fmt.Sprintf("HFRAMES_MEASURED=%d.%d", os.Getpid(), time.Now().UnixNano()), seen: map[int]*process{}}
	cmd.Env = append(cmd.Environ(), w.mark)
	if m.groups != "" {
		g, err := newGroup(m.groups)
		if err != nil {
			return measured{}, nil, err
		}
		defer g.close()
		w.group = g
		cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(g.file.Fd())}
	}
	w.began = time.Now()
	if err := cmd.Start(); err != nil {
		return measured{}, nil, err
	}
	w.root = cmd.Process.Pid
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { w.until(done) })
	err = cmd.Wait()
	w.result.wall = time.Since(w.began)
	close(done)
	watching.Wait()
	w.close(cmd.ProcessState)
	said, _ := os.ReadFile(out.Name())
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, said)
	}
	return w.result, said, err
}

// A watch looks at the processes of one run.
type watch struct {
	*meter
	mark   string
	group  *group // nil = processes are looked for
	root   int
	began  time.Time
	seen   map[int]*process // without a group: all that ever belonged to the run
	result measured
}

// A process is one of this machine as it was last seen.
type process struct {
	id, parent int
	name       string
	ended      bool          // and nobody has waited for it yet
	began      uint64        // clock ticks after boot: an id may be given again
	cpu        time.Duration // its own
	waited     time.Duration // of children that it waited for
}

func (w *watch) until(done <-chan struct{}) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		now := w.processes()
		w.encoders(now)
		if w.memory > 0 && n%w.memory == 0 {
			var held, kept int64
			for _, p := range now {
				all, files := proportional(p.id)
				held, kept = held+all, kept+all-files
			}
			w.result.memory, w.result.kept = max(w.result.memory, held), max(w.result.kept, kept)
		}
	}
}

// close counts, and ends what is left.
func (w *watch) close(ended *os.ProcessState) {
	left := w.processes()
	for range time.Second / look {
		if len(left) == 0 {
			break
		}
		time.Sleep(look)
		left = w.processes()
	}
	for _, p := range left {
		syscall.Kill(p.id, syscall.SIGKILL)
	}
	w.result.left = len(left)
	if w.group != nil {
		w.result.cpu = w.group.cpu()
		return
	}
	if root := w.seen[w.root]; root != nil {
		root.waited = ended.UserTime() + ended.SystemTime() - root.cpu // all that it used and waited for, at its end
	} else {
		w.seen[w.root] = &process{id: w.root, cpu: ended.UserTime() + ended.SystemTime()}
	}
	// A parent has waited for the time of its children and of theirs: what of that was not seen in them is added.
	known := map[int]time.Duration{}
	for _, p := range w.seen {
		known[p.parent] += p.cpu + p.waited
	}
	for _, p := range w.seen {
		w.result.cpu += p.cpu + max(0, p.waited-known[p.id])
	}
}

// processes returns the processes of the run that are there now.
func (w *watch) processes() (now []process) {
	if w.group != nil {
		for _, id := range w.group.processes() {
			if p, ok := readProcess(id); ok {
				now = append(now, p)
			}
		}
		return now
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		id, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		p, ok := readProcess(id)
		if !ok {
			continue
		}
		if old := w.seen[id]; old == nil || old.began != p.began {
			if id != w.root && w.seen[p.parent] == nil && !marked(id, w.mark) {
				continue
			}
			w.seen[id] = &p
		} else {
			old.cpu, old.waited = p.cpu, p.waited // the parent stays the one that it had at first
		}
		if !p.ended {
			now = append(now, p)
		}
	}
	return now
}

// encoders looks at the FFmpegs that make H.264 of what they are sent.
func (w *watch) encoders(now []process) {
	if w.result.fed > 0 && w.result.encoded > 0 {
		return
	}
	at := time.Since(w.began)
	for _, p := range now {
		if p.name != "ffmpeg" {
			continue
		}
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.id))
		if err != nil {
			continue
		}
		args := strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
		if !isEncoder(args) {
			continue
		}
		if w.result.fed == 0 && readBytes(p.id) > w.idle+4096 {
			w.result.fed, w.result.encoder = at, args
		}
		dst := args[len(args)-1]
		if !filepath.IsAbs(dst) {
			dst = fmt.Sprintf("/proc/%d/cwd/%s", p.id, dst)
		}
		if info, err := os.Stat(dst); w.result.fed > 0 && w.result.encoded == 0 && err == nil && info.Mode().IsRegular() && info.Size() > 1024 {
			w.result.encoded = at
		}
	}
}

// isEncoder reports whether FFmpeg's arguments read pictures from a pipe and make H.264 of them.
func isEncoder(args []string) bool {
	input := slices.Index(args, "-i")
	return input >= 0 && input+1 < len(args) && (args[input+1] == "-" || strings.HasPrefix(args[input+1], "pipe:")) && slices.Contains(args, "libx264")
}

// encoderOptions are those of FFmpeg's that say how H.264 is made. Each has a value.
var encoderOptions = []string{"-c:v", "-vcodec", "-preset", "-tune", "-profile:v", "-crf", "-bf", "-g", "-keyint_min", "-sc_threshold", "-threads", "-threads:v", "-x264-params", "-pix_fmt"}

// encoderSettings returns what an encoder's arguments say of how H.264 is made, without inputs, filters and outputs.
func encoderSettings(args []string) (settings []string) {
	from := 0
	for i, a := range args {
		if a == "-i" {
			from = i + 2
		}
	}
	for i := from; i+1 < len(args); i++ {
		if slices.Contains(encoderOptions, args[i]) {
			settings = append(settings, args[i], args[i+1])
			i++
		}
	}
	return settings
}

// ticks is how many times a second the kernel's clock of processes ticks, on every Linux that Go knows.
const ticks = 100

func readProcess(id int) (process, bool) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", id))
	open, end := bytes.IndexByte(data, '('), bytes.LastIndexByte(data, ')')
	if err != nil || open < 0 || end < open {
		return process{}, false
	}
	fields := strings.Fields(string(data[end+1:])) // from the third on, see proc_pid_stat(5)
	if len(fields) < 20 {
		return process{}, false
	}
	number := func(nth int) uint64 {
		n, _ := strconv.ParseUint(fields[nth-3], 10, 64)
		return n
	}
	time := func(nth int) time.Duration { return time.Duration(number(nth)+number(nth+1)) * time.Second / ticks }
	return process{id: id, parent: int(number(4)), name: string(data[open+1 : end]), ended: fields[0] == "Z", began: number(22), cpu: time(14), waited: time(16)}, true
}

func marked(id int, mark string) bool {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", id))
	return err == nil && bytes.Contains(data, []byte(mark))
}

// proportional returns the bytes that a process holds, its share of those that it shares with others, and how many of
// them are pages of files.
func proportional(id int) (all, files int64) {
	rollup := fmt.Sprintf("/proc/%d/smaps_rollup", id)
	return field(rollup, "Pss:") * 1024, field(rollup, "Pss_File:") * 1024
}

// readBytes returns how many bytes a process has read.
func readBytes(id int) int64 { return field(fmt.Sprintf("/proc/%d/io", id), "rchar:") }

// field returns the number after a word in one of the kernel's files, 0 if it is not there.
func field(file, word string) int64 {
	f, err := os.Open(file)
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if words := strings.Fields(lines.Text()); len(words) > 1 && words[0] == word {
			n, _ := strconv.ParseInt(words[1], 10, 64)
			return n
		}
	}
	return 0
}

// idleReads returns how many bytes an FFmpeg has read that waits for its first picture.
func idleReads(t testing.TB) int64 {
	t.Helper()
	cmd := exec.Command("ffmpeg", "-v", "error", "-f", "image2pipe", "-c:v", "mjpeg", "-i", "pipe:0", "-c:v", "libx264", "-f", "null", "-")
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		in.Close()
		cmd.Wait() // without a picture it fails
	}()
	var n int64
	for still := 0; still < 10; time.Sleep(look) {
		if now := readBytes(cmd.Process.Pid); now == 0 || now != n {
			n, still = now, 0
		} else {
			still++
		}
		if cmd.Process.Signal(syscall.Signal(0)) != nil {
			t.Fatal("FFmpeg did not wait for a picture")
		}
	}
	return n
}

// A group is a control group with nothing in it but a command and what that started.
type group struct {
	dir  string
	file *os.File
}

// groupFolder returns the folder of the control group that we are in, "" if there is none of version 2.
func groupFolder() string {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return ""
	}
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(mounts)) {
		if f := strings.Fields(line); len(f) > 2 && f[2] == "cgroup2" {
			for line := range strings.Lines(string(own)) {
				if name, ok := strings.CutPrefix(line, "0::"); ok {
					return filepath.Join(f[1], strings.TrimSpace(name))
				}
			}
		}
	}
	return ""
}

func newGroup(in string) (*group, error) {
	dir, err := os.MkdirTemp(in, "hframes-bench-")
	if err != nil {
		return nil, err
	}
	f, err := os.Open(dir)
	if err != nil {
		os.Remove(dir)
		return nil, err
	}
	return &group{dir, f}, nil
}

func (g *group) cpu() time.Duration {
	return time.Duration(field(filepath.Join(g.dir, "cpu.stat"), "usage_usec")) * time.Microsecond
}

func (g *group) processes() (ids []int) {
	data, _ := os.ReadFile(filepath.Join(g.dir, "cgroup.procs"))
	for word := range strings.FieldsSeq(string(data)) {
		if id, err := strconv.Atoi(word); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// close ends what is left in the group, and the group.
func (g *group) close() {
	g.file.Close()
	for range 100 {
		for _, id := range g.processes() {
			syscall.Kill(id, syscall.SIGKILL)
		}
		if err := os.Remove(g.dir); err == nil || os.IsNotExist(err) {
			return
		}
		time.Sleep(look)
	}
}
