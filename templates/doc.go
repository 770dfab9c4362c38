// Package templates finds layouts, themes and blocks, built in or an author's own, and runs them.
//
// In go a project's files and a view of one scene; out comes HTML, the CSS that goes with it and, where a layout has
// one, the path of its motion.js. The package knows nothing of Markdown, of scenes or of timelines: what a template
// may use is [View] (a block: [BlockView]) and nothing else.
//
// # On disk
//
//	layouts/<name>/layout.html   html/template over View; draws the inside of one scene
//	               style.css     plain CSS, no {{ }}; scoped to the scene by the official runtime
//	               layout.yaml   description, slots, typed settings; visible: true on one whose value is read as text
//	               motion.js     optional: export default (element, times) => timeline | void
//	blocks/<name>/ block.html, style.css, block.yaml: what `:::name` and `:name[…]` call
//	themes/<name>/ theme.css, theme.yaml: colours, fonts, transitions
//	base.css                     units, scales, default look of blocks, motion vocabulary, transitions; for every theme
//	parts.html                   what every template may call: {{template "backdrop" .}}
//
// An author's project has the same shape under templates/ and lies over ours by name: a folder of the same name
// replaces the built-in one whole.
//
// # What a layout draws into
//
// compose wraps a layout's HTML in one element, the stage, which fills the canvas:
//
//	<div id="<scene>-stage" class="stage l-<layout> theme-<theme> landscape enter-push enter-from-left exit-push …"
//	     style="--u:1px;--dur:6s;--enter:.6s;--exit:.6s">
//
// It must set, on every stage:
//
//	l-<layout>, theme-<theme>, landscape | portrait | square      classes
//	--dur          length of the scene in seconds
//	--u            px to a unit: the canvas's shorter side over 1080. It may be left out where that is 1px
//	enter-<name> enter-from-<direction>, --enter                  for the transition into the scene
//	exit-<name> exit-from-<direction>, --exit                     for the transition into the scene that follows
//
// Name, direction and length of an exit are those of the next scene's entrance: both scenes are told where the entering
// one comes from. A direction that is left out is the transition's first. A cut sets neither class nor length. The
// entering scene's host comes after the leaving one in the page and so lies over it. base.css moves the stage itself:
// the entrance from 0 s for --enter, the exit for --exit up to --dur.
//
// The stage is a size container; cqw and cqh are its own. All lengths are multiples of --u. The classes landscape,
// portrait and square are for what must differ. No text is smaller than 24 u. Motion is CSS keyframes: 0 s of every
// animation is the scene's start, so animation-delay counts in the scene's own time, on every HyperFrames version
// (compose's clock sees to that). An element that a narration cue triggers carries --at (seconds); elements of a list
// carry --i (0, 1, …) and --n:
//
//	.item { animation: hf-rise var(--dur-2) var(--ease-out) both;
//	        animation-delay: var(--at, calc(var(--lead) + var(--i) * var(--stagger))); }
//
// # In the page's head
//
// In this order: @font-face rules, [Theme.Tokens], [Base], the theme's CSS. They stand once in a film and are not
// scoped: selectors begin with .stage (or .backdrop, the film's ground behind all scenes), and keyframes with hf- or the
// theme's name. A layout's and a block's CSS stands in the scene, scoped by the runtime; compose prefixes its keyframes.
//
// # Custom properties a layout may rely on
//
//	colours   --color-background -surface -text -muted -accent -accent-2 -on-accent -highlight -on-highlight -line -good
//	          -bad, --color-series-1 … -6; --code-ground -text -keyword -string -comment -number -function -type
//	          -punctuation. The class tone-inverse, tone-accent or tone-highlight on an element gives them other
//	          values below it: another ground. Text has 4.5:1 on background, accent 3:1.
//	fonts     --font-display --font-body --font-mono; --display-weight -stretch -settings -tracking -leading -case, all
//	          applied by the class display; --strong-weight
//	type      --step--1 (28u) --step-0 (36u) --step-1 (46u) --step-2 (60u) --step-3 (80u) --step-4 (108u)
//	          --step-5 (148u), --least (24u)
//	space     --space-1 (8u) -2 (16u) -3 (24u) -4 (40u) -5 (64u) -6 (104u), --margin-x, --margin-y (by shape; the same as
//	          [View.InnerW] and [View.InnerH]), --rule, --radius
//	motion    --ease-out --ease-in --ease-in-out --ease-spring, --dur-1 (.35s) --dur-2 (.6s) --dur-3 (.9s),
//	          --stagger (.11s), --lead (when the first element may enter, with the transition)
//	keyframes hf-fade hf-rise hf-drop hf-from-left hf-from-right hf-scale hf-pop hf-wipe hf-unveil hf-draw-x hf-draw-y
//	          hf-drift hf-word hf-mark
//	classes   display (display type; em is marked, strong is the accent), prose (running text), words (what {{words}}
//	          made comes in word by word, --wait later), flow (blocks one below the other, each coming in after the one before;
//	          --text is their size, --fit its factor, --from how many steps to wait), caption
//
// # What content looks like
//
// Block.HTML is what base.css draws by default, and all of it carries the block's id, the author's classes and --at:
// h1–h6, p, ul.list and ol.list (li, li.task, li.task.done), blockquote.quote (footer.by), table.table (th and td may be
// .right or .center; each row of the body carries --i and --n), figure.media (img or video, figcaption),
// figure.code-block (figcaption.code-title, pre.code), figure.chart, and whatever a block's template draws.
//
// # What the official checks ask of a layout
//
// Decoration carries data-layout-ignore. A picture that moves inside its frame stands in an element with
// data-layout-allow-overflow. The element that clips a video is positioned: the renderer lays a picture over the clip,
// absolutely, in the same parent. No z-index below 0, no CSS transition, nothing that measures. Only transform, opacity,
// clip-path, filter and colour are animated, so that text never changes its lines. Text is fitted when the film is
// built: [View.Fit], [View.FitBox], [View.FitItems] and [View.FitBlocks] return the factor for --fit from tables of how
// wide the theme's fonts run; [View.FlowH] says how high blocks stand.
package templates
