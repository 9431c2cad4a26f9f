package rostertest

// GitLab holds what a client of the GitLab API needs.
type GitLab struct {
	URL   string // clients add /api/v3 or /api/v4
	Token string // sent as PRIVATE-TOKEN
}

// GitLab returns URL and credentials of the GitLab API for a user.
func (s *Server) GitLab(p User) GitLab { return GitLab{s.URL + "/gitlab", p.APIKey} }

// Wekan holds what a client of the Wekan API needs.
type Wekan struct {
	URL      string // clients add /users/login and /api/…
	Username string
	Password string
	UserID   string // the _id of the user
	Token    string // sent as Authorization: Bearer by clients that do not log in
}

// Wekan returns URL and credentials of the Wekan API for a user. Only administrators can list users.
func (s *Server) Wekan(p User) Wekan {
	return Wekan{s.URL + "/wekan", p.Username, p.Password, p.UID, p.APIKey}
}

// Codebase holds what a client of the Codebase API needs.
type Codebase struct {
	URL  string // replaces https://api3.codebasehq.com
	User string // the user of HTTP Basic: "account/username"
	Key  string // the password of HTTP Basic
}

// Codebase returns URL and credentials of the Codebase API for a user.
func (s *Server) Codebase(p User) Codebase {
	return Codebase{s.URL + "/codebase", s.home + "/" + p.Username, p.APIKey}
}

// PM415 holds what a client of the pm415 API needs.
type PM415 struct {
	URL      string // clients add /api/…
	Email    string
	Password string
	Key      string // sent as Authorization: Bearer
}

// PM415 returns URL and credentials of the pm415 API for a user.
func (s *Server) PM415(p User) PM415 { return PM415{s.URL + "/pm415", p.Email, p.Password, p.APIKey} }
