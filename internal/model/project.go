package model

import "time"

// ProjectID identifies a project.
type ProjectID int64

// Project is something that members of an organization are assigned to, with the fields of
// Codebase (docs/products/codebase.md, 5.6).
type Project struct {
	ID        ProjectID
	Org       OrgID
	Name      string
	Permalink string // unique in its organization
	Group     string // the name of its group; "" for none
	Icon      int64
	Overview  string // "" is shown as nil
	StartPage string
	Status    ProjectStatus
	CreatedAt time.Time
}

// ProjectStatus is the state of a project.
type ProjectStatus string

// The states of a project.
const (
	ProjectActive   ProjectStatus = "active"
	ProjectOnHold   ProjectStatus = "on_hold"
	ProjectArchived ProjectStatus = "archived"
)

// ProjectStatuses returns every status.
func ProjectStatuses() []ProjectStatus {
	return []ProjectStatus{ProjectActive, ProjectOnHold, ProjectArchived}
}
