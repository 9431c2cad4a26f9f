package native

// ownerPath is one of the two paths below which the objects of a user are served: /users/{id}, and /me for the caller.
type ownerPath struct {
	path  string
	infix string // in operation ids: list + User + Keys
	owner string // the end of summaries
	self  bool   // {id} is the caller's
}

func ownerPaths() []ownerPath {
	return []ownerPath{{"/users/{id}", "User", " for a user", false}, {"/me", "My", " for the authenticated user", true}}
}

// ByUserAndNumber is the input of operations on one object of a user.
type ByUserAndNumber struct {
	ByUserID
	Number int64 `path:"number" minimum:"1" doc:"The id of the object." example:"3"`
}
