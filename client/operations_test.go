package client_test

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"roster.example/roster/client"
	"roster.example/roster/rostertest"
)

// clientCall calls one method of the client.
type clientCall func(ctx context.Context, c *client.Client) error

// errorOnly drops the result of a method.
func errorOnly[T any](_ T, err error) error { return err }

// firstError reads an iterator until its first error.
func firstError[T any](all func(func(T, error) bool)) (err error) {
	for _, err = range all {
		if err != nil {
			break
		}
	}
	return err
}

// operations returns a call for each operation id.
func operations() map[string]clientCall {
	all := map[string]clientCall{
		"getMe": func(ctx context.Context, c *client.Client) error { return errorOnly(c.Me.Get(ctx)) },
		"updateMe": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Me.Update(ctx, client.SelfUpdate{}))
		},
		"rotateAPIKey":        func(ctx context.Context, c *client.Client) error { return errorOnly(c.Me.RotateAPIKey(ctx)) },
		"changeMyPassword":    func(ctx context.Context, c *client.Client) error { return c.Me.ChangePassword(ctx, "a", "b") },
		"listMyOrganizations": func(ctx context.Context, c *client.Client) error { return errorOnly(c.Me.ListOrganizations(ctx)) },
		"checkPermission": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.CheckPermission(ctx, client.PermissionQuery{Permission: "users.read"}))
		},
		"listReservedNames": func(ctx context.Context, c *client.Client) error { return errorOnly(c.ListReservedNames(ctx)) },
		"releaseReservedName": func(ctx context.Context, c *client.Client) error {
			return c.ReleaseReservedName(ctx, "username", "a/b")
		},
		"listSettings":      func(ctx context.Context, c *client.Client) error { return errorOnly(c.ListSettings(ctx)) },
		"getStatistics":     func(ctx context.Context, c *client.Client) error { return errorOnly(c.GetStatistics(ctx)) },
		"listFailedEmails":  func(ctx context.Context, c *client.Client) error { return firstError(c.ListFailedEmails(ctx)) },
		"resendFailedEmail": func(ctx context.Context, c *client.Client) error { return c.ResendFailedEmail(ctx, 12) },
		"listPermissions":   func(ctx context.Context, c *client.Client) error { return errorOnly(c.ListPermissions(ctx)) },
		"getKeyByFingerprint": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Keys.GetByFingerprint(ctx, "SHA256:x"))
		},
		"exportUserPersonalData": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Users.ExportPersonalData(ctx, 7))
		},
		"exportMyPersonalData": func(ctx context.Context, c *client.Client) error { return errorOnly(c.Me.ExportPersonalData(ctx)) },
	}
	for _, some := range []map[string]clientCall{
		userOperations(), factorOperations(), ownedOperations("My", client.CurrentUser()), ownedOperations("User", client.UserID(7)),
		organizationOperations(), eventOperations(), webhookOperations(), accountOperations(),
	} {
		maps.Copy(all, some)
	}
	return all
}

func factorOperations() map[string]clientCall {
	return map[string]clientCall{
		"getMyErasure":     func(ctx context.Context, c *client.Client) error { return errorOnly(c.Me.GetErasure(ctx)) },
		"eraseMe":          func(ctx context.Context, c *client.Client) error { return c.Me.Erase(ctx, "ada") },
		"getMyPreferences": func(ctx context.Context, c *client.Client) error { return errorOnly(c.Me.GetPreferences(ctx)) },
		"updateMyPreferences": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Me.UpdatePreferences(ctx, client.PreferencesUpdate{}))
		},
		"resetUserAuthenticators": func(ctx context.Context, c *client.Client) error { return c.Authenticators.Reset(ctx, 7) },
		"beginTOTP":               func(ctx context.Context, c *client.Client) error { return errorOnly(c.Authenticators.BeginTOTP(ctx)) },
		"confirmTOTP": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Authenticators.ConfirmTOTP(ctx, client.TOTPConfirmation{}))
		},
		"beginPasskey": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Authenticators.BeginPasskey(ctx))
		},
		"confirmPasskey": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Authenticators.ConfirmPasskey(ctx, client.PasskeyConfirmation{PasskeyProof: client.PasskeyProof{Response: []byte("{}")}}))
		},
		"renameAuthenticator": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Authenticators.Rename(ctx, 5, "x"))
		},
		"removeAuthenticator": func(ctx context.Context, c *client.Client) error { return c.Authenticators.Remove(ctx, 5) },
		"createRecoveryCodes": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Authenticators.CreateRecoveryCodes(ctx))
		},
		"beginPasskeyLogin": func(ctx context.Context, c *client.Client) error { return errorOnly(c.Sessions.BeginPasskey(ctx)) },
	}
}

