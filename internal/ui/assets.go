package ui

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
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
	".png": "image/png",
}

// newAsset names body after file and its hash: "roster.css" becomes "roster.0123456789abcdef.css".
func newAsset(file string, body []byte) asset {
	sum := sha256.Sum256(body)
	extension := path.Ext(file)
	name := strings.TrimSuffix(file, extension) + "." + hex.EncodeToString(sum[:8]) + extension
	return asset{name: name, contentType: contentTypes[extension], body: body}
}

// readAssets returns the embedded files by their file names, and those of the branding.
func readAssets(c Config) map[string]asset {
	entries, err := assetFiles.ReadDir("assets")
	if err != nil {
		panic(err) // embedded above
	}
	assets := map[string]asset{}
	if c.Hue != 0 {
		assets["brand.css"] = newAsset("brand.css", fmt.Appendf(nil, ":root { --hue: %d }\n", c.Hue))
	}
	if c.Logo != nil {
		assets[logoAsset] = newAsset("logo"+logoExtension(c.Logo), c.Logo)
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
			// A browser that opens the file itself runs no script of a picture.
			w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
			web.WriteBody(w, http.StatusOK, a.contentType, a.body)
			return true
		}
	}
	return false
}

// maxLogo is the maximum size of a logo in bytes.
const maxLogo = 64 << 10

// logoAsset is the key of the logo of the branding among the assets.
const logoAsset = "logo"

// CheckLogo returns an error if a file cannot be a logo: it is not an SVG or PNG picture, or larger than
// 64 KiB. The pages show it as an image, in which browsers run no script.
func CheckLogo(file []byte) error {
	switch {
	case len(file) > maxLogo:
		return fmt.Errorf("the logo has %d bytes; use a picture of at most %d", len(file), maxLogo)
	case logoExtension(file) == "":
		return errors.New("the logo is neither an SVG nor a PNG picture")
	}
	return nil
}

// logoExtension returns .png or .svg, or "" for other files.
func logoExtension(file []byte) string {
	switch {
	case http.DetectContentType(file) == "image/png":
		return ".png"
	case bytes.Contains(file[:min(len(file), 1024)], []byte("<svg")):
		return ".svg"
	}
	return ""
}

// logoURL returns the path of the logo of the branding, or "".
func (u *UI) logoURL() (string, error) {
	if u.config.Logo == nil {
		return "", nil
	}
	return u.assetURL(logoAsset)
}

// assetURL returns the path of an asset by its file name.
func (u *UI) assetURL(file string) (string, error) {
	a, ok := u.assets()[file]
	if !ok {
		return "", errNo("asset", file)
	}
	return u.config.Root + u.config.AssetPath + a.name, nil
}
