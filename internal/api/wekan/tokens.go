package wekan

import (
	"context"
	"fmt"
	"net/http"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// createToken creates a session for another user. Wekan also returns a token for an unknown id;
// Roster returns one that is stored nowhere and does not work.
func (a *api) createToken(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	id := r.PathValue("id")
	token, err := a.createSession(r.Context(), actor, id)
	if fault.KindOf(err) == fault.NotFound {
		token, err = secret.NewOpaque(tokenLength, secret.URLSafe), nil
	}
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, createdToken{id, token.Reveal()})
}

func (a *api) createSession(ctx context.Context, actor model.Actor, id string) (secret.Text, error) {
	user, err := a.userByID(ctx, actor, id)
	if err != nil {
		return "", err
	}
	_, token, err := a.directory.CreateSessionFor(ctx, actor, user.ID, model.WekanLogin)
	return token, err
}

// deleteToken revokes one session of a user, or all of them (docs/products/wekan.md, 4.2).
func (a *api) deleteToken(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	body, err := a.readBody(r)
	if err != nil {
		return err
	}
	if err := a.directory.Can(r.Context(), actor, model.UsersManage, 0); err != nil {
		return err
	}
	id, token, err := readTokenDeletion(body)
	if err != nil {
		return err
	}
	if id == "" {
		return writeJSON(w, http.StatusOK, message{"Expected a userId to be set but received none."})
	}
	user, err := a.userByID(r.Context(), actor, id)
	if err == nil {
		err = a.directory.RevokeSessionsOf(r.Context(), actor, user.ID, token)
	}
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	return writeJSON(w, http.StatusOK, message{deletionMessage(id, token)})
}

func readTokenDeletion(body map[string]any) (id string, token secret.Text, err error) {
	if id, err = textOrNull(body, "userId"); err != nil {
		return "", "", err
	}
	clear, err := textOrNull(body, "token")
	return id, secret.Text(clear), err
}

// textOrNull treats null as absent, as Wekan does here.
func textOrNull(body map[string]any, name string) (string, error) {
	if body[name] == nil {
		return "", nil
	}
	return textField(body, name)
}

// deletionMessage repeats what the caller sent, including the token, as Wekan does.
func deletionMessage(id string, token secret.Text) string {
	if token == "" {
		return fmt.Sprintf("Delete all token from user: %s", id)
	}
	return fmt.Sprintf("Delete token: [%s] from user: %s", token.Reveal(), id)
}
