package hframes_test

import (
	"path/filepath"
	"testing"
)

// The page's TypeScript has no type error. esbuild, which bundles it, does not look.
func TestPreviewTypes(t *testing.T) {
	compiler, err := filepath.Abs("tools/node_modules/typescript/bin/tsc")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := pinnedNode(t, compiler, "-p", "preview/ui").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
