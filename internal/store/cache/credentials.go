package cache

import "roster.example/roster/internal/model"

// Unknown credentials are not cached, so that guesses cannot fill the cache.

func (r *reader) TokenByHash(hash []byte) (model.AccessToken, error) {
	k := byHash(tokenByHash, hash)
	if token, err, ok := getAs[model.AccessToken](r, k, "token"); ok {
		return *token, err
	}
	token, err := r.Reader.TokenByHash(hash)
	if err == nil {
		r.put(k, dependency{userTag(token.Owner), false}, &token, overhead)
	}
	return token, err
}

func (r *reader) SessionByHash(hash []byte) (model.Session, error) {
	k := byHash(sessionByHash, hash)
	if session, err, ok := getAs[model.Session](r, k, "session"); ok {
		return *session, err
	}
	session, err := r.Reader.SessionByHash(hash)
	if err == nil {
		r.put(k, dependency{userTag(session.User), true}, &session, 2*overhead)
	}
	return session, err
}

func (r *reader) APIKeyByLookup(lookups [][]byte) (model.APIKey, error) {
	if len(lookups) == 0 {
		return r.Reader.APIKeyByLookup(lookups)
	}
	k := byHash(apiKeyByLookup, lookups[0])
	if found, err, ok := getAs[model.APIKey](r, k, "api_key"); ok {
		return *found, err
	}
	found, err := r.Reader.APIKeyByLookup(lookups)
	if err == nil {
		r.put(k, dependency{userTag(found.Owner), false}, &found, overhead)
	}
	return found, err
}
