package check

import "strings"

// knownAttributes are the data-* attributes of contract §8, §9 and §18, and those that the official tools write.
var knownAttributes = strings.Fields(`
data-composition-id data-composition-src data-composition-file data-composition-variables data-composition-duration
data-composition-width data-composition-height data-root data-start data-duration data-end data-track-index data-track
data-track-kind data-layer data-width data-height data-fps data-no-timeline data-timeline-locked data-hidden data-label
data-timeline-label data-name data-timeline-role data-timeline-group data-timeline-priority data-thumbnail-url data-link
data-requires-webgpu data-resolution data-media-start data-playback-start data-playback-rate data-volume data-fade-in
data-fade-out data-has-audio data-source-duration data-source-width data-source-height data-audio-group data-fx-chain
data-fx-carve data-automation data-color-grading data-vfx-chain data-vfx-for data-vfx-ref-visible data-variable-values
data-var-text data-var-src data-layout-allow-overflow data-layout-allow-overlap data-layout-allow-occlusion
data-layout-allow-caption-zone data-layout-allow-orbit data-layout-bleed data-layout-ignore data-layout-check
data-layout-boundary data-layout-name data-caption-root data-no-capture data-hyperframes-ignore
data-hyperframes-picker-ignore data-hyperframes-preview-runtime data-hyperframes-deterministic-fonts
data-hyperframes-text-rendering data-lottie-src data-x data-y data-hold-start data-hold-end data-hold-fill
data-zoom-keyframes data-aroll data-type data-text-shadow data-font-family data-font-size data-font-weight
data-hf-id data-hf-snippet data-hf-ignore data-hf-authored-id data-hf-authored-start data-hf-authored-duration
data-hf-authored-end data-hf-authored-opacity data-hf-original-composition-id data-hf-inner-root data-hf-auto-start
data-hf-autostamped data-hf-clip-hidden data-hf-media-start-basis data-hf-edit-base-x data-hf-edit-base-y
data-hf-edit-original-translate data-hf-3d data-hf-render-id data-hf-group-render-id data-hf-group data-hf-scene
data-hf-scene-fonts data-hf-scene-no-swap data-hf-inlined-src data-hf-preview-lazy data-hf-preview-raster
data-hf-preview-variables data-hf-muted data-hf-mute data-hf-root data-hf-fonts data-hf-css-vars data-hf-var-scope
data-hf-inferred-duration data-hf-composition-variables data-hf-custom data-hf-text-key data-hf-prepared-gif
data-hf-gsap-fallback data-hf-skip-hidden-images data-hf-hidden-clip-contents data-hf-first-pass-hide
data-hf-svg-reference-aliases data-hf-color-grading-canvas data-hf-color-grading-source-hidden data-hf-chrome
data-hf-after-fonts-fallback data-hf-media-codec-map data-hf-plate-position data-hf-studio-rotation
data-hf-studio-path-offset data-hf-studio-box-size data-hf-studio-motion data-hf-studio-fonts`)

// ownedFamilies are the prefixes that HyperFrames keeps for itself: an unknown attribute there is a mistake.
var ownedFamilies = []string{"data-hf-", "data-composition-", "data-layout-", "data-var-", "data-variable-", "data-playback-"}

// builtInFonts are the families that the official renderer supplies by itself, by name or by alias (contract §10).
var builtInFonts = map[string]string{
	"inter": "", "montserrat": "", "outfit": "", "nunito": "", "oswald": "", "league gothic": "", "archivo black": "",
	"space mono": "", "ibm plex mono": "", "jetbrains mono": "", "eb garamond": "", "playfair display": "",
	"source code pro": "", "noto sans jp": "", "roboto": "", "open sans": "", "lato": "", "poppins": "",

	"helvetica neue": "Inter", "helvetica": "Inter", "arial": "Inter", "helvetica bold": "Inter", "futura": "Montserrat",
	"din alternate": "Montserrat", "arial black": "Montserrat", "bebas neue": "League Gothic",
	"courier new": "JetBrains Mono", "courier": "JetBrains Mono", "garamond": "EB Garamond",
	"noto sans japanese": "Noto Sans JP", "segoe ui": "Roboto",

	"sf pro": "Inter", "sf pro display": "Inter", "sf pro text": "Inter", "sf pro rounded": "Inter", "avenir": "Inter",
	"avenir next": "Inter", "lucida grande": "Inter", "geneva": "Inter", "optima": "Inter", "verdana": "Inter",
	"tahoma": "Inter", "trebuchet ms": "Inter", "calibri": "Inter", "candara": "Inter", "corbel": "Inter",
	"lucida sans": "Inter", "lucida sans unicode": "Inter", "noto sans": "Inter", "dejavu sans": "Inter",
	"liberation sans": "Inter",

	"sf mono": "JetBrains Mono", "menlo": "JetBrains Mono", "monaco": "JetBrains Mono", "consolas": "JetBrains Mono",
	"lucida console": "JetBrains Mono", "lucida sans typewriter": "JetBrains Mono", "andale mono": "JetBrains Mono",
	"dejavu sans mono": "JetBrains Mono", "liberation mono": "JetBrains Mono",

	"georgia": "EB Garamond", "palatino": "EB Garamond", "palatino linotype": "EB Garamond",
	"book antiqua": "EB Garamond", "cambria": "EB Garamond", "times": "EB Garamond", "times new roman": "EB Garamond",
	"dejavu serif": "EB Garamond", "liberation serif": "EB Garamond",
}

// genericFonts are the family names that CSS defines itself.
var genericFonts = map[string]bool{
	"serif": true, "sans-serif": true, "monospace": true, "cursive": true, "fantasy": true, "system-ui": true,
	"ui-serif": true, "ui-sans-serif": true, "ui-monospace": true, "ui-rounded": true, "math": true, "emoji": true,
	"fangsong": true, "-apple-system": true, "blinkmacsystemfont": true,
	"inherit": true, "initial": true, "unset": true, "revert": true, "revert-layer": true,
}

// strippedStrings are the texts for which the official producer deletes a whole script block (contract §7.3).
var strippedStrings = []string{
	"hyperframe.runtime.iife.js", "hyperframes-runtime.modular.inline.js", "hyperframe-runtime.modular-runtime.inline.js",
	"data-hyperframes-preview-runtime", "__hyperframeRuntimeBootstrapped", "__hyperframeRuntimeTeardown",
	"__hyperframeRuntime", "__HF_EXPORT_RENDER_SEEK_CONFIG", "window.__player =",
}

// excludedFolders never reach HeyGen's service: the upload leaves them out without a word (contract §16).
var excludedFolders = []string{".git", "node_modules", "dist", ".next", "coverage"}
