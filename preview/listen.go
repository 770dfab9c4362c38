package preview

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// doors are the two sockets of a preview: control for the page around the film and its API, stage for the film's own
// files. Their ports differ, and so their origins: a film can never use the API.
type doors struct {
	control, stage         net.Listener
	controlPort, stagePort string
	names                  []string // the hosts that browsers may ask for, in lower case, without port and brackets
	token                  string   // what who asks must know; "" = only this machine can ask
	ip                     netip.Addr
	lan                    []string // the hosts that other machines ask for, the best first
}

// openDoors listens on two free ports of host: the first from port on, which is any for port 0, and the first after
// that.
func openDoors(ctx context.Context, host string, port int) (*doors, error) {
	d, err := doorsOf(ctx, strings.Trim(host, "[]"))
	if err != nil {
		return nil, err
	}
	if d.control, d.controlPort, err = listen(d.ip, port); err != nil {
		return nil, err
	}
	if port != 0 {
		port, _ = strconv.Atoi(d.controlPort)
		port++
	}
	if d.stage, d.stagePort, err = listen(d.ip, port); err != nil {
		d.control.Close()
		return nil, err
	}
	return d, nil
}

// doorsOf returns the doors of host, yet without ports: by which names they may be asked for and, beyond loopback, with
// which token.
func doorsOf(ctx context.Context, host string) (*doors, error) {
	ip, err := resolve(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	d := &doors{ip: ip, names: []string{"127.0.0.1", "localhost", "::1"}}
	if !ip.IsUnspecified() {
		d.names = append(d.names, ip.String())
	}
	if !ip.IsLoopback() {
		err = d.openToOthers(host)
	}
	return d, err
}

// Close closes both sockets.
func (d *doors) Close() error { return errors.Join(d.control.Close(), d.stage.Close()) }

// resolve returns the address of a host, of IPv4 where it has one. "" is 127.0.0.1.
func resolve(ctx context.Context, host string) (netip.Addr, error) {
	if host == "" || strings.EqualFold(host, "localhost") {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1}), nil
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap(), nil
	}
	all, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.Addr{}, err
	}
	for i := range all {
		all[i] = all[i].Unmap()
	}
	if i := slices.IndexFunc(all, netip.Addr.Is4); i >= 0 {
		return all[i], nil
	}
	return all[0], nil
}

// tries is how many ports are tried.
const tries = 50

// listen listens on the first free port from port on; past the last one, and for port 0, on any. When there is none,
// the error is that of the first.
func listen(ip netip.Addr, port int) (net.Listener, string, error) {
	var first error
	for range tries {
		if port > 65535 {
			port = 0
		}
		l, err := net.Listen("tcp", net.JoinHostPort(ip.String(), strconv.Itoa(port)))
		if err == nil {
			return l, strconv.Itoa(l.Addr().(*net.TCPAddr).Port), nil
		}
		first = cmp.Or(first, err)
		if port == 0 {
			break
		}
		port++
	}
	return nil, "", first
}

// openToOthers makes the token, and notes by which names other machines may ask for this one: the addresses of its
// network cards, and the name that it was told to listen on.
func (d *doors) openToOthers(host string) error {
	key := make([]byte, 16)
	rand.Read(key) // never fails
	d.token = base64.RawURLEncoding.EncodeToString(key)
	cards, err := net.InterfaceAddrs()
	if err != nil {
		return fmt.Errorf("find the addresses of this machine: %w", err)
	}
	var v4, v6 []string
	for _, c := range cards {
		prefix, err := netip.ParsePrefix(c.String())
		if err != nil {
			continue
		}
		ip := prefix.Addr().Unmap()
		d.names = append(d.names, ip.String())
		switch {
		case ip.IsLoopback() || ip.IsLinkLocalUnicast(): // of no use in a browser elsewhere
		case ip.Is4():
			v4 = append(v4, ip.String())
		default:
			v6 = append(v6, ip.String())
		}
	}
	if d.ip.IsUnspecified() {
		if d.lan = v4; len(v4) == 0 {
			d.lan = v6
		}
		return nil
	}
	d.lan = []string{d.ip.String()}
	if _, err := netip.ParseAddr(host); err != nil {
		d.names = append(d.names, strings.ToLower(host))
		d.lan = []string{strings.ToLower(host), d.ip.String()}
	}
	return nil
}

// address returns where the preview is found, with the token where one is needed.
func (d *doors) address() Address {
	host := d.ip.String()
	switch host {
	case "0.0.0.0":
		host = "127.0.0.1"
	case "::":
		host = "::1"
	}
	a := Address{URL: d.visit(host), Stage: origin(host, d.stagePort)}
	for _, name := range d.lan {
		a.LAN = append(a.LAN, d.visit(name))
	}
	return a
}

// visit returns the address of the control page on a host.
func (d *doors) visit(host string) string {
	url := origin(host, d.controlPort) + "/"
	if d.token != "" {
		url += "?token=" + d.token
	}
	return url
}

// origin returns the origin of a server, and hostPort its host, as browsers write them: without the port of HTTP.
func origin(host, port string) string { return "http://" + hostPort(host, port) }

func hostPort(host, port string) string {
	return strings.TrimSuffix(net.JoinHostPort(host, port), ":80")
}
