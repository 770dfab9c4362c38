package media

import (
	"path"
	"strings"
)

// mimes is our own table: the machine's differs from machine to machine and is wrong for half of these.
var mimes = map[string]string{
	".aac": "audio/aac", ".apng": "image/apng", ".avif": "image/avif", ".bmp": "image/bmp",
	".css": "text/css; charset=utf-8", ".csv": "text/csv; charset=utf-8", ".cube": "text/plain; charset=utf-8",
	".flac": "audio/flac", ".gif": "image/gif", ".glb": "model/gltf-binary", ".gltf": "model/gltf+json",
	".hdr": "image/vnd.radiance", ".heic": "image/heic", ".heif": "image/heif",
	".htm": "text/html; charset=utf-8", ".html": "text/html; charset=utf-8", ".ico": "image/x-icon",
	".jfif": "image/jpeg", ".jpeg": "image/jpeg", ".jpg": "image/jpeg",
	".js": "text/javascript; charset=utf-8", ".json": "application/json", ".jxl": "image/jxl",
	".lottie": "application/zip+dotlottie", ".m4a": "audio/mp4", ".m4v": "video/mp4", ".map": "application/json",
	".md": "text/markdown; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".mka": "audio/matroska",
	".mkv": "video/matroska", ".mov": "video/quicktime", ".mp3": "audio/mpeg", ".mp4": "video/mp4",
	".oga": "audio/ogg", ".ogg": "audio/ogg", ".ogv": "video/ogg", ".opus": "audio/ogg", ".otf": "font/otf",
	".pdf": "application/pdf", ".png": "image/png", ".srt": "application/x-subrip", ".svg": "image/svg+xml",
	".tif": "image/tiff", ".tiff": "image/tiff", ".ts": "text/typescript; charset=utf-8", ".ttf": "font/ttf",
	".tsx": "text/typescript; charset=utf-8", ".txt": "text/plain; charset=utf-8", ".vtt": "text/vtt; charset=utf-8",
	".wasm": "application/wasm", ".wav": "audio/wav", ".weba": "audio/webm", ".webm": "video/webm", ".webp": "image/webp",
	".webmanifest": "application/manifest+json", ".woff": "font/woff", ".woff2": "font/woff2",
	".xml": "application/xml", ".yaml": "application/yaml", ".yml": "application/yaml", ".zip": "application/zip",
}

// MIME returns the media type for a file's name, with a charset for text; "application/octet-stream" for what is not
// in our table. It never looks at the machine's tables, so every machine answers alike.
func MIME(name string) string {
	if t, ok := mimes[strings.ToLower(path.Ext(name))]; ok {
		return t
	}
	return "application/octet-stream"
}
