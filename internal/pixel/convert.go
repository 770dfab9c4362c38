package pixel

import "encoding/binary"

// A block is what is converted at once: 8×2 pixels.
const (
	blockWidth = 8              // pixels, and bytes of Y, in a row
	blockBytes = 4 * blockWidth // bytes of the picture in a row
)

// In BT.709 luma is 0.2126 R + 0.7152 G + 0.0722 B, U is (B - luma) / 1.8556 and V (R - luma) / 1.5748. In limited range
// Y has 219 steps from 16, U and V have 224 around 128, where R, G and B have 255. These are the weights with as many
// fraction bits as fit 16-bit multiplication. Those of U add up to 0, and those of V, so that a grey has no colour.
const (
	yBits  = 15
	yR     = 5983
	yG     = 20127
	yB     = 2032
	uvBits = 16 + 2 // they weigh the sum of four pixels
	uR     = -6596
	uG     = -22189
	uB     = 28785
	vR     = 28784
	vG     = -26145
	vB     = -2639
)

// convertBlocksGo converts n blocks side by side, from two rows of a picture to two rows of Y and one of U and of V.
//
// It works on 64-bit words as pairs of 32-bit lanes. A word of a picture holds two pixels, so its blue, green and red are
// three words with one value in each lane, and one multiplication weighs two pixels. The weights are shifted so that the
// result is the lane's highest byte; no sum leaves its lane. For chroma the lanes are U (low) and V, which one
// multiplication gives at once. Negative weights borrow from the lane above; the whole sum, positive in both lanes, has
// paid it back.
func convertBlocksGo(yt, yb, u, v, top, bottom []byte, n int) {
	for i := range n {
		convertBlock((*[blockWidth]byte)(yt[i*blockWidth:]), (*[blockWidth]byte)(yb[i*blockWidth:]),
			(*[blockWidth / 2]byte)(u[i*blockWidth/2:]), (*[blockWidth / 2]byte)(v[i*blockWidth/2:]),
			(*[blockBytes]byte)(top[i*blockBytes:]), (*[blockBytes]byte)(bottom[i*blockBytes:]))
	}
}

// convertBlock converts one block.
func convertBlock(yt, yb *[blockWidth]byte, u, v *[blockWidth / 2]byte, top, bottom *[blockBytes]byte) {
	for i := range u {
		y, r, g, b := luma(binary.LittleEndian.Uint64(top[8*i:]))
		yt[2*i], yt[2*i+1] = byte(y>>24), byte(y>>56)
		y, r2, g2, b2 := luma(binary.LittleEndian.Uint64(bottom[8*i:]))
		yb[2*i], yb[2*i+1] = byte(y>>24), byte(y>>56)
		uv := chroma(r+r2, g+g2, b+b2)
		u[i], v[i] = byte(uv>>24), byte(uv>>56)
	}
}

const (
	each = 1<<32 | 1      // 1 in each lane
	low  = 0xFF * each    // the lowest byte of each lane
	half = 1 << 23 * each // what makes cutting off rounding
)

// luma returns Y of the two pixels of w, each in the highest byte of its lane, and the pixels' colours.
func luma(w uint64) (y, r, g, b uint64) {
	const shift = 24 - yBits
	r, g, b = w>>16&low, w>>8&low, w&low
	return r*(yR<<shift) + g*(yG<<shift) + b*(yB<<shift) + (16<<24*each + half), r, g, b
}

// chroma returns U and V, each in the highest byte of its lane, of four pixels: two in the lanes of each colour.
func chroma(r, g, b uint64) uint64 {
	const (
		shift = 24 - uvBits
		r1    = (vR<<32 + uR) << shift & (1<<64 - 1)
		g1    = (vG<<32 + uG) << shift & (1<<64 - 1)
		b1    = (vB<<32 + uB) << shift & (1<<64 - 1)
	)
	return sum(r)*r1 + sum(g)*g1 + sum(b)*b1 + (128<<24*each + half)
}

// sum adds the two lanes.
func sum(w uint64) uint64 { return uint64(uint32(w + w>>32)) }
