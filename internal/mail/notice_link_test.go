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
		for w, link := range map[Renderer]string{
			{Base: "https://roster.example/people/"}:                "https://roster.example" + path,
			{Base: "https://roster.example/people/", NoPages: true}: "",
			{}: "",
		} {
			w.Site = "Roster"
			m, err := w.Render(model.Message{Kind: kind, To: "ada@roster.example", Change: model.PasswordChanged, Factor: model.AppAdded})
			if err != nil || m.Link != link || strings.Contains(m.Text, "account:\n") != (link != "") || strings.Contains(m.HTML, "href=") != (link != "") {
				t.Errorf("%s, %+v: %v, %q\n%s", kind, w, err, m.Link, m.Text)
			}
		}
	}
}
