package pixel

// Pairs of weights as convertSSE2 wants them: that of blue in the lower half and that of red in the upper, that of green
// in the lower and nothing, for alpha, in the upper.
const (
	yBlueRed = yR<<16 + yB&0xFFFF
	yGreen   = yG & 0xFFFF
	uBlueRed = uR<<16 + uB&0xFFFF
	uGreen   = uG & 0xFFFF
	vBlueRed = vR<<16 + vB&0xFFFF
	vGreen   = vG & 0xFFFF

	yStart  = 16<<yBits + 1<<(yBits-1)
	uvStart = 128<<uvBits + 1<<(uvBits-1)
)

// convertBlocks is convertBlocksGo with SSE2, which every amd64 has.
func convertBlocks(yt, yb, u, v, top, bottom []byte, n int) {
	if n < 1 {
		return
	}
	_, _ = yt[n*blockWidth-1], yb[n*blockWidth-1]
	_, _ = u[n*blockWidth/2-1], v[n*blockWidth/2-1]
	_, _ = top[n*blockBytes-1], bottom[n*blockBytes-1]
	convertSSE2(&yt[0], &yb[0], &u[0], &v[0], &top[0], &bottom[0], n)
}

// convertSSE2 converts n blocks, at least 1. It does not know where the memory ends.
//
//go:noescape
func convertSSE2(yt, yb, u, v, top, bottom *byte, n int)
