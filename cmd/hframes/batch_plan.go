package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/hframes/hframes/batch"
	"github.com/hframes/hframes/cloud"
)

// batchPlan is the JSON document of a dry run.
type batchPlan struct {
	On       string         `json:"on"`
	Rows     int            `json:"rows"`
	Seconds  float64        `json:"seconds"` // of all videos; 0 = not known
	Zip      int64          `json:"zip_bytes,omitempty"`
	Estimate cloud.Estimate `json:"estimate"`
	First    []plannedRow   `json:"first"` // the first rows
}

// plannedRow is a row that would be rendered.
type plannedRow struct {
	Row       int            `json:"row"`
	Line      int            `json:"line"`
	Output    string         `json:"output"`
	Title     string         `json:"title,omitempty"`
	Variables map[string]any `json:"variables"`
}

// plannedRows is how many rows a dry run shows.
const plannedRows = 5

// tell prints what would be rendered.
func (f *batchFlags) tell(t *terminal, plan *batch.Plan, place *batchPlace, price cloud.Estimate) error {
	doc := batchPlan{On: place.name, Rows: plan.Rows, Seconds: place.seconds * float64(plan.Rows), Zip: place.zip, Estimate: price}
	var b strings.Builder
	fmt.Fprintf(&b, "rows       %d\nvideo      %s\n", plan.Rows, place.video)
	if place.seconds > 0 {
		fmt.Fprintf(&b, "length     %.3f s each, %.3f s in all\n", place.seconds, doc.Seconds)
	} else {
		b.WriteString("length     not known before it is rendered\n")
	}
	if place.name == "heygen" {
		fmt.Fprintf(&b, "zip        %.1f MB, uploaded once\n", float64(place.zip)/1e6)
		if place.seconds > 0 {
			fmt.Fprintf(&b, "estimate   $%.4f at $%.3f a minute (prices of %s)\n", price.USD, price.Rate, price.AsOf)
		}
	}
	for j, err := range plan.Jobs() {
		if err != nil {
			return err
		}
		if j.Row > plannedRows {
			fmt.Fprintf(&b, "… and %d more\n", plan.Rows-plannedRows)
			break
		}
		values, err := json.Marshal(j.Variables)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "row %-6d %s  %s\n", j.Row, filepath.ToSlash(j.Output), values)
		doc.First = append(doc.First, plannedRow{j.Row, j.Line, j.Output, j.Title, j.Variables})
	}
	return t.result(b.String(), doc)
}
