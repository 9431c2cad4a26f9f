package directory_test

import (
	"testing"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func TestCanChecksThePermissionAndNotOnlyTheScope(t *testing.T) {
	t.Parallel()
	h := apitest.NewFixture(t, directory.Options{})
	admin, member := h.ActorFor(h.AddAdmin("admin")), h.ActorFor(h.AddMember("john"))
	anonymous := model.AnonymousActor(model.Wekan, "127.0.0.1", "")
	for _, c := range []struct {
		name string
		who  model.Actor
		need model.Permission
		org  model.OrgID
		want fault.Kind
	}{
		{"a member about all people", member, model.UsersManage, 0, fault.Forbidden},
		{"a member about members", member, model.MembersManage, h.Home.ID, fault.Forbidden},
		{"nobody", anonymous, model.SelfRead, 0, fault.Unauthenticated},
	} {
		if err := h.Directory.Can(t.Context(), c.who, c.need, c.org); err == nil || fault.KindOf(err) != c.want {
			t.Errorf("%s: want %v, got %v", c.name, c.want, err)
		}
	}
	for _, err := range []error{
		h.Directory.Can(t.Context(), admin, model.UsersManage, 0),
		h.Directory.Can(t.Context(), member, model.UsersRead, h.Home.ID),
		h.Directory.Can(t.Context(), member, model.SelfRead, 0),
		h.Directory.Require(t.Context(), member, model.UsersManage),
	} {
		if err != nil {
			t.Error(err)
		}
	}
}
