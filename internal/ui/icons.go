package ui

import (
	"encoding/xml"
	"fmt"
	"html/template"
)

// symbol is one drawing of assets/icons.svg.
type symbol struct {
	ID      string `xml:"id,attr"`
	ViewBox string `xml:"viewBox,attr"`
	Body    string `xml:",innerxml"`
}

// readIcons returns the icons by name, as SVG elements for the middle of a page. Screen readers skip
// them; the text beside an icon says the same.
func readIcons(sheet []byte) (map[string]template.HTML, error) {
	var file struct {
		Symbols []symbol `xml:"symbol"`
	}
	if err := xml.Unmarshal(sheet, &file); err != nil {
		return nil, fmt.Errorf("icons.svg: %w", err)
	}
	icons := map[string]template.HTML{}
	for _, s := range file.Symbols {
		icons[s.ID] = template.HTML(`<svg class="icon" viewBox="` + s.ViewBox + `" aria-hidden="true">` + s.Body + `</svg>`)
	}
	return icons, nil
}

// icon is the template function of that name.
func (u *UI) icon(name string) (template.HTML, error) {
	if svg, ok := u.icons()[name]; ok {
		return svg, nil
	}
	return "", errNo("icon", name)
}
