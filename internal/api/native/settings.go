package native

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/model"
)

// Setting is a setting of the server with its current value.
type Setting struct {
	Name        string `json:"name" example:"sign_up"`
	Value       any    `json:"value" doc:"As in the settings file. Secrets are replaced by asterisks."`
	Description string `json:"description" doc:"What the setting does." example:"Who may make an account for themselves."`
}

func (a api) addSettingOperations(h huma.API) {
	add(h, operation{id: "listSettings", method: "GET", path: "/settings", permission: model.ServerManage, tag: "server",
		summary: "List settings",
		description: "Returns the current settings. They are read from the settings file, the environment and the command line, and cannot be changed " +
			"here."}, a.listSettings)
}

func (a api) listSettings(ctx context.Context, actor model.Actor, _ *struct{}) (*body[list[Setting]], error) {
	if err := a.directory.Can(ctx, actor, model.ServerManage, 0); err != nil {
		return nil, err
	}
	return bodyOf(completeList(a.Settings, func(s Setting) Setting { return s })), nil
}
