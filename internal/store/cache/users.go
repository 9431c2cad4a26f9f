package cache

import (
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/unitext"
)

func userKey(id directory.UserID) key { return key{kind: userByID, id: int64(id)} }

func (r *reader) User(id directory.UserID) (directory.User, error) {
	if u, _, ok := getAs[directory.User](r, userKey(id), "user"); ok {
		return *u, nil
	}
	u, err := r.Reader.User(id)
	if err == nil {
		r.putUser(u)
	}
	return u, err
}

func (r *reader) putUser(u directory.User) {
	r.put(userKey(u.ID), dependency{userTag(u.ID), false}, &u, int(sizeOfUser(u)))
}

// userByName caches the id of the user who had a name. Such an entry is never stale: has
// checks whether the user still has the name.
func (r *reader) userByName(k key, has func(directory.User) bool, read func() (directory.User, error)) (directory.User, error) {
	if e, ok := r.store.get(k); ok {
		u, _, ok := getAs[directory.User](r, userKey(*e.value.(*directory.UserID)), "user")
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

func (r *reader) UserByUID(uid string) (directory.User, error) {
	return r.userByName(key{kind: userByUID, text: uid},
		func(u directory.User) bool { return u.UID == uid },
		func() (directory.User, error) { return r.Reader.UserByUID(uid) })
}

func (r *reader) UserByUsername(username string) (directory.User, error) {
	folded := unitext.Fold(username)
	return r.userByName(key{kind: userByName, text: folded},
		func(u directory.User) bool { return folded != "" && unitext.Fold(u.Username) == folded },
		func() (directory.User, error) { return r.Reader.UserByUsername(username) })
}

func (r *reader) UserByEmail(address string) (directory.User, error) {
	wanted := emailaddress.Key(address)
	return r.userByName(key{kind: userByAddress, text: wanted},
		func(u directory.User) bool { return hasAddress(u, wanted) },
		func() (directory.User, error) { return r.Reader.UserByEmail(address) })
}

func hasAddress(u directory.User, wanted string) bool {
	for _, e := range u.Emails {
		if !e.Invited && emailaddress.Key(e.Address) == wanted {
			return true
		}
	}
	return false
}

// UsersByID reads only users that are not cached from the backend.
func (r *reader) UsersByID(ids []directory.UserID) ([]directory.User, error) {
	users := make([]directory.User, 0, len(ids))
	var unknown []directory.UserID
	for _, id := range ids {
		if u, _, ok := getAs[directory.User](r, userKey(id), "user"); ok {
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

func inOrder(ids []directory.UserID, some, others []directory.User) []directory.User {
	found := make(map[directory.UserID]*directory.User, len(ids))
	for i := range some {
		found[some[i].ID] = &some[i]
	}
	for i := range others {
		found[others[i].ID] = &others[i]
	}
	all := make([]directory.User, 0, len(ids))
	for _, id := range ids {
		if u := found[id]; u != nil {
			all = append(all, *u)
		}
	}
	return all
}

func (r *reader) Users(filter directory.UserFilter, visibility directory.Visibility) (directory.Page[directory.UserID], error) {
	if page, ok := r.store.lists.page(filter, visibility); ok {
		return page, nil
	}
	return r.Reader.Users(filter, visibility)
}
