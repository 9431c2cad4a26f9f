package directory_test

import (
	"testing"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
)

func TestCanChecksThePermissionAndNotOnlyTheScope(t *testing.T) {
	t.Parallel()
	h := apitest.NewFixture(t, directory.Options{})
	admin, member := h.ActorFor(h.AddAdmin("admin")), h.ActorFor(h.AddMember("john"))
	anonymous := directory.AnonymousActor(directory.Wekan, "127.0.0.1", "")
	for _, c := range []struct {
		name string
		who  directory.Actor
		need directory.Permission
		org  directory.OrgID
		want fault.Kind
	}{
		{"a member about all people", member, directory.UsersManage, 0, fault.Forbidden},
		{"a member about members", member, directory.MembersManage, h.Home.ID, fault.Forbidden},
		{"nobody", anonymous, directory.SelfRead, 0, fault.Unauthenticated},
	} {
		if err := h.Directory.Can(t.Context(), c.who, c.need, c.org); err == nil || fault.KindOf(err) != c.want {
			t.Errorf("%s: want %v, got %v", c.name, c.want, err)
		}
	}
	for _, err := range []error{
		h.Directory.Can(t.Context(), admin, directory.UsersManage, 0),
		h.Directory.Can(t.Context(), member, directory.UsersRead, h.Home.ID),
		h.Directory.Can(t.Context(), member, directory.SelfRead, 0),
		h.Directory.Require(t.Context(), member, directory.UsersManage),
	} {
		if err != nil {
			t.Error(err)
		}
	}
}
