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

// A deed calls one method of the client.
type deed func(ctx context.Context, c *client.Client) error

// failure drops what a method returns beside its error.
func failure[T any](_ T, err error) error { return err }

// first reads an iterator until its first error.
func first[T any](all func(func(T, error) bool)) (err error) {
	for _, err = range all {
		if err != nil {
			break
		}
	}
	return err
}

// operations names for every operation of the description the method that reaches
// it.
func operations() map[string]deed {
	all := map[string]deed{
		"getMe": func(ctx context.Context, c *client.Client) error { return failure(c.Me.Get(ctx)) },
		"changeMe": func(ctx context.Context, c *client.Client) error {
			return failure(c.Me.Change(ctx, client.SelfChange{}))
		},
		"renewAPIKey":         func(ctx context.Context, c *client.Client) error { return failure(c.Me.RenewAPIKey(ctx)) },
		"changePassword":      func(ctx context.Context, c *client.Client) error { return c.Me.ChangePassword(ctx, "a", "b") },
		"listMyOrganizations": func(ctx context.Context, c *client.Client) error { return failure(c.Me.Organizations(ctx)) },
		"can": func(ctx context.Context, c *client.Client) error {
			return failure(c.Can(ctx, client.Question{Permission: "users.read"}))
		},
		"listReservedNames":        func(ctx context.Context, c *client.Client) error { return failure(c.ReservedNames(ctx)) },
		"releaseName":              func(ctx context.Context, c *client.Client) error { return c.ReleaseName(ctx, "username", "a/b") },
		"listSettings":             func(ctx context.Context, c *client.Client) error { return failure(c.Settings(ctx)) },
		"getStatistics":            func(ctx context.Context, c *client.Client) error { return failure(c.Statistics(ctx)) },
		"listFailedEmails":         func(ctx context.Context, c *client.Client) error { return first(c.FailedEmails(ctx)) },
		"resendFailedEmail":        func(ctx context.Context, c *client.Client) error { return c.ResendFailedEmail(ctx, 12) },
		"listPermissions":          func(ctx context.Context, c *client.Client) error { return failure(c.Permissions(ctx)) },
		"findKey":                  func(ctx context.Context, c *client.Client) error { return failure(c.Keys.Find(ctx, "SHA256:x")) },
		"exportPersonalDataOfUser": func(ctx context.Context, c *client.Client) error { return failure(c.Users.PersonalData(ctx, 7)) },
		"exportPersonalDataOfMe":   func(ctx context.Context, c *client.Client) error { return failure(c.Me.PersonalData(ctx)) },
	}
	for _, some := range []map[string]deed{
		peopleOperations(), ownedOperations("OfMe", client.Mine()), ownedOperations("OfUser", client.Of(7)),
		organizationOperations(), eventOperations(), webhookOperations(), accountOperations(),
	} {
		maps.Copy(all, some)
	}
	return all
}

func peopleOperations() map[string]deed {
	return map[string]deed{
		"listUsers": func(ctx context.Context, c *client.Client) error { return first(c.Users.List(ctx, client.UserQuery{})) },
		"getUser":   func(ctx context.Context, c *client.Client) error { return failure(c.Users.Get(ctx, 7)) },
		"createUser": func(ctx context.Context, c *client.Client) error {
			return failure(c.Users.Create(ctx, client.NewUser{}))
		},
		"changeUser": func(ctx context.Context, c *client.Client) error {
			return failure(c.Users.Change(ctx, 7, client.UserChange{}))
		},
		"deleteUser":            func(ctx context.Context, c *client.Client) error { return c.Users.Delete(ctx, 7) },
		"removeIdentity":        func(ctx context.Context, c *client.Client) error { return c.Users.RemoveIdentity(ctx, 7, "a/b") },
		"blockUser":             func(ctx context.Context, c *client.Client) error { return failure(c.Users.Block(ctx, 7)) },
		"unblockUser":           func(ctx context.Context, c *client.Client) error { return failure(c.Users.Unblock(ctx, 7)) },
		"deactivateUser":        func(ctx context.Context, c *client.Client) error { return failure(c.Users.Deactivate(ctx, 7)) },
		"reactivateUser":        func(ctx context.Context, c *client.Client) error { return failure(c.Users.Reactivate(ctx, 7)) },
		"eraseUser":             func(ctx context.Context, c *client.Client) error { return c.Users.Erase(ctx, 7) },
		"listDormantUsers":      func(ctx context.Context, c *client.Client) error { return failure(c.Users.Dormant(ctx, 180, 0)) },
		"listMembershipsOfUser": func(ctx context.Context, c *client.Client) error { return failure(c.Users.Organizations(ctx, 7)) },
		"doMany": func(ctx context.Context, c *client.Client) error {
			return failure(c.Users.Bulk(ctx, []client.Deed{client.Doing(client.BlockUser, 7)}))
		},
		"importUsers": func(ctx context.Context, c *client.Client) error {
			return first(c.Users.Import(ctx, strings.NewReader(""), client.Import{Name: "x"}))
		},
		"exportUsers": func(ctx context.Context, c *client.Client) error { return failure(c.Users.Export(ctx, client.CSV)) },
	}
}

