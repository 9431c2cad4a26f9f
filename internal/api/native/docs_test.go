package native

import (
	"bytes"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/danielgtaylor/huma/v2"
)

// A sentence that the source wraps stays in one paragraph.
func TestParagraphsOfTheDocumentationEndWithASentence(t *testing.T) {
	t.Parallel()
	rules := regexp.MustCompile(`(?s)<p>(.*?)</p>`).FindAllSubmatch(render(&huma.OpenAPI{}), -1)
	for _, m := range rules[1:] {
		if text := string(m[1]); !strings.HasSuffix(text, ".") || !unicode.IsUpper(rune(text[0])) {
			t.Errorf("a paragraph is no sentence: %q", text)
		}
	}
	if len(rules) != 5 {
		t.Errorf("%d paragraphs, want the title, three rules and the variables", len(rules))
	}
}

// The colour pairs and their minimal contrast by WCAG 2.2 (1.4.3 for text, 1.4.11 for borders).
func TestColoursOfTheDocumentationHaveContrastInBothSchemes(t *testing.T) {
	t.Parallel()
	light, dark, found := bytes.Cut(docsCSS, []byte("@media (prefers-color-scheme: dark)"))
	if !found {
		t.Fatal("the style sheet has no dark scheme")
	}
	for scheme, text := range map[string][]byte{"light": light, "dark": dark} {
		colours := luminances(string(text))
		for _, pair := range []struct {
			front, back string
			least       float64
		}{
			{"ink", "paper", 7}, {"ink", "panel", 7}, {"faint", "paper", 4.5}, {"accent", "paper", 4.5}, {"line", "paper", 3},
		} {
			front, ok := colours[pair.front]
			back, okToo := colours[pair.back]
			if got := (max(front, back) + 0.05) / (min(front, back) + 0.05); !ok || !okToo || got < pair.least {
				t.Errorf("%s: the contrast of %s on %s is %.2f, want %.1f", scheme, pair.front, pair.back, got, pair.least)
			}
		}
	}
}

// luminances returns the luminance of every colour by its name.
func luminances(style string) map[string]float64 {
	found := map[string]float64{}
	for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2});`).FindAllStringSubmatch(style, -1) {
		found[m[1]] = 0.2126*linear(m[2]) + 0.7152*linear(m[3]) + 0.0722*linear(m[4])
	}
	return found
}

func linear(hex string) float64 {
	n, err := strconv.ParseUint(hex, 16, 8)
	if err != nil {
		return math.NaN()
	}
	c := float64(n) / 255
	if c <= 0.04045 {
		return c / 12.92
	}
	return math.Pow((c+0.055)/1.055, 2.4)
}
