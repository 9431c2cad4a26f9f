package native

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/model"
)

func (a api) addEmailOperations(h huma.API, p ownerPath) {
	const tag = "email addresses"
	add(h, operation{id: "list" + p.infix + "Emails", method: "GET", path: p.path + "/emails", permission: model.SelfRead, tag: tag, self: p.self,
		summary: "List email addresses" + p.owner}, a.listEmails)
	addKeyed(h, operation{id: "add" + p.infix + "Email", method: "POST", path: p.path + "/emails", permission: model.SelfWrite, tag: tag, self: p.self,
		summary: "Add an email address" + p.owner, description: "Emails a link to the address that verifies it.", status: http.StatusCreated}, a.addEmail, createdEmail)
	add(h, operation{id: "send" + p.infix + "VerificationEmail", method: "POST", path: p.path + "/emails/{number}/verification", permission: model.SelfWrite, tag: tag, self: p.self,
		summary:     "Send a verification email" + p.owner,
		description: "Emails another link. Previous links stay valid until they expire. The answer is 409 if the address is verified, and 429 after too many emails to it.", status: http.StatusNoContent}, a.sendVerificationEmail)
	add(h, operation{id: "delete" + p.infix + "Email", method: "DELETE", path: p.path + "/emails/{number}", permission: model.SelfWrite, tag: tag, self: p.self,
		summary: "Delete an email address" + p.owner, description: "The primary address cannot be deleted.", status: http.StatusNoContent}, a.deleteEmail)
}

func (a api) listEmails(ctx context.Context, actor model.Actor, in *ByUserID) (*body[list[email]], error) {
	all, err := a.directory.Emails(ctx, actor, in.user())
	return listResponse(all, newEmail, err)
}

func (a api) addEmail(ctx context.Context, actor model.Actor, in *struct {
	ByUserID
	Keyed
	Body addEmailRequest
}) (model.Email, error) {
	added, err := a.directory.AddEmail(ctx, actor, in.user(), in.Body.Address)
	return added, renameFields(err, map[string]string{"email": "address"})
}

func createdEmail(e model.Email) *body[email] { return bodyOf(newEmail(e)) }

func (a api) sendVerificationEmail(ctx context.Context, actor model.Actor, in *ByUserAndNumber) (*noContent, error) {
	_, err := a.directory.SendVerification(ctx, actor, in.user(), model.EmailID(in.Number))
	return nil, err
}

func (a api) deleteEmail(ctx context.Context, actor model.Actor, in *ByUserAndNumber) (*noContent, error) {
	_, err := a.directory.RemoveEmail(ctx, actor, in.user(), model.EmailID(in.Number))
	return nil, err
}

type addEmailRequest struct {
	Address string `json:"address" minLength:"3" maxLength:"254" example:"ada@home.example"`
}

type email struct {
	ID        int64     `json:"id" example:"7"`
	Address   string    `json:"address" example:"ada@example.org"`
	Primary   bool      `json:"primary"`
	Verified  bool      `json:"verified" doc:"Whether a link that was emailed to the address was followed."`
	CreatedAt time.Time `json:"created_at" example:"2026-01-02T15:04:05Z"`
}

func newEmail(e model.Email) email {
	return email{int64(e.ID), e.Address, e.Primary, e.Verified, e.CreatedAt}
}
