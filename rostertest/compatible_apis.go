package rostertest

// GitLab is what a client of GitLab needs.
type GitLab struct {
	URL   string // clients add /api/v3 or /api/v4
	Token string // sent as PRIVATE-TOKEN
}

// GitLab is the users' API of GitLab, for a person.
func (s *Server) GitLab(p User) GitLab { return GitLab{s.URL + "/gitlab", p.APIKey} }

// Wekan is what a client of Wekan needs.
type Wekan struct {
	URL      string // clients add /users/login and /api/…
	Username string
	Password string
	UserID   string // the person's _id
	Token    string // sent as Authorization: Bearer, by clients that do not log in
}

// Wekan is the users' API of Wekan, for a person. Lists are for administrators.
func (s *Server) Wekan(p User) Wekan {
	return Wekan{s.URL + "/wekan", p.Username, p.Password, p.UID, p.APIKey}
}

// Codebase is what a client of Codebase needs.
type Codebase struct {
	URL  string // in the place of https://api3.codebasehq.com
	User string // of HTTP Basic: "account/username"
	Key  string // of HTTP Basic, as the password
}

// Codebase is the users' API of Codebase, for a person.
func (s *Server) Codebase(p User) Codebase {
	return Codebase{s.URL + "/codebase", s.home + "/" + p.Username, p.APIKey}
}

// PM415 is what a client of pm415 needs.
type PM415 struct {
	URL      string // clients add /api/…
	Email    string
	Password string
	Key      string // sent as Authorization: Bearer
}

// PM415 is the users' API of pm415, for a person.
func (s *Server) PM415(p User) PM415 { return PM415{s.URL + "/pm415", p.Email, p.Password, p.APIKey} }
