package main

import (
	"encoding/json"

	"github.com/hframes/hframes/compose/scene"
	"github.com/spf13/cobra"
)

func schemaCommand(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the front matter and of scene blocks",
		Args:  args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			return t.result(string(scene.Schema()), json.RawMessage(scene.Schema()))
		},
	}
}