func userOperations() map[string]clientCall {
	return map[string]clientCall{
		"listUsers": func(ctx context.Context, c *client.Client) error {
			return firstError(c.Users.List(ctx, client.UserQuery{}))
		},
		"getUser": func(ctx context.Context, c *client.Client) error { return errorOnly(c.Users.Get(ctx, 7)) },
		"createUser": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Users.Create(ctx, client.NewUser{}))
		},
		"updateUser": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Users.Update(ctx, 7, client.UserUpdate{}))
		},
		"deleteUser":            func(ctx context.Context, c *client.Client) error { return c.Users.Delete(ctx, 7) },
		"deleteUserIdentity":    func(ctx context.Context, c *client.Client) error { return c.Users.DeleteIdentity(ctx, 7, "a/b") },
		"blockUser":             func(ctx context.Context, c *client.Client) error { return errorOnly(c.Users.Block(ctx, 7)) },
		"unblockUser":           func(ctx context.Context, c *client.Client) error { return errorOnly(c.Users.Unblock(ctx, 7)) },
		"deactivateUser":        func(ctx context.Context, c *client.Client) error { return errorOnly(c.Users.Deactivate(ctx, 7)) },
		"reactivateUser":        func(ctx context.Context, c *client.Client) error { return errorOnly(c.Users.Reactivate(ctx, 7)) },
		"eraseUser":             func(ctx context.Context, c *client.Client) error { return c.Users.Erase(ctx, 7) },
		"listDormantUsers":      func(ctx context.Context, c *client.Client) error { return errorOnly(c.Users.ListDormant(ctx, 180, 0)) },
		"listUserOrganizations": func(ctx context.Context, c *client.Client) error { return errorOnly(c.Users.ListOrganizations(ctx, 7)) },
		"bulkUsers": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Users.Bulk(ctx, []client.Operation{client.UserOp(client.OpBlock, 7)}))
		},
		"importUsers": func(ctx context.Context, c *client.Client) error {
			return firstError(c.Users.Import(ctx, strings.NewReader(""), client.Import{Name: "x"}))
		},
		"exportUsers": func(ctx context.Context, c *client.Client) error { return errorOnly(c.Users.Export(ctx, client.CSV)) },
	}
}

func ownedOperations(infix string, owner client.Owner) map[string]clientCall {
	return map[string]clientCall{
		"list" + infix + "Emails": func(ctx context.Context, c *client.Client) error { return errorOnly(c.Emails.List(ctx, owner)) },
		"add" + infix + "Email": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Emails.Add(ctx, owner, "a@b.example"))
		},
		"send" + infix + "VerificationEmail": func(ctx context.Context, c *client.Client) error {
			return c.Emails.SendVerification(ctx, owner, 3)
		},
		"delete" + infix + "Email": func(ctx context.Context, c *client.Client) error { return c.Emails.Delete(ctx, owner, 3) },
		"list" + infix + "Keys":    func(ctx context.Context, c *client.Client) error { return errorOnly(c.Keys.List(ctx, owner)) },
		"add" + infix + "Key": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Keys.Add(ctx, owner, client.NewKey{}))
		},
		"delete" + infix + "Key":  func(ctx context.Context, c *client.Client) error { return c.Keys.Delete(ctx, owner, 3) },
		"list" + infix + "Tokens": func(ctx context.Context, c *client.Client) error { return errorOnly(c.Tokens.List(ctx, owner)) },
		"create" + infix + "Token": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Tokens.Create(ctx, owner, client.NewToken{}))
		},
		"rotate" + infix + "Token": func(ctx context.Context, c *client.Client) error { return errorOnly(c.Tokens.Rotate(ctx, owner, 3)) },
		"list" + infix + "Authenticators": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Authenticators.List(ctx, owner))
		},
		"revoke" + infix + "Token":    func(ctx context.Context, c *client.Client) error { return c.Tokens.Revoke(ctx, owner, 3) },
		"list" + infix + "Sessions":   func(ctx context.Context, c *client.Client) error { return errorOnly(c.Sessions.List(ctx, owner)) },
		"revoke" + infix + "Session":  func(ctx context.Context, c *client.Client) error { return c.Sessions.Revoke(ctx, owner, 3) },
		"revoke" + infix + "Sessions": func(ctx context.Context, c *client.Client) error { return c.Sessions.RevokeOthers(ctx, owner) },
	}
}

