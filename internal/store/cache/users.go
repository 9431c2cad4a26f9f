package cache

import (
	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

func userKey(id model.UserID) key { return key{kind: userByID, id: int64(id)} }

func (r *reader) User(id model.UserID) (model.User, error) {
	if u, _, ok := getAs[model.User](r, userKey(id), "user"); ok {
		return *u, nil
	}
	u, err := r.Reader.User(id)
	if err == nil {
		r.putUser(u)
	}
	return u, err
}

func (r *reader) putUser(u model.User) {
	r.put(userKey(u.ID), dependency{userTag(u.ID), false}, &u, int(sizeOfUser(u)))
}

// userByName caches the id of the user who had a name. Such an entry is never stale: has
// checks whether the user still has the name.
func (r *reader) userByName(k key, has func(model.User) bool, read func() (model.User, error)) (model.User, error) {
	if e, ok := r.store.get(k); ok {
		u, _, ok := getAs[model.User](r, userKey(*e.value.(*model.UserID)), "user")
		if ok && has(*u) {
			return *u, nil
		}
	}
	u, err := read()
	if err == nil {
		id := u.ID // a copy: a pointer into u would keep all of u in memory
		r.putUser(u)
		r.put(k, dependency{noTag, false}, &id, 0)
	}
	return u, err
}

func (r *reader) UserByUID(uid string) (model.User, error) {
	return r.userByName(key{kind: userByUID, text: uid},
		func(u model.User) bool { return u.UID == uid },
		func() (model.User, error) { return r.Reader.UserByUID(uid) })
}

func (r *reader) UserByUsername(username string) (model.User, error) {
	folded := unitext.Fold(username)
	return r.userByName(key{kind: userByName, text: folded},
		func(u model.User) bool { return folded != "" && unitext.Fold(u.Username) == folded },
		func() (model.User, error) { return r.Reader.UserByUsername(username) })
}

func (r *reader) UserByEmail(address string) (model.User, error) {
	wanted := emailaddress.Key(address)
	return r.userByName(key{kind: userByAddress, text: wanted},
		func(u model.User) bool { return hasAddress(u, wanted) },
		func() (model.User, error) { return r.Reader.UserByEmail(address) })
}

func hasAddress(u model.User, wanted string) bool {
	for _, e := range u.Emails {
		if !e.Invited && emailaddress.Key(e.Address) == wanted {
			return true
		}
	}
	return false
}

// UsersByID reads only users that are not cached from the backend.
func (r *reader) UsersByID(ids []model.UserID) ([]model.User, error) {
	users := make([]model.User, 0, len(ids))
	var unknown []model.UserID
	for _, id := range ids {
		if u, _, ok := getAs[model.User](r, userKey(id), "user"); ok {
			users = append(users, *u)
		} else {
			unknown = append(unknown, id)
		}
	}
	if len(unknown) == 0 {
		return users, nil
	}
	read, err := r.Reader.UsersByID(unknown)
	if err != nil {
		return nil, err
	}
	for _, u := range read {
		r.putUser(u)
	}
	return inOrder(ids, users, read), nil
}

func inOrder(ids []model.UserID, some, others []model.User) []model.User {
	found := make(map[model.UserID]*model.User, len(ids))
	for i := range some {
		found[some[i].ID] = &some[i]
	}
	for i := range others {
		found[others[i].ID] = &others[i]
	}
	all := make([]model.User, 0, len(ids))
	for _, id := range ids {
		if u := found[id]; u != nil {
			all = append(all, *u)
		}
	}
	return all
}

func (r *reader) Users(filter model.UserFilter, visibility model.Visibility) (model.Page[model.UserID], error) {
	if page, ok := r.store.lists.page(filter, visibility); ok {
		return page, nil
	}
	return r.Reader.Users(filter, visibility)
}
