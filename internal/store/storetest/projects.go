package storetest

import (
	"context"
	"fmt"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
)

func projectTests() []contractTest {
	return []contractTest{
		{"a project is read as written and as changed", projectRoundTrip},
		{"a permalink is unique in its organization", projectConflicts},
		{"the assignees of a project are replaced as a whole", assigned},
		{"with a project its assignments are deleted, and no others", droppedProject},
		{"assignments are found for many users at once", assignments},
	}
}

func (f fixture) project(o directory.Organization, permalink string) directory.Project {
	f.Helper()
	p := directory.Project{
		Org: o.ID, Name: "Project " + permalink, Permalink: permalink, Group: "Engines", Icon: 7,
		Overview: "over\nview", StartPage: "tickets", Status: directory.ProjectOnHold, CreatedAt: sampleTime(),
	}
	f.update(func(tx directory.Writer) error { return tx.AddProject(&p) })
	return p
}

func projectRoundTrip(f fixture) {
	org := f.organization("One")
	p, second := f.project(org, "engine"), f.project(org, "loom")
	f.project(f.organization("Two"), "engine")
	byID := func(tx directory.Reader) (directory.Project, error) { return tx.Project(p.ID) }
	f.wantEqual("project", readValue(f, byID), p)
	f.wantEqual("by permalink", readValue(f, func(tx directory.Reader) (directory.Project, error) {
		return tx.ProjectByPermalink(org.ID, "engine")
	}), p)
	f.wantEqual("projects", readValue(f, func(tx directory.Reader) ([]directory.Project, error) { return tx.Projects(org.ID) }), []directory.Project{p, second})
	f.wantEqual("count", readValue(f, func(tx directory.Reader) (int, error) { return tx.ProjectCount(org.ID) }), 2)
	f.wantEqual("count of nothing", readValue(f, func(tx directory.Reader) (int, error) { return tx.ProjectCount(99) }), 0)
	p = directory.Project{ID: p.ID, Org: org.ID, Name: "N", Permalink: "n", Status: directory.ProjectArchived}
	f.update(func(tx directory.Writer) error { return tx.ChangeProject(p) })
	f.wantEqual("changed project", readValue(f, byID), p)
	f.update(func(tx directory.Writer) error { return tx.DropProject(p.ID) })
	wantNotFound(f, "project", byID)
}

func projectConflicts(f fixture) {
	org := f.organization("One")
	p := f.project(org, "engine")
	second := f.project(org, "loom")
	second.Permalink = "engine"
	f.wantConflict(f.failedUpdate(func(tx directory.Writer) error { return tx.ChangeProject(second) }), "permalink")
	f.wantConflict(f.failedUpdate(func(tx directory.Writer) error { return tx.AddProject(&p) }), "permalink")
	p.Org = 99
	f.wantKind(f.failedUpdate(func(tx directory.Writer) error { return tx.AddProject(&p) }), fault.NotFound)
}

func (f fixture) assign(p directory.Project, users ...directory.UserID) {
	f.Helper()
	f.update(func(tx directory.Writer) error { return tx.PutAssigned(p.ID, users) })
}

func assigned(f fixture) {
	p := f.project(f.organization("One"), "engine")
	ada, bea, cid := f.user("ada"), f.user("bea"), f.user("cid")
	assignees := func(tx directory.Reader) ([]directory.User, error) { return tx.Assigned(p.ID, 0, 0) }
	f.assign(p, cid.ID, ada.ID, ada.ID)
	f.wantEqual("assigned", readValue(f, assignees), []directory.User{ada, cid})
	for _, c := range []struct {
		after directory.UserID
		limit int
		want  []directory.User
	}{{0, 1, []directory.User{ada}}, {ada.ID, 1, []directory.User{cid}}, {bea.ID, 9, []directory.User{cid}}, {cid.ID, 9, []directory.User{}}} {
		got := readValue(f, func(tx directory.Reader) ([]directory.User, error) { return tx.Assigned(p.ID, c.after, c.limit) })
		f.wantEqual(fmt.Sprintf("%d after %d", c.limit, c.after), got, c.want)
	}
	f.assign(p, bea.ID)
	f.wantEqual("assigned instead", readValue(f, assignees), []directory.User{bea})
	f.assign(p)
	f.wantEqual("no assignees", readValue(f, assignees), []directory.User{})
	f.wantKind(f.failedUpdate(func(tx directory.Writer) error { return tx.PutAssigned(p.ID, []directory.UserID{99}) }), fault.NotFound)
}

func assignments(f fixture) {
	org, elsewhere := f.organization("One"), f.organization("Two")
	engine, loom, far := f.project(org, "engine"), f.project(org, "loom"), f.project(elsewhere, "far")
	ada, bea, cid := f.user("ada"), f.user("bea"), f.user("cid")
	f.assign(loom, ada.ID, cid.ID)
	f.assign(engine, ada.ID)
	f.assign(far, bea.ID, ada.ID)
	of := func(users ...directory.UserID) map[directory.UserID][]directory.Project {
		return readValue(f, func(tx directory.Reader) (map[directory.UserID][]directory.Project, error) {
			return tx.Assignments(org.ID, users)
		})
	}
	f.wantEqual("of two", of(ada.ID, bea.ID), map[directory.UserID][]directory.Project{ada.ID: {engine, loom}})
	f.wantEqual("of no users", of(), map[directory.UserID][]directory.Project{})
	f.update(func(tx directory.Writer) error { return tx.DropAssignments(org.ID, ada.ID) })
	f.wantEqual("dropped", of(ada.ID, cid.ID), map[directory.UserID][]directory.Project{cid.ID: {loom}})
	left := readValue(f, func(tx directory.Reader) ([]directory.User, error) { return tx.Assigned(far.ID, 0, 0) })
	f.wantEqual("elsewhere", ids(left), []directory.UserID{ada.ID, bea.ID})
}

func droppedProject(f fixture) {
	org := f.organization("One")
	engine, loom := f.project(org, "engine"), f.project(org, "loom")
	ada, bea := f.user("ada"), f.user("bea")
	f.assign(engine, ada.ID, bea.ID)
	f.assign(loom, ada.ID)
	of := func(user directory.UserID) []directory.Project {
		return readValue(f, func(tx directory.Reader) ([]directory.Project, error) {
			all, err := tx.Assignments(org.ID, []directory.UserID{user})
			return all[user], err
		})
	}
	f.wantEqual("before", of(ada.ID), []directory.Project{engine, loom})
	f.wantEqual("of the other before", of(bea.ID), []directory.Project{engine})
	f.update(func(tx directory.Writer) error { return tx.DropProject(engine.ID) })
	f.wantEqual("after", of(ada.ID), []directory.Project{loom})
	f.wantEqual("of the other after", of(bea.ID), []directory.Project{})
	f.wantEqual("projects", readValue(f, func(tx directory.Reader) ([]directory.Project, error) { return tx.Projects(org.ID) }), []directory.Project{loom})
	f.update(func(tx directory.Writer) error { return tx.DropProject(engine.ID) }) // content when it is gone
	f.wantKind(f.failedUpdate(func(tx directory.Writer) error { return tx.PutAssigned(engine.ID, []directory.UserID{ada.ID}) }), fault.NotFound)
	if err := f.store.Check(context.Background()); err != nil {
		f.Error(err)
	}
}