func ownedOperations(suffix string, whose client.Owner) map[string]deed {
	return map[string]deed{
		"listEmails" + suffix: func(ctx context.Context, c *client.Client) error { return failure(c.Emails.List(ctx, whose)) },
		"addEmail" + suffix: func(ctx context.Context, c *client.Client) error {
			return failure(c.Emails.Add(ctx, whose, "a@b.example"))
		},
		"sendVerification" + suffix: func(ctx context.Context, c *client.Client) error {
			return c.Emails.SendVerification(ctx, whose, 3)
		},
		"removeEmail" + suffix: func(ctx context.Context, c *client.Client) error { return c.Emails.Remove(ctx, whose, 3) },
		"listKeys" + suffix:    func(ctx context.Context, c *client.Client) error { return failure(c.Keys.List(ctx, whose)) },
		"addKey" + suffix: func(ctx context.Context, c *client.Client) error {
			return failure(c.Keys.Add(ctx, whose, client.NewKey{}))
		},
		"removeKey" + suffix:  func(ctx context.Context, c *client.Client) error { return c.Keys.Remove(ctx, whose, 3) },
		"listTokens" + suffix: func(ctx context.Context, c *client.Client) error { return failure(c.Tokens.List(ctx, whose)) },
		"createToken" + suffix: func(ctx context.Context, c *client.Client) error {
			return failure(c.Tokens.Create(ctx, whose, client.NewToken{}))
		},
		"rotateToken" + suffix:      func(ctx context.Context, c *client.Client) error { return failure(c.Tokens.Rotate(ctx, whose, 3)) },
		"revokeToken" + suffix:      func(ctx context.Context, c *client.Client) error { return c.Tokens.Revoke(ctx, whose, 3) },
		"listSessions" + suffix:     func(ctx context.Context, c *client.Client) error { return failure(c.Sessions.List(ctx, whose)) },
		"endSession" + suffix:       func(ctx context.Context, c *client.Client) error { return c.Sessions.End(ctx, whose, 3) },
		"endOtherSessions" + suffix: func(ctx context.Context, c *client.Client) error { return c.Sessions.EndOthers(ctx, whose) },
	}
}

