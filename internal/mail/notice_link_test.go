package mail

import (
	"strings"
	"testing"

	"roster.example/roster/internal/model"
)

func TestNoticesLinkToTheAccountIfItsPagesAreServed(t *testing.T) {
	t.Parallel()
	for kind, path := range map[model.MessageKind]string{
		model.SecurityNoticeMessage: "/people/account/security",
		model.SecondFactorMessage:   "/people/account/security/second-factor",
	} {
		for _, noPages := range []bool{false, true} {
			link := "https://roster.example" + path
			if noPages {
				link = ""
			}
			w := Renderer{Base: "https://roster.example/people/", Site: "Roster", NoPages: noPages}
			m, err := w.Render(model.Message{Kind: kind, To: "ada@roster.example", Change: model.PasswordChanged, Factor: model.AppAdded})
			if err != nil || m.Link != link || noPages == strings.Contains(m.Text, "https://") || noPages == strings.Contains(m.HTML, "href=") {
				t.Errorf("%s, no pages %v: %v, %q\n%s", kind, noPages, err, m.Link, m.Text)
			}
		}
	}
}
