package native

import (
	"cmp"
	"slices"
	"strings"

	"roster.example/roster/internal/web"
)

// etag returns a version as an entity tag (RFC 9110, section 8.8.3).
func etag(version string) string { return `"` + version + `"` }

// IfMatchHeader is embedded in the input of updates that support conditions.
type IfMatchHeader struct {
	IfMatch string `header:"If-Match" maxLength:"255" doc:"Apply the change only to this version: an ETag that was read."`
}

// noMatch is a value that equals no version.
const noMatch = "none"

// version returns the condition for the directory: "" for any version, or versions separated by commas. A condition that no
// version can meet, such as the empty tag or a weak one, must not become "".
func (in IfMatchHeader) version() string {
	if in.IfMatch == "" {
		return ""
	}
	c, err := web.ParseIfMatch([]string{in.IfMatch})
	switch {
	case err != nil:
		return noMatch
	case c.Any:
		return ""
	}
	tags := slices.DeleteFunc(c.Tags, func(tag string) bool { return tag == "" || strings.Contains(tag, ",") })
	return cmp.Or(strings.Join(tags, ","), noMatch)
}
