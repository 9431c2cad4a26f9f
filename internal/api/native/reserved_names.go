package native

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/model"
)

type reservedName struct {
	Kind    string    `json:"kind" enum:"username,organization,slug" example:"username"`
	Name    string    `json:"name" doc:"In lower case." example:"lovelace"`
	Holder  int64     `json:"holder_id" doc:"The id of the user or organization that had the name and may take it back." example:"42"`
	FreedAt time.Time `json:"freed_at" example:"2026-01-02T15:04:05Z"`
	Until   time.Time `json:"reserved_until" example:"2027-01-02T15:04:05Z"`
}

func newReservedName(n model.ReservedName) reservedName {
	return reservedName{string(n.Kind), n.Name, n.Holder, n.FreedAt, n.Until}
}

// ByReservedName is the input of operations on one reserved name.
type ByReservedName struct {
	Kind string `path:"kind" enum:"username,organization,slug" doc:"What the name was used for." example:"username"`
	Name string `path:"name" maxLength:"255" doc:"The reserved name." example:"lovelace"`
}

func (a api) addReservedNameOperations(h huma.API) {
	add(h, operation{id: "listReservedNames", method: "GET", path: "/reserved-names", permission: model.UsersManage, tag: "server",
		summary:     "List reserved names",
		description: "Names of deleted and renamed users and organizations that cannot be taken yet (setting users.reserve_names)."}, a.listReservedNames)
	add(h, operation{id: "releaseReservedName", method: "DELETE", path: "/reserved-names/{kind}/{name}", permission: model.UsersManage, tag: "server",
		status:  http.StatusNoContent,
		summary: "Release a reserved name", description: "Anyone can take the name afterwards."}, a.releaseReservedName)
}

func (a api) listReservedNames(ctx context.Context, actor model.Actor, in *struct {
	Cursor string `query:"cursor" maxLength:"1100" doc:"The member next of the previous page." example:"username:lovelace"`
	Limit  int    `query:"limit" minimum:"1" maximum:"999" default:"500" doc:"The number of items on a page."`
}) (*body[list[reservedName]], error) {
	kind, name, _ := strings.Cut(in.Cursor, ":")
	all, err := a.directory.ReservedNames(ctx, actor, model.ReservedName{Kind: model.NameKind(kind), Name: name}, in.Limit+1)
	if err != nil {
		return nil, err
	}
	var result list[reservedName]
	if len(all) > in.Limit {
		all = all[:in.Limit]
		last := all[in.Limit-1]
		result.Next = string(last.Kind) + ":" + last.Name
	}
	result.Items = mapSlice(all, newReservedName)
	return bodyOf(result), nil
}

func (a api) releaseReservedName(ctx context.Context, actor model.Actor, in *ByReservedName) (*noContent, error) {
	return nil, a.directory.ReleaseName(ctx, actor, model.NameKind(in.Kind), in.Name)
}
