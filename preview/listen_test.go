package preview

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestOpenDoors(t *testing.T) {
	d := opened(t, "")
	a := d.address()
	if a.URL != "http://"+d.control.Addr().String()+"/" || a.Stage != "http://"+d.stage.Addr().String() || a.LAN != nil || d.token != "" {
		t.Errorf("%+v", a)
	}
	if host, _, _ := net.SplitHostPort(d.control.Addr().String()); host != "127.0.0.1" || d.controlPort == d.stagePort {
		t.Errorf("listens on %s and %s", d.control.Addr(), d.stage.Addr())
	}
}

// TestTaken asks for ports that others have: each door takes the next one that is free.
func TestTaken(t *testing.T) {
	first := opened(t, "")
	port, _ := strconv.Atoi(first.controlPort)
	second, err := openDoors(t.Context(), "127.0.0.1", port)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	control, _ := strconv.Atoi(second.controlPort)
	stage, _ := strconv.Atoi(second.stagePort)
	if port < 65000 && (control <= port || control > port+tries || stage <= control || stage > control+tries) {
		t.Errorf("asked for %d, listens on %d and %d", port, control, stage)
	}
	if want := "http://127.0.0.1:" + second.controlPort + "/"; second.address().URL != want {
		t.Errorf("says %s, listens on %s", second.address().URL, want)
	}
}

// TestLastPort has no port after the one that it asks for.
func TestLastPort(t *testing.T) {
	d, err := openDoors(t.Context(), "127.0.0.1", 65535)
	if err != nil {
		t.Fatal(err)
	}
	d.Close()
}

func TestNoDoor(t *testing.T) {
	for _, host := range []string{"198.51.100.1", "127.0.0.1:80", "a b"} { // another machine's, two that are none
		if d, err := openDoors(t.Context(), host, 0); err == nil {
			d.Close()
			t.Errorf("listens on %q", host)
		} else if !strings.HasPrefix(err.Error(), "listen") {
			t.Error(err)
		}
	}
}

func TestHosts(t *testing.T) {
	for host, want := range map[string]string{
		"localhost": "http://127.0.0.1:4400/",
		"127.0.0.2": "http://127.0.0.2:4400/",
		"::1":       "http://[::1]:4400/",
		"0.0.0.0":   "http://127.0.0.1:4400/?token=",
		"::":        "http://[::1]:4400/?token=",
	} {
		d, err := doorsOf(t.Context(), host)
		if err != nil {
			t.Errorf("%s: %v", host, err)
			continue
		}
		d.controlPort = "4400"
		if got := d.address().URL; got != want+d.token || (d.token != "") != strings.HasSuffix(want, "=") {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
		if got := ask(d, true, "HEAD", d.address().URL, "Host: "+strings.Split(want, "/")[2]).StatusCode; got == 403 {
			t.Errorf("%s: not among %q", host, d.names)
		}
	}
}

// TestLAN opens the doors to others: the token is long, new each time, and in every address for them; each address is
// one that the guard knows.
func TestLAN(t *testing.T) {
	d, again := opened(t, "0.0.0.0"), opened(t, "0.0.0.0")
	if len(d.token) != 22 || d.token == again.token {
		t.Errorf("tokens %q and %q", d.token, again.token)
	}
	a := d.address()
	if len(a.LAN) != len(d.lan) {
		t.Errorf("%d addresses for %q", len(a.LAN), d.lan)
	}
	for i, host := range d.lan {
		if want := "http://" + net.JoinHostPort(host, d.controlPort) + "/?token=" + d.token; a.LAN[i] != want || !slices.Contains(d.names, host) {
			t.Errorf("%s, want %s of %q", a.LAN[i], want, d.names)
		}
		if ip := net.ParseIP(host); ip.IsLoopback() || ip.IsLinkLocalUnicast() {
			t.Errorf("%s is of no use elsewhere", host)
		}
	}
	// A card's own address, and a name of this machine.
	for _, host := range d.lan {
		one, err := openDoors(t.Context(), host, 0)
		if err != nil {
			t.Fatal(err)
		}
		one.Close()
		if got := one.address(); len(got.LAN) != 1 || got.LAN[0] != got.URL || !strings.Contains(got.URL, host) {
			t.Errorf("%s: %+v", host, got)
		}
	}
	named := &doors{ip: netip.MustParseAddr("192.168.1.5")}
	err := named.openToOthers("Studio.lan")
	if want := []string{"studio.lan", "192.168.1.5"}; err != nil || !slices.Equal(named.lan, want) || !slices.Contains(named.names, "studio.lan") {
		t.Errorf("%q %q %v", named.lan, named.names, err)
	}
}
