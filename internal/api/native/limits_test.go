package native

import (
	"reflect"
	"strconv"
	"testing"

	"roster.example/roster/internal/model"
)

func TestBulkRequestsHaveTheLimitOfTheDirectory(t *testing.T) {
	t.Parallel()
	for _, body := range []any{bulkUsersRequest{}, bulkInvitationsRequest{}} {
		list := reflect.TypeOf(body).Field(0)
		if got := list.Tag.Get("maxItems"); got != strconv.Itoa(model.MaxBulk) {
			t.Errorf("%T accepts %s elements, want %d", body, got, model.MaxBulk)
		}
	}
}

func TestListOfEventsHasTheLimitOfTheModel(t *testing.T) {
	t.Parallel()
	limit, _ := reflect.TypeOf(listEventsQuery{}).FieldByName("Limit")
	if got := limit.Tag.Get("maximum"); got != strconv.Itoa(model.MaxEvents) {
		t.Errorf("a page has at most %s events, want %d", got, model.MaxEvents)
	}
}
