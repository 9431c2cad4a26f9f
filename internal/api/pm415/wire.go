package pm415

import (
	"net/http"
	"slices"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/web"
)

// answer writes JSON with the content type of the original.
func answer(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	return web.WriteJSON(w, status, v)
}

// succeed answers 200, which pm415 does for everything, creation included.
func succeed(w http.ResponseWriter, v any) error {
	return answer(w, http.StatusOK, v)
}

// done is the answer that says nothing else.
type done struct {
	Success bool `json:"success"`
}

// person is the "clean" user: no password, key, state or date (reference
// section 3). What is not a field here, is never told.
type person struct {
	ID            directory.UserID `json:"id"`
	Email         string           `json:"email"`
	FirstName     string           `json:"firstName"`
	LastName      string           `json:"lastName"`
	Organizations any              `json:"organizations"` // []place or []plainPlace
}

// place is an organization with the roles that the person holds there.
type place struct {
	ID    directory.OrgID `json:"id"`
	Name  string          `json:"name"`
	Roles []held          `json:"roles"`
}

// plainPlace is an organization as the answer to a login shows it.
type plainPlace struct {
	ID   directory.OrgID `json:"id"`
	Name string          `json:"name"`
}

type held struct {
	ID   directory.RoleID `json:"id"`
	Role string           `json:"role"`
}

// whole is an organization with dates, as /api/org shows it.
type whole struct {
	ID        directory.OrgID `json:"id"`
	Name      string          `json:"name"`
	CreatedAt string          `json:"createdAt"`
	UpdatedAt string          `json:"updatedAt"`
	Roles     []datedRole     `json:"roles"`
}

type datedRole struct {
	ID        directory.RoleID `json:"id"`
	Role      string           `json:"role"`
	CreatedAt string           `json:"createdAt"`
	UpdatedAt string           `json:"updatedAt"`
}

func personOf(u directory.User, organizations any) person {
	return person{
		ID: u.ID, Email: u.Primary().Address, FirstName: u.GivenName, LastName: u.FamilyName, Organizations: organizations,
	}
}

func placesOf(list []directory.Membership) []place {
	places := make([]place, 0, len(list))
	for _, m := range list {
		places = append(places, place{m.Organization.ID, m.Organization.Name, []held{{m.Role.ID, m.Role.Name}}})
	}
	return places
}

// currentOf is the place that the credential selected; nil leaves the member out.
func currentOf(places []place, id directory.OrgID) *place {
	at := slices.IndexFunc(places, func(p place) bool { return p.ID == id })
	if at < 0 {
		return nil
	}
	return &places[at]
}

func wholeOf(m directory.Membership) whole {
	org, since := m.Organization, m.Role.CreatedAt
	if since.IsZero() {
		since = org.CreatedAt // the roles that are built in are as old as it is
	}
	role := datedRole{ID: m.Role.ID, Role: m.Role.Name, CreatedAt: stamp(since), UpdatedAt: stamp(since)}
	return whole{
		ID: org.ID, Name: org.Name, CreatedAt: stamp(org.CreatedAt), UpdatedAt: stamp(org.UpdatedAt), Roles: []datedRole{role},
	}
}

// stamp writes a time as JavaScript does.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
