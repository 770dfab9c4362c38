package chrome

import (
	"fmt"
	"strconv"
)

// A flag is one switch of Chromium's command line.
type flag struct{ name, value string }

// Switches returns the switches that browsers are started with, as one text: those without a display, and those with one.
// What is drawn may depend on them.
func Switches() string {
	return fmt.Sprint(flags(Options{}, false), flags(Options{Display: []string{}}, false))
}

// flags returns the switches that make two runs of a browser draw the same pictures, keep it off the network and keep
// it from slowing down a page that nobody looks at.
func flags(o Options, shell bool) []flag {
	out := []flag{
		{"hide-scrollbars", ""},
		{"mute-audio", ""},
		{"no-first-run", ""},
		{"no-default-browser-check", ""},
		{"password-store", "basic"},
		{"use-mock-keychain", ""},
		{"lang", "en-US"},

		// Nothing but loopback: no proxy, no name but the one we serve, no peer connections, no calls home.
		{"no-proxy-server", ""},
		{"host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"},
		{"force-webrtc-ip-handling-policy", "disable_non_proxied_udp"},
		{"disable-background-networking", ""},
		{"disable-client-side-phishing-detection", ""},
		{"disable-component-update", ""},
		{"disable-default-apps", ""},
		{"disable-domain-reliability", ""},
		{"disable-extensions", ""},
		{"disable-sync", ""},
		{"disable-breakpad", ""},
		{"disable-crash-reporter", ""},
		{"metrics-recording-only", ""},
		{"no-pings", ""},
		{"safebrowsing-disable-auto-update", ""},

		// A page in the background works like one in front.
		{"disable-background-timer-throttling", ""},
		{"disable-backgrounding-occluded-windows", ""},
		{"disable-renderer-backgrounding", ""},
		{"disable-background-media-suspend", ""},
		{"disable-hang-monitor", ""},
		{"disable-ipc-flooding-protection", ""},
		{"disable-popup-blocking", ""},
		{"disable-prompt-on-repost", ""},
		{"autoplay-policy", "no-user-gesture-required"},
		{"disable-dev-shm-usage", ""},
		{"disable-features", "Translate,BackForwardCache,MediaRouter,OptimizationHints,PaintHolding,IntensiveWakeUpThrottling,AudioServiceOutOfProcess,SpareRendererForSitePerProcess,WebUIOmniboxPopup,WebUIOmniboxAimPopup"},

		// Same pixels everywhere: one colour space, no hinting, no subpixel text, no screen scale.
		{"force-color-profile", "srgb"},
		{"font-render-hinting", "none"},
		{"disable-lcd-text", ""},
		{"force-device-scale-factor", strconv.Itoa(max(1, o.Scale))},

		// A picture shows the whole of the state it was asked for: nothing is rastered, decoded or animated later.
		{"disable-new-content-rendering-timeout", ""},
		{"disable-checker-imaging", ""},
		{"disable-image-animation-resync", ""},
		{"disable-threaded-animation", ""},
		{"disable-threaded-scrolling", ""},

		// Nothing of the picture before stays: redrawing only what has changed was seen to leave the faint outer edge of
		// what moved away.
		{"disable-partial-raster", ""},
		{"ui-disable-partial-swap", ""},

		// A layer is one tile, up to 8K: what is dear to draw is drawn once, not once for each tile that it touches, and how
		// a curve is divided does not depend on where tiles lie. Of several tiles the software compositor copies only the
		// first fast.
		{"max-untiled-layer-width", "8192"},
		{"max-untiled-layer-height", "8192"},

		// WebGL by software, the same on every machine. Compositing stays off it: layers composited by SwiftShader
		// were seen to keep stale pixels of an earlier seek (Chromium issue 535256667).
		{"use-gl", "angle"},
		{"use-angle", "swiftshader"},
		{"enable-unsafe-swiftshader", ""},
		{"disable-gpu-compositing", ""},
	}
	if o.TileMemory > 0 {
		out = append(out, flag{"force-gpu-mem-available-mb", strconv.Itoa(o.TileMemory)})
	}
	if o.Display == nil {
		// A picture is taken of the frame that was asked for, when all of it is there. A window's pictures say themselves what
		// they show, and need not wait for whoever has nothing to add.
		out = append(out, flag{"headless", ""}, flag{"run-all-compositor-stages-before-draw", ""})
	} else {
		// One window without a browser around it, which would be a page of its own.
		out = append(out, flag{"ozone-platform", "wayland"}, flag{"kiosk", ""}, flag{"app", "about:blank"})
	}
	if o.BeginFrame && shell {
		out = append(out, flag{"deterministic-mode", ""}, flag{"enable-begin-frame-control", ""}, flag{"enable-surface-synchronization", ""})
	}
	return out
}
