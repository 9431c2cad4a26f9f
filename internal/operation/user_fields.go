package operation

import "roster.example/roster/internal/model"

// SeesAllFields reports whether the actor sees every field of every user. Other actors see public
// fields only, except of their own user.
func SeesAllFields(actor model.Actor, self model.User) bool {
	return actor.IsOperator() || self.Admin && actor.Permits(model.UsersManage)
}

// RedactUser removes from u the fields that the actor may not see. Every operation that returns
// users calls it or [Runner.RedactUsers] last, so that APIs and pages decide nothing.
func (r *Runner) RedactUser(actor model.Actor, self model.User, u *model.User) {
	if SeesAllFields(actor, self) {
		return
	}
	own, others := r.visibleFields(actor.API())
	if u.ID == actor.UserID() {
		others = own
	}
	u.Redact(others)
}

// RedactUsers is RedactUser for each of users, which must not be shared.
func (r *Runner) RedactUsers(actor model.Actor, self model.User, users []model.User) {
	if SeesAllFields(actor, self) {
		return
	}
	own, others := r.visibleFields(actor.API())
	for i := range users {
		if users[i].ID == actor.UserID() {
			users[i].Redact(own)
		} else {
			users[i].Redact(others)
		}
	}
}

// visibleFields returns the fields of the actor's own user and those of other users for actors that do not
// manage users. GitLab 6 shows the same fields to everyone; later versions show
// very few, also of the caller, except in GET /user (docs/products/gitlab.md, A2).
func (r *Runner) visibleFields(api model.API) (own, others model.UserFields) {
	switch {
	case api != model.GitLab:
		return model.AllFields, model.PublicFields
	case r.options.GitLabBasicUsers:
		return model.BasicFields, model.BasicFields
	}
	return model.AllFields, model.GitLabFields
}
