package storetest

import (
	"context"
	"errors"
	"fmt"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
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

func (f fixture) project(o model.Organization, permalink string) model.Project {
	f.Helper()
	p := model.Project{
		Org: o.ID, Name: "Project " + permalink, Permalink: permalink, Group: "Engines", Icon: 7,
		Overview: "over\nview", StartPage: "tickets", Status: model.ProjectOnHold, CreatedAt: sampleTime(),
	}
	f.update(func(tx model.Writer) error { return tx.AddProject(&p) })
	return p
}

func projectRoundTrip(f fixture) {
	org := f.organization("One")
	p, second := f.project(org, "engine"), f.project(org, "loom")
	f.project(f.organization("Two"), "engine")
	byID := func(tx model.Reader) (model.Project, error) { return tx.Project(p.ID) }
	f.wantEqual("project", readValue(f, byID), p)
	f.wantEqual("by permalink", readValue(f, func(tx model.Reader) (model.Project, error) {
		return tx.ProjectByPermalink(org.ID, "engine")
	}), p)
	f.wantEqual("projects", readValue(f, func(tx model.Reader) ([]model.Project, error) { return tx.Projects(org.ID) }), []model.Project{p, second})
	f.wantEqual("count", readValue(f, func(tx model.Reader) (int, error) { return tx.ProjectCount(org.ID) }), 2)
	f.wantEqual("count of nothing", readValue(f, func(tx model.Reader) (int, error) { return tx.ProjectCount(99) }), 0)
	p = model.Project{ID: p.ID, Org: org.ID, Name: "N", Permalink: "n", Status: model.ProjectArchived}
	f.update(func(tx model.Writer) error { return tx.ChangeProject(p) })
	f.wantEqual("changed project", readValue(f, byID), p)
	f.update(func(tx model.Writer) error { return tx.DropProject(p.ID) })
	wantNotFound(f, "project", byID)
}

func projectConflicts(f fixture) {
	org := f.organization("One")
	p := f.project(org, "engine")
	second := f.project(org, "loom")
	second.Permalink = "engine"
	f.wantConflict(f.failedUpdate(func(tx model.Writer) error { return tx.ChangeProject(second) }), "permalink")
	f.wantConflict(f.failedUpdate(func(tx model.Writer) error { return tx.AddProject(&p) }), "permalink")
	p.Org = 99
	f.wantKind(f.failedUpdate(func(tx model.Writer) error { return tx.AddProject(&p) }), fault.NotFound)
}

func (f fixture) assign(p model.Project, users ...model.UserID) {
	f.Helper()
	f.update(func(tx model.Writer) error { return tx.PutAssigned(p.ID, users) })
}

func assigned(f fixture) {
	p := f.project(f.organization("One"), "engine")
	ada, bea, cid := f.user("ada"), f.user("bea"), f.user("cid")
	assignees := func(tx model.Reader) ([]model.User, error) { return tx.Assigned(p.ID, 0, 0) }
	f.assign(p, cid.ID, ada.ID, ada.ID)
	f.wantEqual("assigned", readValue(f, assignees), []model.User{ada, cid})
	for _, c := range []struct {
		after model.UserID
		limit int
		want  []model.User
	}{{0, 1, []model.User{ada}}, {ada.ID, 1, []model.User{cid}}, {bea.ID, 9, []model.User{cid}}, {cid.ID, 9, []model.User{}}} {
		got := readValue(f, func(tx model.Reader) ([]model.User, error) { return tx.Assigned(p.ID, c.after, c.limit) })
		f.wantEqual(fmt.Sprintf("%d after %d", c.limit, c.after), got, c.want)
	}
	f.assign(p, bea.ID)
	f.wantEqual("assigned instead", readValue(f, assignees), []model.User{bea})
	for range 2 {
		f.update(func(tx model.Writer) error {
			return errors.Join(tx.AddAssigned(p.ID, ada.ID), tx.DropAssigned(p.ID, bea.ID), tx.DropAssigned(p.ID, cid.ID))
		})
		f.wantEqual("one added and one removed", readValue(f, assignees), []model.User{ada})
	}
	f.assign(p)
	f.wantEqual("no assignees", readValue(f, assignees), []model.User{})
	f.wantKind(f.failedUpdate(func(tx model.Writer) error { return tx.PutAssigned(p.ID, []model.UserID{99}) }), fault.NotFound)
}

func assignments(f fixture) {
	org, elsewhere := f.organization("One"), f.organization("Two")
	engine, loom, far := f.project(org, "engine"), f.project(org, "loom"), f.project(elsewhere, "far")
	ada, bea, cid := f.user("ada"), f.user("bea"), f.user("cid")
	f.assign(loom, ada.ID, cid.ID)
	f.assign(engine, ada.ID)
	f.assign(far, bea.ID, ada.ID)
	of := func(users ...model.UserID) map[model.UserID][]model.Project {
		return readValue(f, func(tx model.Reader) (map[model.UserID][]model.Project, error) {
			return tx.Assignments(org.ID, users)
		})
	}
	f.wantEqual("of two", of(ada.ID, bea.ID), map[model.UserID][]model.Project{ada.ID: {engine, loom}})
	f.wantEqual("of no users", of(), map[model.UserID][]model.Project{})
	f.update(func(tx model.Writer) error { return tx.DropAssignments(org.ID, ada.ID) })
	f.wantEqual("dropped", of(ada.ID, cid.ID), map[model.UserID][]model.Project{cid.ID: {loom}})
	left := readValue(f, func(tx model.Reader) ([]model.User, error) { return tx.Assigned(far.ID, 0, 0) })
	f.wantEqual("elsewhere", ids(left), []model.UserID{ada.ID, bea.ID})
}

func droppedProject(f fixture) {
	org := f.organization("One")
	engine, loom := f.project(org, "engine"), f.project(org, "loom")
	ada, bea := f.user("ada"), f.user("bea")
	f.assign(engine, ada.ID, bea.ID)
	f.assign(loom, ada.ID)
	of := func(user model.UserID) []model.Project {
		return readValue(f, func(tx model.Reader) ([]model.Project, error) {
			all, err := tx.Assignments(org.ID, []model.UserID{user})
			return all[user], err
		})
	}
	f.wantEqual("before", of(ada.ID), []model.Project{engine, loom})
	f.wantEqual("of the other before", of(bea.ID), []model.Project{engine})
	f.update(func(tx model.Writer) error { return tx.DropProject(engine.ID) })
	f.wantEqual("after", of(ada.ID), []model.Project{loom})
	f.wantEqual("of the other after", of(bea.ID), []model.Project{})
	f.wantEqual("projects", readValue(f, func(tx model.Reader) ([]model.Project, error) { return tx.Projects(org.ID) }), []model.Project{loom})
	f.update(func(tx model.Writer) error { return tx.DropProject(engine.ID) }) // content when it is gone
	f.wantKind(f.failedUpdate(func(tx model.Writer) error { return tx.PutAssigned(engine.ID, []model.UserID{ada.ID}) }), fault.NotFound)
	if err := f.store.Check(context.Background()); err != nil {
		f.Error(err)
	}
}