func organizationOperations() map[string]clientCall {
	return map[string]clientCall{
		"listOrganizations":  func(ctx context.Context, c *client.Client) error { return errorOnly(c.Organizations.List(ctx)) },
		"getOrganization":    func(ctx context.Context, c *client.Client) error { return errorOnly(c.Organizations.Get(ctx, 5)) },
		"createOrganization": func(ctx context.Context, c *client.Client) error { return errorOnly(c.Organizations.Create(ctx, "x")) },
		"renameOrganization": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Organizations.Rename(ctx, 5, "x"))
		},
		"requireOrganizationSecondFactor": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Organizations.RequireSecondFactor(ctx, 5, true))
		},
		"deleteOrganization": func(ctx context.Context, c *client.Client) error { return c.Organizations.Delete(ctx, 5) },
		"listMembers": func(ctx context.Context, c *client.Client) error {
			return firstError(c.Members.List(ctx, 5, client.MemberQuery{}))
		},
		"setMemberRole":   func(ctx context.Context, c *client.Client) error { return c.Members.SetRole(ctx, 5, 7, 2) },
		"removeMember":    func(ctx context.Context, c *client.Client) error { return c.Members.Remove(ctx, 5, 7) },
		"listInvitations": func(ctx context.Context, c *client.Client) error { return errorOnly(c.Invitations.List(ctx, 5)) },
		"createInvitation": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Invitations.Create(ctx, 5, client.NewInvitation{}))
		},
		"bulkCreateInvitations": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Invitations.BulkCreate(ctx, 5, []client.NewInvitation{{Email: "a@b.example"}}))
		},
		"resendInvitation": func(ctx context.Context, c *client.Client) error { return errorOnly(c.Invitations.Resend(ctx, 5, 6)) },
		"revokeInvitation": func(ctx context.Context, c *client.Client) error { return c.Invitations.Revoke(ctx, 5, 6) },
		"getRole":          func(ctx context.Context, c *client.Client) error { return errorOnly(c.Roles.Get(ctx, 5, 4)) },
		"getProject":       func(ctx context.Context, c *client.Client) error { return errorOnly(c.Projects.Get(ctx, 5, "a/b")) },
		"listRoles":        func(ctx context.Context, c *client.Client) error { return errorOnly(c.Roles.List(ctx, 5)) },
		"createRole": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Roles.Create(ctx, 5, client.NewRole{}))
		},
		"updateRole": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Roles.Update(ctx, 5, 4, client.RoleUpdate{}))
		},
		"deleteRole":   func(ctx context.Context, c *client.Client) error { return c.Roles.Delete(ctx, 5, 4) },
		"listProjects": func(ctx context.Context, c *client.Client) error { return errorOnly(c.Projects.List(ctx, 5)) },
		"createProject": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Projects.Create(ctx, 5, client.NewProject{}))
		},
		"updateProject": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Projects.Update(ctx, 5, "a/b", client.ProjectUpdate{}))
		},
		"deleteProject": func(ctx context.Context, c *client.Client) error { return c.Projects.Delete(ctx, 5, "a/b") },
		"listProjectAssignees": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Projects.ListAssignees(ctx, 5, "a"))
		},
		"setProjectAssignees": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Projects.SetAssignees(ctx, 5, "a", nil))
		},
	}
}

func accountOperations() map[string]clientCall {
	return map[string]clientCall{
		"createAccount": func(ctx context.Context, c *client.Client) error { return c.Accounts.Create(ctx, client.NewAccount{}) },
		"verifyEmail":   func(ctx context.Context, c *client.Client) error { return errorOnly(c.Accounts.VerifyEmail(ctx, "x")) },
		"requestPasswordReset": func(ctx context.Context, c *client.Client) error {
			return c.Accounts.RequestPasswordReset(ctx, "a@b.example")
		},
		"resetPassword": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Accounts.ResetPassword(ctx, client.PasswordReset{Token: "x", Password: "y"}))
		},
		"getInvitationByToken": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Accounts.GetInvitation(ctx, "x"))
		},
		"acceptInvitation": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Accounts.AcceptInvitation(ctx, client.Acceptance{}))
		},
		"createSession": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Sessions.Create(ctx, client.NewSession{}))
		},
		"revokeCurrentSession": func(ctx context.Context, c *client.Client) error { return c.Sessions.RevokeCurrent(ctx) },
		"reauthenticateSession": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Sessions.Reauthenticate(ctx, "x"))
		},
		"getAuthorizedKeys": func(ctx context.Context, c *client.Client) error { return errorOnly(c.Keys.GetAuthorized(ctx, "a/b")) },
	}
}