func organizationOperations() map[string]deed {
	return map[string]deed{
		"listOrganizations":  func(ctx context.Context, c *client.Client) error { return failure(c.Organizations.List(ctx)) },
		"getOrganization":    func(ctx context.Context, c *client.Client) error { return failure(c.Organizations.Get(ctx, 5)) },
		"createOrganization": func(ctx context.Context, c *client.Client) error { return failure(c.Organizations.Create(ctx, "x")) },
		"renameOrganization": func(ctx context.Context, c *client.Client) error { return failure(c.Organizations.Rename(ctx, 5, "x")) },
		"deleteOrganization": func(ctx context.Context, c *client.Client) error { return c.Organizations.Delete(ctx, 5) },
		"listMembers": func(ctx context.Context, c *client.Client) error {
			return first(c.Members.List(ctx, 5, client.MemberQuery{}))
		},
		"putMember":       func(ctx context.Context, c *client.Client) error { return c.Members.Put(ctx, 5, 7, 2) },
		"removeMember":    func(ctx context.Context, c *client.Client) error { return c.Members.Remove(ctx, 5, 7) },
		"listInvitations": func(ctx context.Context, c *client.Client) error { return failure(c.Invitations.List(ctx, 5)) },
		"invite": func(ctx context.Context, c *client.Client) error {
			return failure(c.Invitations.Send(ctx, 5, client.NewInvitation{}))
		},
		"inviteMany": func(ctx context.Context, c *client.Client) error {
			return failure(c.Invitations.InviteAll(ctx, 5, []client.NewInvitation{{Email: "a@b.example"}}))
		},
		"resendInvitation": func(ctx context.Context, c *client.Client) error { return failure(c.Invitations.Resend(ctx, 5, 6)) },
		"revokeInvitation": func(ctx context.Context, c *client.Client) error { return c.Invitations.Revoke(ctx, 5, 6) },
		"getRole":          func(ctx context.Context, c *client.Client) error { return failure(c.Roles.Get(ctx, 5, 4)) },
		"getProject":       func(ctx context.Context, c *client.Client) error { return failure(c.Projects.Get(ctx, 5, "a/b")) },
		"listRoles":        func(ctx context.Context, c *client.Client) error { return failure(c.Roles.List(ctx, 5)) },
		"createRole": func(ctx context.Context, c *client.Client) error {
			return failure(c.Roles.Create(ctx, 5, client.NewRole{}))
		},
		"changeRole": func(ctx context.Context, c *client.Client) error {
			return failure(c.Roles.Change(ctx, 5, 4, client.RoleChange{}))
		},
		"deleteRole":   func(ctx context.Context, c *client.Client) error { return c.Roles.Delete(ctx, 5, 4) },
		"listProjects": func(ctx context.Context, c *client.Client) error { return failure(c.Projects.List(ctx, 5)) },
		"createProject": func(ctx context.Context, c *client.Client) error {
			return failure(c.Projects.Create(ctx, 5, client.NewProject{}))
		},
		"changeProject": func(ctx context.Context, c *client.Client) error {
			return failure(c.Projects.Change(ctx, 5, "a/b", client.ProjectChange{}))
		},
		"deleteProject": func(ctx context.Context, c *client.Client) error { return c.Projects.Delete(ctx, 5, "a/b") },
		"listAssignees": func(ctx context.Context, c *client.Client) error { return failure(c.Projects.Assignees(ctx, 5, "a")) },
		"putAssignees":  func(ctx context.Context, c *client.Client) error { return failure(c.Projects.Assign(ctx, 5, "a", nil)) },
	}
}

func accountOperations() map[string]deed {
	return map[string]deed{
		"signUp":        func(ctx context.Context, c *client.Client) error { return c.Accounts.SignUp(ctx, client.SignUp{}) },
		"verifyAddress": func(ctx context.Context, c *client.Client) error { return failure(c.Accounts.Verify(ctx, "x")) },
		"forgotPassword": func(ctx context.Context, c *client.Client) error {
			return c.Accounts.ForgotPassword(ctx, "a@b.example")
		},
		"resetPassword": func(ctx context.Context, c *client.Client) error {
			return failure(c.Accounts.ResetPassword(ctx, client.PasswordReset{Token: "x", Password: "y"}))
		},
		"showInvitation": func(ctx context.Context, c *client.Client) error { return failure(c.Accounts.Invitation(ctx, "x")) },
		"acceptInvitation": func(ctx context.Context, c *client.Client) error {
			return failure(c.Accounts.AcceptInvitation(ctx, client.Acceptance{}))
		},
		"logIn": func(ctx context.Context, c *client.Client) error {
			return failure(c.Accounts.LogIn(ctx, client.Login{}))
		},
		"logOut":         func(ctx context.Context, c *client.Client) error { return c.Sessions.EndCurrent(ctx) },
		"reauthenticate": func(ctx context.Context, c *client.Client) error { return failure(c.Me.Reauthenticate(ctx, "x")) },
		"authorizedKeys": func(ctx context.Context, c *client.Client) error { return failure(c.Keys.Authorized(ctx, "a/b")) },
	}
}

