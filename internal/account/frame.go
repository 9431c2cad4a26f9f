package account

import (
	"net/http"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// self is the user of the actor.
type self struct {
	model.User
	administers bool // whether the user may open the console
}

func (p *pages) me(r *http.Request, actor model.Actor) (self, error) {
	a, err := p.Directory.Administration(r.Context(), actor)
	return self{a.User, a.Any()}, err
}

// page returns a page with the navigation of the account. current is the path of the page in the
// navigation; "" if it is not there.
func (p *pages) page(r *http.Request, actor model.Actor, title, current string) (ui.Page, error) {
	me, err := p.me(r, actor)
	if err != nil {
		return ui.Page{}, err
	}
	return p.pageOf(r, me, title, current), nil
}

// pageOf is page for a user that is known.
func (p *pages) pageOf(r *http.Request, me self, title, current string) ui.Page {
	m := p.UI.MessagesFor(r)
	link := func(text, icon, path string) ui.NavLink {
		return ui.NavLink{Text: text, Icon: icon, Path: path, Current: path == current}
	}
	return ui.Page{
		Title: title, Done: doneText(m, r),
		Frame: &ui.Frame{
			Label: m.Text("account.title"), Username: me.Username, Name: me.Name, Admin: me.Admin, Console: me.administers,
			Groups: []ui.NavGroup{
				{Title: m.Text("account.title"), Links: []ui.NavLink{
					link(m.Text("account.profile"), "user", profilePath),
					link(m.Text("account.organizations"), "org", organizationsPath),
					link(m.Text("account.preferences"), "settings", preferencesPath),
				}},
				{Title: m.Text("account.access"), Links: []ui.NavLink{
					link(m.Text("account.security"), "lock", SecurityPath),
					link(m.Text("account.second_factor"), "phone", factorPath),
					link(m.Text("account.keys"), "key", keysPath),
				}},
				{Title: m.Text("account.more"), Links: []ui.NavLink{
					link(m.Text("account.activity"), "event", activityPath),
					link(m.Text("account.data"), "data", dataPath),
				}},
			},
		},
	}
}

// doneText returns the text about what the form before has done; "" if the query names none.
func doneText(m *ui.Messages, r *http.Request) string {
	in, err := ui.ReadQuery(r)
	if err != nil {
		return ""
	}
	if key, ok := doneTexts[in.Text("done")]; ok {
		return m.Text(key)
	}
	return ""
}
