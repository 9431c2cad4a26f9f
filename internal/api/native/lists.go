package native

import (
	"encoding/json"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/model"
)

// list is one page of a list.
type list[T any] struct {
	Items  []T    `json:"items" doc:"The items of this page."`
	Next   string `json:"next,omitempty" doc:"Send it as cursor to get the next page. Absent on the last page." example:"OjQyOg"`
	Total  *int   `json:"total,omitempty" doc:"The number of items on all pages. Only with total=true, and in lists that are always complete."`
	Capped bool   `json:"total_capped,omitempty" doc:"true if there are more than 10,000 matches of a search or filter; total is 10000 then."`
}

// completeList returns a list with a single page.
func completeList[T, U any](all []T, shape func(T) U) list[U] {
	n := len(all)
	return list[U]{Items: mapSlice(all, shape), Total: &n}
}

// pageOf returns one page of a long list. It was read with one item more than the page holds, which shows whether there is
// a next page. Items that were deleted meanwhile are missing, so a page before the end of the list may be shorter than the
// limit.
func pageOf[T, U any](in Paging, order model.Order, page model.Page[T], userOf func(T) model.User, shape func(T) U) list[U] {
	var result list[U]
	switch {
	case len(page.Items) > in.Limit:
		page.Items = page.Items[:in.Limit]
		result.Next = order.At(userOf(page.Items[in.Limit-1])).String()
	case page.Read > in.Limit:
		result.Next = page.Last.String()
	}
	if in.Total {
		result.Total, result.Capped = &page.Total, page.Capped
	}
	result.Items = mapSlice(page.Items, shape)
	return result
}

// mapSlice returns the results of shape. It is never nil, because JSON would encode nil as null.
func mapSlice[T, U any](all []T, shape func(T) U) []U {
	items := make([]U, 0, len(all))
	for _, item := range all {
		items = append(items, shape(item))
	}
	return items
}

// Paging is embedded in the input of long lists.
type Paging struct {
	Cursor string `query:"cursor" maxLength:"1024" doc:"The member next of the previous page." example:"OjQyOg"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"The number of items on a page."`
	Total  bool   `query:"total" doc:"Include the number of items on all pages."`
}

// FieldSelection is embedded in the input of operations that can return selected members.
type FieldSelection struct {
	Fields []string `query:"fields" maxItems:"50" enum:"id,uid,username,name,given_name,family_name,state,service,admin,email,bio,company,website_url,linkedin,skype,twitter,time_zone,created_at,updated_at,activated_at,emails,identities,has_password,projects_limit,can_create_group,last_activity_at" doc:"Return only these members, and the id. If absent, all." example:"username,email"`
}

// selectFields removes the members that the query does not select. It is a [huma.Transformer].
func selectFields(ctx huma.Context, _ string, v any) (any, error) {
	fields := ctx.Query("fields")
	if _, failed := v.(*problem); failed || fields == "" {
		return v, nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	selected := map[string]bool{"id": true}
	for name := range strings.SplitSeq(fields, ",") {
		selected[name] = true
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil {
		return nil, err
	}
	items, isList := object["items"]
	if !isList {
		return keepFields(object, selected), nil
	}
	var each []map[string]json.RawMessage
	if err := json.Unmarshal(items, &each); err != nil {
		return nil, err
	}
	for i := range each {
		each[i] = keepFields(each[i], selected)
	}
	object["items"], err = json.Marshal(each)
	return object, err
}

func keepFields(object map[string]json.RawMessage, selected map[string]bool) map[string]json.RawMessage {
	for name := range object {
		if !selected[name] {
			delete(object, name)
		}
	}
	return object
}

// parseSort parses a value of sort, such as "-username".
func parseSort(sort string) (order model.Order, descending bool) {
	name, descending := strings.CutPrefix(sort, "-")
	switch name {
	case "", "id":
		return model.ByID, descending
	case "created_at":
		return model.ByCreated, descending
	}
	return model.Order(name), descending
}

// listResponse returns the complete list, or err.
func listResponse[T, U any](all []T, shape func(T) U, err error) (*body[list[U]], error) {
	if err != nil {
		return nil, err
	}
	return bodyOf(completeList(all, shape)), nil
}
