package check

import "github.com/hframes/hframes/source"

// A Code is one kind of finding.
type Code struct {
	Name     string          // such as "check/missing-file"
	Severity source.Severity // the usual one; a few codes are milder where less is lost
	Meaning  string          // one sentence
	Official string          // rules of the official linter that find the same, "" if none does
}

// Codes returns the catalogue in the order of the documentation: from the document inwards.
func Codes() []Code { return append([]Code(nil), codes...) }

// codes is the one place where a finding gets its name and weight.
var codes = []Code{

	// the document and its root
	{"check/no-entry", source.Error, "the entry page is missing or cannot be read", ""},
	{"check/no-root", source.Error, "the entry page holds no composition", "root_missing_composition_id"},
	{"check/entry-template", source.Error, "the entry page is wrapped in a template, so nothing of it is shown", "standalone_composition_wrapped_in_template"},
	{"check/fragment", source.Error, "the entry page is a fragment, not a document, or begins with a comment, for which the official linter takes it for one", "root_composition_missing_html_wrapper"},
	{"check/root-size", source.Error, "a composition's root lacks data-width or data-height, or they are no whole numbers above 0", "root_missing_dimensions"},
	{"check/odd-size", source.Warning, "the canvas has an odd width or height, which H.264 cannot hold", ""},
	{"check/large-canvas", source.Warning, "the canvas is larger than the official check looks at", "composition_exceeds_inspection_viewport_cap"},
	{"check/no-duration", source.Error, "the film's length is not known (error), or only worked out from its parts (warning)", "root_composition_missing_duration_source, root_composition_duration_derived"},
	{"check/root-not-first", source.Error, "something stands in the body before the root, and the official linter takes it for the root", "root_missing_composition_id, root_missing_dimensions"},
	{"check/root-is-host", source.Error, "the root itself mounts a file", ""},
	{"check/root-zoom", source.Error, "CSS zoom changes the size of the canvas", "root_zoom_rescales_a_fixed_canvas"},
	{"check/html-dir", source.Warning, "dir on <html> gives a blank film on older renderers", "html_dir_attribute_breaks_render"},
	{"check/second-root", source.Error, "a second page at the top of the folder holds a composition", "multiple_root_compositions"},
	{"check/duplicate-composition", source.Error, "two elements of a page declare the same composition", "duplicate_composition_id"},

	// mounted compositions
	{"check/no-composition", source.Error, "a mounted file is missing, empty, without a composition, or mounted inside itself", "missing_or_empty_sub_composition"},
	{"check/host-no-id", source.Error, "an element mounts a file but has no data-composition-id", "host_missing_composition_id"},
	{"check/host-not-empty", source.Warning, "an element that mounts a file has content of its own, which is lost", ""},
	{"check/renamed-host", source.Error, "a host passes values under another id than its composition's, so they are ignored", ""},
	{"check/root-class", source.Error, "a mounted composition styles its root by class, which is lost in assembly", "subcomposition_root_styled_by_class"},
	{"check/outside-template", source.Warning, "a style or script stands outside the template of a mounted file and is left out", ""},
	{"check/scene-cut", source.Warning, "a host shows less of a composition than the composition lasts", ""},

	// times and tracks
	{"check/bad-time", source.Error, "a start or length is not a number of seconds, is negative, or is a length of 0", ""},
	{"check/relative-start", source.Warning, "a start counts from another clip, which parts of the renderer cannot read", ""},
	{"check/unresolved-start", source.Error, "a start counts from a clip that does not exist", ""},
	{"check/circular-start", source.Error, "a start depends on itself", ""},
	{"check/bad-track", source.Warning, "a track is not a whole number from 0", ""},
	{"check/out-of-range", source.Warning, "a media number lies outside what the renderer takes", ""},
	{"check/legacy-attribute", source.Error, "data-layer or data-end is used, which set nothing any more", "deprecated_data_layer, deprecated_data_end"},
	{"check/cut", source.Warning, "a clip lasts longer than its composition", "clip_ends_past_root_duration"},
	{"check/never-visible", source.Error, "a clip starts when its composition, or the clip around it, is over", "nested_clip_never_visible"},
	{"check/track-overlap", source.Warning, "two clips are on one track at once", "duplicate_audio_track (sound only)"},
	{"check/empty-screen", source.Warning, "for a while nothing but background is on screen", ""},
	{"check/empty-end", source.Warning, "the film goes on after its last clip", "subcomposition_blanks_before_host"},
	{"check/late-motion", source.Warning, "an animation or tween is not over when its clip or composition is", "gsap_tween_tail (in check)"},

	// timelines and scripts
	{"check/no-timeline", source.Error, "every render waits 45 s for a timeline that no script registers (error if none is registered at all), or the official linter does not see it", "missing_timeline_registry, missing_data_no_timeline"},
	{"check/no-registry", source.Warning, "the entry page fills window.__timelines without making sure that it is there, which the linter of 0.8.10 rejects", "timeline_registry_missing_init"},
	{"check/orphan-timeline", source.Error, "a timeline is registered under an id that no composition has", "timeline_id_mismatch"},
	{"check/early-timeline", source.Error, "a timeline is registered before a callback fills it", "gsap_timeline_registered_before_async_build"},
	{"check/library-missing", source.Error, "a script uses a library that no page loads", "missing_gsap_script, missing_lottie_script, missing_three_script"},
	{"check/script-syntax", source.Error, "a script does not parse", "invalid_inline_script_syntax"},
	{"check/script-end", source.Error, "</script in a string, template or comment ends the script", "invalid_inline_script_syntax"},
	{"check/deleted-script", source.Error, "a script contains a text for which the renderer deletes it", ""},
	{"check/random", source.Error, "a value differs from run to run", "non_deterministic_code"},
	{"check/clock", source.Error, "a script reads the machine's clock", "non_deterministic_code"},
	{"check/animation-frame", source.Error, "a script draws on the machine's clock", "requestanimationframe_in_composition"},
	{"check/timer", source.Warning, "a script repeats something on the machine's clock", ""},
	{"check/late-data", source.Warning, "a script loads data that may come after the first frame", ""},
	{"check/console", source.Warning, "a script writes to the console", "console_error, console_warning (in check)"},
	{"check/media-control", source.Error, "a script plays, pauses, seeks or mutes media", "imperative_media_control"},
	{"check/template-selector", source.Error, "a selector is a template literal with ${…}, which the official bundler cannot read", "template_literal_selector"},
	{"check/split-selector", source.Error, "two attributes share one pair of brackets in a selector", "split_data_attribute_selector"},
	{"check/layout-motion", source.Error, "a tween animates a property that moves in whole pixels", "gsap_non_transform_motion"},
	{"check/clip-visibility", source.Error, "a tween sets visibility, display or autoAlpha of a clip", "gsap_animates_clip_element"},
	{"check/from-hidden", source.Error, "a from() ends where CSS hides the element, so it never appears (warning if another tween shows it)", "gsap_from_opacity_noop"},
	{"check/late-hide", source.Warning, "a set() at 0 hides something, but not on the first frame", "gsap_timeline_set_initial_hide"},
	{"check/endless-tween", source.Error, "a tween repeats without end (warning if the root has a length)", "gsap_infinite_repeat"},

	// media
	{"check/media-no-id", source.Error, "a video or sound has no id: it stays frozen or silent", "media_missing_id"},
	{"check/media-no-src", source.Error, "a video or sound has no src of its own", "media_missing_src"},
	{"check/media-no-start", source.Error, "a video or sound has no data-start, so nothing plays it", "media_missing_data_start"},
	{"check/media-basis", source.Warning, "a video or sound in a mounted composition starts later than 0, which older renderers may count from the film's start", "nested_media_start_basis_ambiguous"},
	{"check/nested-media", source.Error, "a video (error) or sound (warning) lies in an element with times of its own", "video_nested_in_timed_element"},
	{"check/unreadable-media", source.Error, "a picture, video, sound or font is empty, cut off or something else", ""},
	{"check/past-source", source.Error, "a video or sound begins after the end of its file", "video_media_start_at_or_past_eof"},
	{"check/short-source", source.Warning, "a file is over before its clip is", "clip_media_fit (in check)"},
	{"check/no-sound", source.Warning, "a video that is said to have sound has none", ""},
	{"check/video-sound", source.Error, "a video is neither muted nor said to have sound", "video_missing_muted"},
	{"check/muted-sound", source.Error, "a video is muted and said to have sound", "video_muted_with_declared_audio"},
	{"check/double-sound", source.Error, "a sound plays what a video already plays", "video_audio_double_source"},
	{"check/repeated-media", source.Warning, "the same media stands twice with the same times", "duplicate_media_discovery_risk"},
	{"check/preload-none", source.Warning, "preload=\"none\" keeps media from loading", "media_preload_none"},
	{"check/crossorigin", source.Error, "crossorigin makes media blank in preview", "media_crossorigin_breaks_preview"},
	{"check/base64-media", source.Error, "sound or video is written into the page", "base64_media_prohibited"},
	{"check/placeholder-url", source.Error, "a picture or video is a stand-in from the network", "placeholder_media_url"},
	{"check/media-kind", source.Error, "an element cannot show a file of that kind", "media_src_kind_mismatch"},
	{"check/media-syntax", source.Error, "attribute syntax that the renderer misreads on media (error) or timed elements (warning)", ""},
	{"check/no-fallback", source.Warning, "media set by a variable has no src to fall back on", "media_variable_src_no_fallback"},

	// variables
	{"check/bad-json", source.Error, "an attribute does not hold the JSON it should", "invalid_variable_values_json, color_grading_invalid_json"},
	{"check/duplicate-key", source.Warning, "a JSON object has a key twice", ""},
	{"check/bad-variable", source.Error, "a variable is not declared as it must be", "invalid_composition_variables_declaration"},
	{"check/bad-value", source.Warning, "a value does not fit its variable", ""},
	{"check/unknown-value", source.Warning, "a host passes a value that the mounted file does not declare", ""},
	{"check/missing-value", source.Warning, "a host leaves out a value where the preview loses the default", ""},
	{"check/unknown-binding", source.Warning, "an element is bound to a variable that is not declared", "unknown_variable_binding"},
	{"check/unloadable-default", source.Error, "the runtime refuses to load a variable's default", "unloadable_media_variable_default"},

	// names
	{"check/unknown-attribute", source.Warning, "an attribute looks like one of HyperFrames' but is none", ""},
	{"check/duplicate-attribute", source.Warning, "an attribute is written twice on one element", ""},
	{"check/misplaced-attribute", source.Error, "an attribute stands on an element that cannot use it (error for colour grading)", "color_grading_non_media"},
	{"check/duplicate-id", source.Error, "two elements have one id (error for media and for what SVG refers to)", "duplicate_media_id"},
	{"check/digit-id", source.Error, "an id begins with a digit (error if a selector uses it)", "id_requires_css_escape"},
	{"check/no-clip-class", source.Warning, "a timed element lacks the class clip", "timed_element_missing_clip_class"},
	{"check/clip-no-id", source.Warning, "a timed element lacks an id", "studio_missing_editable_id"},
	{"check/keyframes-clash", source.Error, "two files define @keyframes of one name differently; the last one counts", ""},
	{"check/font-clash", source.Error, "two files define a font of one name differently; the last one counts", ""},

	// markup and CSS
	{"check/unclosed-tag", source.Error, "an element is never closed (error if what follows is lost)", "unbalanced_style_tags"},
	{"check/stray-tag", source.Warning, "an end tag closes nothing", ""},
	{"check/self-closing", source.Error, "<x/> does not close the element (error if what follows is lost)", "self_closing_media_tag"},
	{"check/broken-tag", source.Error, "a tag lacks its \">\" or has a stray quote", "unclosed_tag_swallowed_element"},
	{"check/visible-comment", source.Error, "a /* comment */ is shown as text", "visible_markup_comment"},
	{"check/css-syntax", source.Error, "CSS that cannot be read, or not by the official linter", "css_parse_error"},
	{"check/dead-selector", source.Error, "a rule can match nothing (warning if it names a composition that is not there)", "repeated_id_descendant_selector, scoped_css_missing_wrapper"},
	{"check/transition", source.Warning, "a CSS transition runs on the machine's clock", "css_transition_used"},
	{"check/font-missing", source.Error, "nothing supplies a font, or only another file does, where the official linter does not look", "font_family_without_font_face"},
	{"check/small-text", source.Warning, "text is too small to read", ""},
	{"check/faint-text", source.Warning, "text hardly stands out from its background", "contrast_aa_failure (in check)"},

	// files
	{"check/missing-file", source.Error, "a file is not there", "missing_local_asset, audio_src_not_found, texture_mask_asset_not_found"},
	{"check/outside-project", source.Error, "a path leaves the project", "invalid_parent_traversal_in_asset_path"},
	{"check/parent-path", source.Warning, "a path begins with ../, which older previews and the linter of 0.8.10 take for one that leaves the project", "invalid_parent_traversal_in_asset_path"},
	{"check/excluded-folder", source.Warning, "a file lies where uploads leave it out", ""},
	{"check/remote-url", source.Warning, "something comes from the network, so the film cannot be rendered without it", ""},
	{"check/unused-audio", source.Warning, "a sound file lies in the folder, but no page plays a sound", "audio_file_without_element"},
	{"check/too-large", source.Warning, "the folder is too large to upload", ""},
}
