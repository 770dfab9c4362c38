# make demo   all set-up, then examples/launch becomes launch.mp4
# make test   all set-up, then every test
# make bench  the benchmarks, side by side with the official CLI
# make bench-render  whole renders, side by side with the official CLI
# make fuzz   every fuzz target for FUZZTIME (10s)

GO       ?= go
FUZZTIME ?= 10s

.PHONY: demo test bench bench-render fuzz picture setup setup-tests build clean

build: bin/hframes

bin/hframes: FORCE
	$(GO) build -trimpath -ldflags='-s -w' -o bin/hframes ./cmd/hframes

FORCE:

setup:
	scripts/setup run

setup-tests:
	scripts/setup test

demo: setup build
	bin/hframes doctor --fetch
	bin/hframes render examples/launch --on local -o launch.mp4

test: setup-tests build
	scripts/test $(FUZZTIME)

bench: setup-tests build
	scripts/bench

bench-render: setup-tests build
	scripts/bench-render

fuzz: setup
	scripts/fuzz $(FUZZTIME)

# The pictures in the README: six stills of launch.mp4, and the preview.
picture: demo
	mkdir -p docs
	HFRAMES_PICTURES=docs $(GO) test -count=1 -run TestPreviewPictures .
	ffmpeg -v error -y -i launch.mp4 -vf "select='eq(n,75)+eq(n,470)+eq(n,690)+eq(n,930)+eq(n,1190)+eq(n,1370)',scale=640:-2:in_color_matrix=bt709,format=rgb24,tile=3x2:padding=12:margin=12:color=white" -frames:v 1 docs/launch.png

clean:
	rm -rf bin build renders launch.mp4
