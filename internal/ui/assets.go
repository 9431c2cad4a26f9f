package ui

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"

	"roster.example/roster/internal/web"
)

//go:embed assets
var assetFiles embed.FS

// asset is a file that pages link to.
type asset struct {
	name        string // contains the hash of the body, so that browsers may cache it without end
	contentType string
	body        []byte
}

// contentTypes are those of the files in assets, by extension.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// newAsset names body after file and its hash: "roster.css" becomes "roster.0123456789abcdef.css".
func newAsset(file string, body []byte) asset {
	sum := sha256.Sum256(body)
	extension := path.Ext(file)
	name := strings.TrimSuffix(file, extension) + "." + hex.EncodeToString(sum[:8]) + extension
	return asset{name: name, contentType: contentTypes[extension], body: body}
}

// readAssets returns the embedded files by their file names, and brand.css if hue is not 0.
func readAssets(hue int) map[string]asset {
	entries, err := assetFiles.ReadDir("assets")
	if err != nil {
		panic(err) // embedded above
	}
	assets := map[string]asset{}
	if hue != 0 {
		assets["brand.css"] = newAsset("brand.css", fmt.Appendf(nil, ":root { --hue: %d }\n", hue))
	}
	for _, e := range entries {
		body, err := assetFiles.ReadFile(path.Join("assets", e.Name()))
		if err != nil {
			panic(err) // embedded above
		}
		assets[e.Name()] = newAsset(e.Name(), body)
	}
	return assets
}

// ServeAsset writes the asset with the hashed name, or reports false if there is none.
func (u *UI) ServeAsset(w http.ResponseWriter, name string) bool {
	for _, a := range u.assets() {
		if a.name == name {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			web.WriteBody(w, http.StatusOK, a.contentType, a.body)
			return true
		}
	}
	return false
}

// assetURL returns the path of an asset by its file name.
func (u *UI) assetURL(file string) (string, error) {
	a, ok := u.assets()[file]
	if !ok {
		return "", errNo("asset", file)
	}
	return u.config.Root + u.config.AssetPath + a.name, nil
}
