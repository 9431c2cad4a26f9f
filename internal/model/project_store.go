package model

// ProjectReader reads projects and their assigned users.
type ProjectReader interface {
	Project(id ProjectID) (Project, error)
	ProjectByPermalink(org OrgID, permalink string) (Project, error)
	Projects(org OrgID) ([]Project, error) // by id
	ProjectCount(org OrgID) (int, error)
	Assigned(project ProjectID, after UserID, limit int) ([]User, error) // by id; limit 0 means all
	Assignments(org OrgID, users []UserID) (map[UserID][]Project, error) // by project id
}

// ProjectWriter writes projects and their assigned users.
type ProjectWriter interface {
	AddProject(p *Project) error
	ChangeProject(p Project) error
	DropProject(id ProjectID) error                      // with its assignments; it is removed from invitations
	PutAssigned(project ProjectID, users []UserID) error // the whole list
	AddAssigned(project ProjectID, user UserID) error    // does nothing if the user is assigned
	DropAssigned(project ProjectID, user UserID) error   // does nothing if the user is not assigned
	DropAssignments(org OrgID, user UserID) error
}