func eventOperations() map[string]deed {
	return map[string]deed{
		"listEvents": func(ctx context.Context, c *client.Client) error {
			return first(c.Events.List(ctx, client.EventQuery{}))
		},
		"getEventHead": func(ctx context.Context, c *client.Client) error { return failure(c.Events.Head(ctx)) },
		"streamEvents": func(ctx context.Context, c *client.Client) error {
			return first(c.Events.Follow(ctx, client.FollowQuery{After: new(int64)}))
		},
	}
}

func webhookOperations() map[string]deed {
	return map[string]deed{
		"listWebhooks": func(ctx context.Context, c *client.Client) error { return failure(c.Webhooks.List(ctx)) },
		"getWebhook":   func(ctx context.Context, c *client.Client) error { return failure(c.Webhooks.Get(ctx, 8)) },
		"createWebhook": func(ctx context.Context, c *client.Client) error {
			return failure(c.Webhooks.Create(ctx, client.NewWebhook{}))
		},
		"changeWebhook": func(ctx context.Context, c *client.Client) error {
			return failure(c.Webhooks.Change(ctx, 8, client.WebhookChange{}))
		},
		"deleteWebhook":       func(ctx context.Context, c *client.Client) error { return c.Webhooks.Delete(ctx, 8) },
		"rotateWebhookSecret": func(ctx context.Context, c *client.Client) error { return failure(c.Webhooks.RotateSecret(ctx, 8)) },
		"testWebhook":         func(ctx context.Context, c *client.Client) error { return failure(c.Webhooks.Test(ctx, 8)) },
		"listDeliveries": func(ctx context.Context, c *client.Client) error {
			return first(c.Webhooks.Deliveries(ctx, 8, client.DeliveryQuery{}))
		},
		"replayDelivery": func(ctx context.Context, c *client.Client) error { return failure(c.Webhooks.Replay(ctx, 8, 9)) },
		"replayDead":     func(ctx context.Context, c *client.Client) error { return failure(c.Webhooks.ReplayDead(ctx, 8)) },
	}
}

// asked notes a request and refuses it.
type asked struct{ method, path string }

// RoundTrip implements [http.RoundTripper].
func (a *asked) RoundTrip(r *http.Request) (*http.Response, error) {
	a.method, a.path = r.Method, r.URL.EscapedPath()
	return &http.Response{StatusCode: http.StatusTeapot, Body: http.NoBody, Header: http.Header{}, Request: r}, nil
}

// described is what the tests read of the description.
type described struct {
	Paths      map[string]map[string]struct{ OperationID string }
	Components struct{ Schemas map[string]schema }
}

type schema struct {
	Properties map[string]json.RawMessage
}

// describe asks a server for its description.
func describe(t *testing.T) described {
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
	var doc described
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestEveryOperationIsReachedByAMethod(t *testing.T) {
	t.Parallel()
	reach := operations()
	for path, methods := range describe(t).Paths {
		for method, op := range methods {
			if strings.HasPrefix(op.OperationID, "forwardAuth") {
				continue // it answers proxies, with headers
			}
			do := reach[op.OperationID]
			if do == nil {
				t.Errorf("%s (%s %s): no method of the client reaches it", op.OperationID, strings.ToUpper(method), path)
				continue
			}
			delete(reach, op.OperationID)
			t.Run(op.OperationID, func(t *testing.T) {
				t.Parallel()
				reaches(t, do, strings.ToUpper(method), path)
			})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(reach)) {
		t.Errorf("%s: the server has no such operation", id)
	}
}

func reaches(t *testing.T, do deed, method, path string) {
	t.Helper()
	seen := &asked{}
	c, err := client.New("http://roster.example", "x", client.WithHTTPClient(&http.Client{Transport: seen}))
	if err != nil {
		t.Fatal(err)
	}
	if err := do(t.Context(), c); err == nil {
		t.Error("what the server refuses is no error")
	}
	pattern := "^" + regexp.MustCompile(`\\\{[a-z_]+\\\}`).ReplaceAllString(regexp.QuoteMeta(path), "[^/]+") + "$"
	if ok, err := regexp.MatchString(pattern, seen.path); err != nil || !ok || seen.method != method {
		t.Errorf("it asks for %s %s, want %s %s", seen.method, seen.path, method, path)
	}
}