func eventOperations() map[string]clientCall {
	return map[string]clientCall{
		"listEvents": func(ctx context.Context, c *client.Client) error {
			return firstError(c.Events.List(ctx, client.EventQuery{}))
		},
		"getEventHead": func(ctx context.Context, c *client.Client) error { return errorOnly(c.Events.GetHead(ctx)) },
		"streamEvents": func(ctx context.Context, c *client.Client) error {
			return firstError(c.Events.Stream(ctx, client.StreamQuery{After: new(int64)}))
		},
	}
}

func webhookOperations() map[string]clientCall {
	return map[string]clientCall{
		"listWebhooks": func(ctx context.Context, c *client.Client) error { return errorOnly(c.Webhooks.List(ctx)) },
		"getWebhook":   func(ctx context.Context, c *client.Client) error { return errorOnly(c.Webhooks.Get(ctx, 8)) },
		"createWebhook": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Webhooks.Create(ctx, client.NewWebhook{}))
		},
		"updateWebhook": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Webhooks.Update(ctx, 8, client.WebhookUpdate{}))
		},
		"deleteWebhook":       func(ctx context.Context, c *client.Client) error { return c.Webhooks.Delete(ctx, 8) },
		"rotateWebhookSecret": func(ctx context.Context, c *client.Client) error { return errorOnly(c.Webhooks.RotateSecret(ctx, 8)) },
		"testWebhook":         func(ctx context.Context, c *client.Client) error { return errorOnly(c.Webhooks.Test(ctx, 8)) },
		"listWebhookDeliveries": func(ctx context.Context, c *client.Client) error {
			return firstError(c.Webhooks.ListDeliveries(ctx, 8, client.DeliveryQuery{}))
		},
		"replayDelivery": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Webhooks.ReplayDelivery(ctx, 8, 9))
		},
		"replayDeadDeliveries": func(ctx context.Context, c *client.Client) error {
			return errorOnly(c.Webhooks.ReplayDeadDeliveries(ctx, 8))
		},
	}
}

// recordingTransport records a request and rejects it.
type recordingTransport struct{ method, path string }

// RoundTrip implements [http.RoundTripper].
func (a *recordingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	a.method, a.path = r.Method, r.URL.EscapedPath()
	return &http.Response{StatusCode: http.StatusTeapot, Body: http.NoBody, Header: http.Header{}, Request: r}, nil
}

// description is the relevant part of the OpenAPI description.
type description struct {
	Paths      map[string]map[string]describedOperation
	Components struct{ Schemas map[string]schema }
}

type describedOperation struct {
	OperationID string
	Parameters  []struct {
		Name   string
		Schema struct{ Maximum int }
	}
}

type schema struct {
	Properties map[string]json.RawMessage
}

// fetchDescription reads the description of a server.
func fetchDescription(t *testing.T) description {
	t.Helper()
	s := rostertest.Start(t)
	answer, err := http.Get(s.URL + "/api/v1/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	var doc description
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestEveryOperationHasAMethod(t *testing.T) {
	t.Parallel()
	calls := operations()
	for path, methods := range fetchDescription(t).Paths {
		for method, op := range methods {
			if strings.HasPrefix(op.OperationID, "checkForwardAuth") {
				continue // the client does not support it
			}
			do := calls[op.OperationID]
			if do == nil {
				t.Errorf("%s (%s %s): the client has no method for it", op.OperationID, strings.ToUpper(method), path)
				continue
			}
			delete(calls, op.OperationID)
			t.Run(op.OperationID, func(t *testing.T) {
				t.Parallel()
				checkRequest(t, do, strings.ToUpper(method), path)
			})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(calls)) {
		t.Errorf("%s: the server has no such operation", id)
	}
}

func checkRequest(t *testing.T, do clientCall, method, path string) {
	t.Helper()
	seen := &recordingTransport{}
	c, err := client.New("http://roster.example", "x", client.WithHTTPClient(&http.Client{Transport: seen}))
	if err != nil {
		t.Fatal(err)
	}
	if err := do(t.Context(), c); err == nil {
		t.Error("an error response is not an error")
	}
	pattern := "^" + regexp.MustCompile(`\\\{[a-z_]+\\\}`).ReplaceAllString(regexp.QuoteMeta(path), "[^/]+") + "$"
	if ok, err := regexp.MatchString(pattern, seen.path); err != nil || !ok || seen.method != method {
		t.Errorf("the request is %s %s, want %s %s", seen.method, seen.path, method, path)
	}
}
