package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/hframes/hframes/internal/npm"
	"github.com/spf13/cobra"
)

// version is set by the release build; a plain go build takes it from the module.
var version = ""

func versionCommand(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			v := versionText()
			return t.result("hframes "+v, struct {
				Version     string `json:"version"`
				HyperFrames string `json:"hyperframes"`
				Go          string `json:"go"`
				Platform    string `json:"platform"`
			}{v, npm.Runtime.Version, runtime.Version(), fmt.Sprintf("%s/%s", runtime.GOOS, runtime.GOARCH)})
		},
	}
}

func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
