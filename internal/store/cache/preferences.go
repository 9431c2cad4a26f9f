package cache

import "roster.example/roster/internal/model"

// Preferences are read for each page.
func (r *reader) Preferences(user model.UserID) (model.Preferences, error) {
	k := key{kind: preferencesOf, id: int64(user)}
	if p, _, ok := getAs[model.Preferences](r, k, "preferences"); ok {
		return *p, nil
	}
	p, err := r.Reader.Preferences(user)
	if err == nil {
		r.put(k, dependency{userTag(user), false}, &p, fixedSize(p))
	}
	return p, err
}

func (w writer) PutPreferences(user model.UserID, p model.Preferences) error {
	return w.recordUser(user, w.Writer.PutPreferences(user, p))
}
