package media

import (
	"errors"
	"fmt"
)

// A box is a part of an ISO base media file (MP4, MOV, AVIF): its type and where its content lies.
type box struct {
	kind     string
	off, end int64
	cut      bool // it announces more than there is
}

// mostBoxes bounds the boxes of one parent: a fragmented film has two a fragment.
const mostBoxes = 1 << 18

// boxes calls visit for every box between from and to until it returns false or an error. A box that reaches past its
// parent is cut at the parent's end, as players do with files that were cut off.
func (f *file) boxes(from, to int64, visit func(box) (bool, error)) error {
	for n := 0; from+8 <= to; n++ {
		if n == mostBoxes {
			return errTangled
		}
		b, err := f.at(from, 8)
		if err != nil {
			return err
		}
		size, head, kind := int64(be.Uint32(b)), int64(8), string(b[4:8])
		switch size {
		case 0: // the rest
			size = to - from
		case 1:
			b, err := f.at(from+8, 8)
			if err != nil {
				return err
			}
			size, head = int64(be.Uint64(b)), 16
		}
		if size < head {
			return fmt.Errorf("the %q box at byte %d has no proper length", kind, from)
		}
		end := to
		if size < to-from {
			end = from + size
		}
		if more, err := visit(box{kind, from + head, end, size > to-from}); err != nil || !more {
			return err
		}
		from = end
	}
	return nil
}

// endsInside returns the error for a file that ends inside a box that its picture or sound needs. Only the boxes at the
// top are looked at: what follows the last of them may be anything.
func (f *file) endsInside() error {
	var cut error
	_ = f.boxes(0, f.size, func(b box) (bool, error) {
		if b.cut && (b.kind == "moov" || b.kind == "mdat" || b.kind == "moof") {
			cut = fmt.Errorf("the file ends inside its %q box", b.kind)
		}
		return true, nil
	})
	return cut
}

// child returns the first box of that type inside parent.
func (f *file) child(parent box, kind string) (box, bool) {
	var found box
	err := f.boxes(parent.off, parent.end, func(b box) (bool, error) {
		if b.kind == kind {
			found = b
		}
		return b.kind != kind, nil
	})
	return found, err == nil && found.kind != ""
}

// body returns the first bytes of a box, at most n.
func (f *file) body(b box, n int) []byte {
	data, err := f.at(b.off, int(min(int64(n), b.end-b.off)))
	if err != nil {
		return nil
	}
	return data
}

// readAVIF reads the size of the primary picture of an AVIF, and the length of an image sequence.
func readAVIF(f *file) (Info, error) {
	info := Info{Kind: Image, MIME: "image/avif", Codec: "av1"}
	var meta, moov box
	err := f.boxes(0, f.size, func(b box) (bool, error) {
		switch b.kind {
		case "meta":
			meta = b
		case "moov":
			moov = b
		}
		return true, nil
	})
	if err != nil {
		return Info{}, err
	}
	if meta.kind != "" {
		info.Width, info.Height = f.primarySize(meta)
	}
	if moov.kind != "" {
		if film, err := readMovie(f, moov); err == nil && film.frames > 1 {
			info.Animated, info.Duration = true, film.info.Duration
			if info.Width == 0 {
				info.Width, info.Height = film.info.Width, film.info.Height
			}
		}
	}
	if info.Width == 0 || info.Height == 0 {
		return Info{}, errors.New("it does not say its size")
	}
	if err := f.endsInside(); err != nil {
		return Info{}, err
	}
	return info, pixels(uint64(info.Width), uint64(info.Height))
}

// primarySize returns the ispe size of the primary item, turned as its irot property says.
func (f *file) primarySize(meta box) (w, h int) {
	meta.off += 4 // version and flags
	primary := f.primaryItem(meta)
	iprp, ok := f.child(meta, "iprp")
	if !ok {
		return 0, 0
	}
	ipco, _ := f.child(iprp, "ipco")
	ipma, _ := f.child(iprp, "ipma")
	uses := f.itemProperties(ipma, primary)
	used := func(i int) bool {
		for _, u := range uses {
			if u == i {
				return true
			}
		}
		return uses == nil
	}
	turned, index := false, 0
	_ = f.boxes(ipco.off, ipco.end, func(b box) (bool, error) {
		if index++; !used(index) {
			return true, nil
		}
		switch d := f.body(b, 12); {
		case b.kind == "ispe" && len(d) == 12 && w == 0:
			w, h = int(be.Uint32(d[4:])), int(be.Uint32(d[8:]))
		case b.kind == "irot" && len(d) >= 1:
			turned = d[0]&1 == 1
		}
		return true, nil
	})
	if turned {
		w, h = h, w
	}
	return w, h
}

// primaryItem returns the number of the item that pitm names, 0 if none.
func (f *file) primaryItem(meta box) uint32 {
	pitm, ok := f.child(meta, "pitm")
	if !ok {
		return 0
	}
	switch b := f.body(pitm, 8); {
	case len(b) >= 8 && b[0] > 0:
		return be.Uint32(b[4:])
	case len(b) >= 6:
		return uint32(be.Uint16(b[4:]))
	}
	return 0
}

// itemProperties returns the properties (counted from 1) that ipma gives an item, nil if it says nothing of it.
func (f *file) itemProperties(ipma box, item uint32) []int {
	d := f.body(ipma, 64<<10)
	if len(d) < 8 {
		return nil
	}
	wideID, wideIndex := d[0] > 0, d[3]&1 == 1
	count := be.Uint32(d[4:])
	d = d[8:]
	for range count {
		id := uint32(0)
		switch {
		case wideID && len(d) >= 5:
			id, d = be.Uint32(d), d[4:]
		case !wideID && len(d) >= 3:
			id, d = uint32(be.Uint16(d)), d[2:]
		default:
			return nil
		}
		n := int(d[0])
		d = d[1:]
		width := 1
		if wideIndex {
			width = 2
		}
		if len(d) < n*width {
			return nil
		}
		if id == item {
			uses := make([]int, 0, n)
			for i := range n {
				if wideIndex {
					uses = append(uses, int(be.Uint16(d[2*i:])&0x7fff))
				} else {
					uses = append(uses, int(d[i]&0x7f))
				}
			}
			return uses
		}
		d = d[n*width:]
	}
	return nil
}
