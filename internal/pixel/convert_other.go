//go:build !amd64

package pixel

// convertBlocks converts n blocks side by side.
func convertBlocks(yt, yb, u, v, top, bottom []byte, n int) {
	convertBlocksGo(yt, yb, u, v, top, bottom, n)
}
