package cache

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

var sizes = regexp.MustCompile(`^(\d{1,18}(?:\.\d{1,9})?) ?([kmgt]?)(i?)b?$`)

// ParseSize reads a number of bytes as people write it: 500MB, 1.5 GiB, 4g, 1048576.
func ParseSize(text string) (int64, error) {
	m := sizes.FindStringSubmatch(strings.ToLower(text))
	if m == nil || m[3] != "" && m[2] == "" {
		return 0, fmt.Errorf("%q is not a size, such as 500MB or 4GB", text)
	}
	n, err := strconv.ParseFloat(m[1], 64)
	base := 1000.0
	if m[3] != "" {
		base = 1024
	}
	if m[2] != "" {
		n *= math.Pow(base, float64(1+strings.Index("kmgt", m[2])))
	}
	if err != nil || n >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is too large for a size", text)
	}
	return int64(n), nil
}
