package cache

import "roster.example/roster/internal/directory"

// Credentials that nobody has are not remembered: whoever guesses shall not fill
// the memory.

func (r *reader) TokenByHash(hash []byte) (directory.AccessToken, error) {
	k := byHash(tokenByHash, hash)
	if token, err, ok := known[directory.AccessToken](r, k, "token"); ok {
		return *token, err
	}
	token, err := r.Reader.TokenByHash(hash)
	if err == nil {
		r.keep(k, subject{aboutUser(token.Owner), false}, &token, overhead)
	}
	return token, err
}

func (r *reader) SessionByHash(hash []byte) (directory.Session, error) {
	k := byHash(sessionByHash, hash)
	if session, err, ok := known[directory.Session](r, k, "session"); ok {
		return *session, err
	}
	session, err := r.Reader.SessionByHash(hash)
	if err == nil {
		r.keep(k, subject{aboutUser(session.User), true}, &session, 2*overhead)
	}
	return session, err
}

func (r *reader) APIKeyByLookup(lookups [][]byte) (directory.APIKey, error) {
	if len(lookups) == 0 {
		return r.Reader.APIKeyByLookup(lookups)
	}
	k := byHash(apiKeyByLookup, lookups[0])
	if found, err, ok := known[directory.APIKey](r, k, "api_key"); ok {
		return *found, err
	}
	found, err := r.Reader.APIKeyByLookup(lookups)
	if err == nil {
		r.keep(k, subject{aboutUser(found.Owner), false}, &found, overhead)
	}
	return found, err
}
