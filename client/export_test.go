package client

import "reflect"

// MaxBulk is the maximum number of operations or invitations of one request.
const MaxBulk = maxBulk

// The maximum numbers of items on a page.
const (
	MaxPage      = maxPage
	MaxEventPage = maxEventPage
)

// SchemaTypes returns the type for each schema of the description, by its name. "List" stands for all schemas whose names
// begin with List.
func SchemaTypes() map[string]reflect.Type {
	shapes := map[string]reflect.Type{}
	for name, shape := range map[string]any{
		"AcceptInvitationRequest": Acceptance{}, "AcceptedInvitation": AcceptedInvitation{}, "Account": Account{}, "AddEmailRequest": addEmailRequest{},
		"AddKeyRequest": NewKey{}, "AddedAuthenticator": AddedAuthenticator{}, "ApiKey": apiKey{}, "Authenticator": Authenticator{}, "BulkInvitationsRequest": bulkInvitationsRequest{}, "BulkUsersRequest": bulkUsersRequest{},
		"ChangePasswordRequest": changePasswordRequest{}, "ConfirmPasskeyRequest": PasskeyConfirmation{}, "ConfirmTOTPRequest": TOTPConfirmation{}, "CreateAccountRequest": NewAccount{}, "CreateInvitationRequest": NewInvitation{},
		"CreateProjectRequest": NewProject{}, "CreateRoleRequest": NewRole{}, "CreateSessionRequest": NewSession{}, "CreateTokenRequest": NewToken{},
		"CreateUserRequest": NewUser{}, "CreateWebhookRequest": NewWebhook{}, "CreatedSession": CreatedSession{}, "Delivery": Delivery{},
		"Email": Email{}, "Event": Event{}, "EventHead": EventHead{}, "FailedEmail": FailedEmail{}, "FieldError": FieldError{},
		"Identity": Identity{}, "Invitation": Invitation{}, "InvitationPreview": InvitationPreview{}, "InvitationResult": invitationResult{},
		"List": Page[User]{}, "Member": Member{}, "Membership": Membership{}, "NewPasswordRequest": PasswordReset{}, "OperationResult": operationResult{},
		"Organization": Organization{}, "OrganizationRequest": organizationRequest{}, "PasskeyCeremony": PasskeyCeremony{}, "PasskeyProof": PasskeyProof{}, "PasswordResetRequest": passwordResetRequest{},
		"Permission": Permission{}, "PermissionCheck": PermissionCheck{}, "PersonalData": PersonalData{}, "Problem": problem{}, "Project": Project{},
		"ReauthenticateRequest": reauthenticateRequest{}, "Reauthentication": Reauthentication{}, "NoticeAddress": NoticeAddress{}, "Erasure": Erasure{}, "ErasedOrg": ErasedOrganization{}, "ErasedCounts": ErasedCredentials{}, "EraseMeRequest": eraseMeRequest{}, "Preferences": Preferences{}, "UpdatePreferencesRequest": PreferencesUpdate{}, "ReplayResult": replayResult{},
		"RecoveryCodes": recoveryCodes{}, "RenameAuthenticatorRequest": renameRequest{}, "ReservedName": ReservedName{}, "RequireSecondFactorRequest": requireSecondFactorRequest{}, "SecondFactors": SecondFactors{}, "Role": Role{}, "Session": Session{}, "SetAssigneesRequest": setAssigneesRequest{},
		"SetMemberRoleRequest": setMemberRoleRequest{}, "Setting": Setting{}, "SshKey": Key{}, "Statistics": Statistics{}, "Token": Token{},
		"TokenRequest": tokenRequest{}, "TotpEnrolment": TOTPEnrolment{}, "TokenWithSecret": TokenWithSecret{}, "UpdateMeRequest": SelfUpdate{}, "UpdateProjectRequest": ProjectUpdate{},
		"UpdateRoleRequest": RoleUpdate{}, "UpdateUserRequest": UserUpdate{}, "UpdateWebhookRequest": WebhookUpdate{}, "User": User{},
		"UserOperation": Operation{}, "Webhook": Webhook{}, "WebhookSecret": webhookSecret{}, "WebhookTest": webhookTest{},
		"WebhookWithSecret": WebhookWithSecret{},
	} {
		shapes[name] = reflect.TypeOf(shape)
	}
	return shapes
}
