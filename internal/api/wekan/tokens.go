package wekan

import (
	"context"
	"fmt"
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
)

// createToken opens a login for another person. The original answers with a
// token for ids that nobody has, too; ours looks like one, is kept nowhere, and
// so lets nobody in.
func (a *api) createToken(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
	id := r.PathValue("id")
	token, err := a.mint(r.Context(), who, id)
	if fault.KindOf(err) == fault.NotFound {
		token, err = secret.NewOpaque(loginLength, secret.URLSafe), nil
	}
	if err != nil {
		return err
	}
	return send(w, http.StatusOK, mintedToken{id, token.Reveal()})
}

func (a *api) mint(ctx context.Context, who directory.Actor, id string) (secret.Text, error) {
	user, err := a.byID(ctx, who, id)
	if err != nil {
		return "", err
	}
	_, token, err := a.directory.CreateSessionFor(ctx, who, user.ID, directory.WekanLogin)
	return token, err
}

// deleteToken ends one login of a person, or all of them (docs/products/wekan.md, 4.2).
func (a *api) deleteToken(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
	body, err := a.body(r)
	if err != nil {
		return err
	}
	if err := a.directory.Can(r.Context(), who, directory.UsersManage, 0); err != nil {
		return err
	}
	id, token, err := readDeletion(body)
	if err != nil {
		return err
	}
	if id == "" {
		return send(w, http.StatusOK, message{"Expected a userId to be set but received none."})
	}
	user, err := a.byID(r.Context(), who, id)
	if err == nil {
		err = a.directory.RevokeSessionsOf(r.Context(), who, user.ID, token)
	}
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	return send(w, http.StatusOK, message{deletionMessage(id, token)})
}

func readDeletion(body map[string]any) (id string, token secret.Text, err error) {
	if id, err = textOrNull(body, "userId"); err != nil {
		return "", "", err
	}
	clear, err := textOrNull(body, "token")
	return id, secret.Text(clear), err
}

// textOrNull takes null for absent, as the original does here.
func textOrNull(body map[string]any, name string) (string, error) {
	if body[name] == nil {
		return "", nil
	}
	return text(body, name)
}

// deletionMessage repeats what the caller sent, token included, as the original
// does: nobody learns from it what they did not know.
func deletionMessage(id string, token secret.Text) string {
	if token == "" {
		return fmt.Sprintf("Delete all token from user: %s", id)
	}
	return fmt.Sprintf("Delete token: [%s] from user: %s", token.Reveal(), id)
}
