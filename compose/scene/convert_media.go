package scene

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// loneImage returns the image that is all a paragraph holds, or nil.
func (c *chunk) loneImage(n ast.Node) *spanNode {
	var image *spanNode
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		switch child := child.(type) {
		case *ast.Text:
			if trimEnd(child.Segment.Value(c.src)) > 0 {
				return nil
			}
		case *spanNode:
			if image != nil || child.image == nil {
				return nil
			}
			image = child
		default:
			return nil
		}
	}
	return image
}

// media reads what an image shows or plays.
func (c *chunk) media(n *spanNode) *Media {
	at := n.dest
	raw := n.image.Destination
	m := &Media{Alt: c.altText(n), Title: c.expand(string(c.unescape(n.image.Title)), span{n.Pos(), n.end})}
	if at == 0 {
		at = n.Pos()
		m.Pos, m.End = c.pos(at), c.pos(n.end)
	} else {
		m.Pos, m.End = c.pos(at), c.pos(at+len(raw))
	}
	m.Src = c.expand(string(c.unescape(raw)), span{at, at + len(raw)})
	if len(bytes.TrimSpace(raw)) == 0 {
		d := c.at(span{n.Pos(), n.end}, "scene/no-source", "no file is named")
		c.list.Add(d.WithHint("write its path between ( and )"))
	}
	return m
}

var (
	videoTypes = []string{".mp4", ".webm", ".mov", ".m4v", ".mkv", ".ogv"}
	audioTypes = []string{".mp3", ".wav", ".m4a", ".aac", ".ogg", ".oga", ".opus", ".flac"}
	imageTypes = []string{".png", ".jpg", ".jpeg", ".svg", ".webp", ".gif", ".avif"}
)

// mediaKind tells a picture, a clip and a sound apart by the ending of the file's name.
func mediaKind(src string) Kind {
	switch ext := fileEnding(src); {
	case slices.Contains(videoTypes, ext):
		return VideoKind
	case slices.Contains(audioTypes, ext):
		return AudioKind
	}
	return ImageKind
}

func isImageFile(src string) bool { return slices.Contains(imageTypes, fileEnding(src)) }

func fileEnding(src string) string {
	if i := strings.IndexAny(src, "?#"); i >= 0 {
		src = src[:i]
	}
	return strings.ToLower(path.Ext(src))
}
