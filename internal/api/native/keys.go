package native

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/model"
)

func (a api) addKeyOperations(h huma.API, p ownerPath) {
	const tag = "SSH keys"
	add(h, operation{id: "list" + p.infix + "Keys", method: "GET", path: p.path + "/keys", permission: model.SelfRead, tag: tag, self: p.self,
		summary: "List SSH keys" + p.owner, description: "Public keys are visible to everyone who can see the user."}, a.listKeys)
	addKeyed(h, operation{id: "add" + p.infix + "Key", method: "POST", path: p.path + "/keys", permission: model.SelfWrite, tag: tag, self: p.self,
		summary: "Add an SSH key" + p.owner, description: "A key can belong to one user only.", status: http.StatusCreated}, a.addKey, createdKey)
	add(h, operation{id: "delete" + p.infix + "Key", method: "DELETE", path: p.path + "/keys/{number}", permission: model.SelfWrite, tag: tag, self: p.self,
		summary: "Delete an SSH key" + p.owner, status: http.StatusNoContent}, a.deleteKey)
}

func (a api) listKeys(ctx context.Context, actor model.Actor, in *ByUserID) (*body[list[sshKey]], error) {
	all, err := a.directory.Keys(ctx, actor, in.user())
	return listResponse(all, newSSHKey, err)
}

func (a api) addKey(ctx context.Context, actor model.Actor, in *struct {
	ByUserID
	Keyed
	Body addKeyRequest
}) (model.SSHKey, error) {
	key, err := a.directory.AddKey(ctx, actor, in.user(), in.Body.newKey())
	return key, renameFields(err, map[string]string{"usage_type": "usage"})
}

func createdKey(k model.SSHKey) *body[sshKey] { return bodyOf(newSSHKey(k)) }

func (a api) deleteKey(ctx context.Context, actor model.Actor, in *ByUserAndNumber) (*noContent, error) {
	_, err := a.directory.RemoveKey(ctx, actor, in.user(), model.KeyID(in.Number))
	return nil, err
}

func (a api) getKeyByFingerprint(ctx context.Context, actor model.Actor, in *struct {
	Fingerprint string `query:"fingerprint" required:"true" minLength:"1" maxLength:"100" doc:"As printed by ssh-keygen -l." example:"SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"`
}) (*body[sshKey], error) {
	// Fingerprints contain "+", which a query decodes to a space, and never a space.
	k, err := a.directory.KeyByFingerprint(ctx, actor, strings.ReplaceAll(in.Fingerprint, " ", "+"))
	if err != nil {
		return nil, err
	}
	return bodyOf(newSSHKey(k)), nil
}

type sshKey struct {
	ID          int64      `json:"id" example:"3"`
	Owner       int64      `json:"user_id" example:"42"`
	Title       string     `json:"title" example:"desk"`
	Key         string     `json:"key" doc:"The public key, without its comment." example:"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"`
	Fingerprint string     `json:"fingerprint" doc:"Unique on the server." example:"SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"`
	Type        string     `json:"type" example:"ssh-ed25519"`
	Bits        int        `json:"bits" example:"256"`
	Usage       string     `json:"usage" enum:"auth_and_signing,auth,signing"`
	CreatedAt   time.Time  `json:"created_at" example:"2026-01-02T15:04:05Z"`
	ExpiresAt   *time.Time `json:"expires_at,omitempty" doc:"Absent if never."`
	LastUsedAt  *time.Time `json:"last_used_at,omitempty" doc:"Absent if never."`
}

func newSSHKey(k model.SSHKey) sshKey {
	return sshKey{int64(k.ID), int64(k.Owner), k.Title, k.Public, k.Fingerprint, k.Type, k.Bits, string(k.Usage), k.CreatedAt, timeOrNil(k.ExpiresAt), timeOrNil(k.LastUsedAt)}
}

type addKeyRequest struct {
	Title     string     `json:"title,omitempty" maxLength:"255" doc:"If absent, the comment of the key is used." example:"desk"`
	Key       string     `json:"key" minLength:"1" maxLength:"16384" doc:"One line of an authorized_keys file." example:"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl desk"`
	Usage     string     `json:"usage,omitempty" enum:"auth_and_signing,auth,signing" default:"auth_and_signing"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"Absent if never." example:"2036-01-02T15:04:05Z"`
}

func (n addKeyRequest) newKey() model.NewKey {
	input := model.NewKey{Title: n.Title, Key: n.Key, Usage: model.KeyUsage(n.Usage)}
	if n.ExpiresAt != nil {
		input.ExpiresAt = n.ExpiresAt.UTC()
	}
	return input
}
