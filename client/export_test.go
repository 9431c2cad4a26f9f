package client

import "reflect"

// Shapes are the types that stand for the schemas of the description, by the name of
// the schema. Pages stand for all that begin with List.
func Shapes() map[string]reflect.Type {
	shapes := map[string]reflect.Type{}
	for name, shape := range map[string]any{
		"AcceptIn": Acceptance{}, "Accepted": Accepted{}, "Account": Account{}, "Assignees": assignees{}, "ByLink": linked{},
		"Deed": Deed{}, "Deeds": deeds{}, "Delivery": Delivery{}, "DirectoryEvent": Event{}, "Dossier": PersonalData{},
		"Email": Email{}, "FailedEmail": FailedEmail{}, "EventHead": Head{}, "FaultDetail": Fault{}, "ForgotIn": forgotten{}, "GivenRole": givenRole{},
		"Identity": Identity{}, "Invitation": Invitation{}, "Invited": invited{}, "LoginIn": Login{}, "ApiKey": apiKey{}, "Member": Member{}, "Setting": Setting{}, "Membership": Membership{},
		"NamedOrganization": named{}, "NewEmailIn": newEmail{}, "NewInvitationIn": NewInvitation{}, "NewInvitationsIn": newInvitations{}, "NewProjectIn": NewProject{},
		"NewRoleIn": NewRole{}, "NewSSHKeyIn": NewKey{}, "NewTokenIn": NewToken{}, "NewUser": NewUser{}, "NewWebhookIn": NewWebhook{},
		"Opened": LoggedIn{}, "Organization": Organization{}, "Outcome": outcome{}, "PasswordChange": passwordChange{},
		"PasswordIn": shownPassword{}, "Permission": Permission{}, "Problem": problem{}, "Project": Project{},
		"ProjectChangeIn": ProjectChange{}, "ProvenUntil": proven{}, "Replayed": replayed{}, "ResetIn": PasswordReset{}, "Role": Role{},
		"RoleChangeIn": RoleChange{}, "Ruling": Ruling{}, "ReservedName": ReservedName{}, "SelfChange": SelfChange{}, "Session": Session{},
		"ShownInvitation": Welcome{}, "ShownToken": ShownToken{}, "SignUpIn": SignUp{}, "SshKey": Key{}, "Statistics": Statistics{},
		"TestSent": sent{}, "Token": Token{}, "User": User{}, "UserChange": UserChange{}, "Webhook": Webhook{},
		"WebhookChangeIn": WebhookChange{}, "WebhookMade": MadeWebhook{}, "WebhookSecret": secret{}, "List": Page[User]{},
	} {
		shapes[name] = reflect.TypeOf(shape)
	}
	return shapes
}
