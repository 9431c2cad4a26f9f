package native

import (
	"reflect"
	"strconv"
	"testing"

	"roster.example/roster/internal/directory"
)

func TestBulkRequestsHaveTheLimitOfTheDirectory(t *testing.T) {
	t.Parallel()
	for _, body := range []any{bulkUsersRequest{}, bulkInvitationsRequest{}} {
		list := reflect.TypeOf(body).Field(0)
		if got := list.Tag.Get("maxItems"); got != strconv.Itoa(directory.MaxBulk) {
			t.Errorf("%T accepts %s elements, want %d", body, got, directory.MaxBulk)
		}
	}
}
