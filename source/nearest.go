package source

import (
	"fmt"
	"slices"
	"strings"
)

// DidYouMean returns the hint `did you mean "x"?` for the known name nearest to name, or, when none is near, a list of
// the known names; "" if there are none.
func DidYouMean(name string, known []string) string {
	if near := Nearest(name, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(known) == 0 {
		return ""
	}
	sorted := slices.Clone(known)
	slices.Sort(sorted)
	const most = 16
	if len(sorted) > most {
		return "known: " + strings.Join(sorted[:most], ", ") + ", …"
	}
	return "known: " + strings.Join(sorted, ", ")
}

// Nearest returns the known name within the fewest edits of name (insertion, deletion, replacement, swap of
// neighbours; case does not count), or "" if none is within a third of its length. Ties go to the first in order.
func Nearest(name string, known []string) string {
	best, bestCost := "", len(name)/3+1
	for _, k := range known {
		if cost := edits(strings.ToLower(name), strings.ToLower(k), bestCost); cost < bestCost || (cost == bestCost && best == "" && cost <= max(len(name), len(k))/3) {
			best, bestCost = k, cost
		}
	}
	return best
}

// edits returns the edit distance of a and b (optimal string alignment), or limit+1 once it must exceed limit.
func edits(a, b string, limit int) int {
	ra, rb := []rune(a), []rune(b)
	if d := len(ra) - len(rb); d > limit || -d > limit {
		return limit + 1
	}
	two, one, row := make([]int, len(rb)+1), make([]int, len(rb)+1), make([]int, len(rb)+1)
	for j := range one {
		one[j] = j
	}
	for i := 1; i <= len(ra); i++ {
		row[0] = i
		for j := 1; j <= len(rb); j++ {
			cost := 1
			if ra[i-1] == rb[j-1] {
				cost = 0
			}
			row[j] = min(one[j]+1, row[j-1]+1, one[j-1]+cost)
			if i > 1 && j > 1 && ra[i-1] == rb[j-2] && ra[i-2] == rb[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
		}
		two, one, row = one, row, two
	}
	return one[len(rb)]
}
