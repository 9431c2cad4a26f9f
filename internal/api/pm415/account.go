package pm415

import (
	"context"
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

func loginSchema() schema {
	return schema{
		{key: "email", label: "Email", required: true, rules: []rule{isNonEmpty}},
		{key: "password", label: "Password", required: true, rules: []rule{isNonEmpty}},
		{key: "token", label: "Token", rules: []rule{isNonEmpty}},
	}
}

type loginResponse struct {
	Token   string           `json:"token"`
	Success bool             `json:"success"`
	User    userRow[orgName] `json:"user"`
}

func (a *api) logIn(w http.ResponseWriter, r *http.Request, req request) error {
	if err := loginSchema().check(req.body); err != nil {
		return err
	}
	attempt := login.Attempt{
		Email: req.body.text("email"), Password: secret.Text(req.body.text("password")), Invitation: secret.Text(req.body.text("token")),
	}
	joins := a.invitedOrganization(r.Context(), req.actor, attempt.Invitation)
	made, err := a.directory.LogIn(r.Context(), req.actor, attempt, model.PM415Login)
	if err != nil {
		return mapLoginError(err, attempt.Email)
	}
	return writeOK(w, loginResponse{made.Token.Reveal(), true, newUserRow(made.User, organizationNames(made.Memberships, joins))})
}

func mapLoginError(err error, email string) error {
	return loginSchema().mapError(mapError(err,
		errorMapping{faultOn("second_factor", fault.Required), newError(http.StatusUnauthorized, "This account has a second factor. Use its API key or an access token")},
		errorMapping{faultOn("user", fault.Unknown), unknownUserError(email)},
		errorMapping{faultOn("password", fault.WrongPassword), wrongPasswordError()},
		errorMapping{faultOn("password", fault.NoPassword), wrongPasswordError()},
		errorMapping{hasKind(fault.Expired), newError(http.StatusUnprocessableEntity, "Bad data")},
		errorMapping{faultOn("email", fault.Mismatch), newError(http.StatusUnprocessableEntity, "Invitation email mismatch")},
		errorMapping{faultOn("member", fault.Taken), newError(http.StatusConflict, "Invitation already accepted")},
	))
}

// unknownUserError reveals that an address is unknown, as pm415 does. The directory limits the
// number of such errors.
func unknownUserError(email string) *apiError {
	return newError(http.StatusNotFound, "User with email %s not found.", email)
}

func wrongPasswordError() *apiError {
	return errorWithSuccessTrue(http.StatusUnauthorized, "Unable to login user")
}

// invitedOrganization returns the organization of an open invitation, or 0. Errors of the
// invitation are reported by the login.
func (a *api) invitedOrganization(ctx context.Context, actor model.Actor, token secret.Text) model.OrgID {
	if token == "" {
		return 0
	}
	shown, err := a.directory.InvitationByToken(ctx, actor, token)
	if err != nil {
		return 0
	}
	return shown.Organization.ID
}

// organizationNames returns the organizations of the user who has just logged in, without the one
// that the login joined (docs/products/pm415.md, 5).
func organizationNames(list []model.Membership, joined model.OrgID) []orgName {
	orgs := make([]orgName, 0, len(list))
	for _, m := range list {
		if m.Organization.ID != joined {
			orgs = append(orgs, orgName{m.Organization.ID, m.Organization.Name})
		}
	}
	return orgs
}

func registerSchema() schema {
	return schema{
		{key: "email", label: "Email", required: true, rules: []rule{isEmail}},
		{key: "password", label: "Password", required: true, rules: []rule{minLength(4)}},
		{key: "firstName", label: "First Name", core: "given_name", required: true, rules: []rule{isNonEmpty}},
		{key: "lastName", label: "Last Name", core: "family_name", required: true, rules: []rule{isNonEmpty}},
		{key: "confirmation", label: "Confirmation", required: true, rules: []rule{minLength(4), matchesPassword}},
		{key: "tosAccepted", label: "Terms of Service", required: true, rules: []rule{isAcceptedTerms}},
		{key: "organization", label: "Organization", rules: []rule{isNonEmpty}},
		{key: "token", label: "Token", rules: []rule{isNonEmpty}},
	}
}

// registerResponse has no user id if the response must not reveal whether the address has an
// account.
type registerResponse struct {
	UserID  model.UserID `json:"userId,omitempty"`
	Success bool         `json:"success"`
}

func (a *api) register(w http.ResponseWriter, r *http.Request, req request) error {
	if err := registerSchema().check(req.body); err != nil {
		return err
	}
	b := req.body
	if b.text("token")+b.text("organization") == "" {
		return newError(http.StatusBadRequest, `"Organization" is required`)
	}
	made, err := a.directory.Register(r.Context(), req.actor, registration.Input{
		Email: b.text("email"), Password: secret.Text(b.text("password")),
		GivenName: b.text("firstName"), FamilyName: b.text("lastName"),
		Organization: b.text("organization"), Invitation: secret.Text(b.text("token")),
	})
	if err != nil {
		return mapRegisterError(err, b)
	}
	return writeOK(w, registerResponse{made.ID, true})
}

func mapRegisterError(err error, b body) error {
	return registerSchema().mapError(mapError(err,
		errorMapping{faultOn("email", fault.Taken), newError(http.StatusConflict, "User with email %s already exists", b.text("email"))},
		errorMapping{hasKind(fault.Conflict), newError(http.StatusConflict, "Organization %s already exists.", b.text("organization"))},
		errorMapping{hasKind(fault.Expired), newError(http.StatusUnprocessableEntity, "Invitation token invalid or expired")},
		errorMapping{faultOn("email", fault.Mismatch), errorWithSuccessTrue(http.StatusUnprocessableEntity, "Email is incorrect")},
		errorMapping{hasKind(fault.NotFound), newError(http.StatusNotFound, "Organization not found")},
	))
}

// accountResponse has the id of the user and what was done.
type accountResponse struct {
	UserID  model.UserID `json:"userId"`
	Success bool         `json:"success"`
	Message string       `json:"message"`
}

// notVerifiedResponse is the response to an invalid link, with status 200.
type notVerifiedResponse struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
}

func (a *api) verifyEmail(w http.ResponseWriter, r *http.Request, req request) error {
	if r.Method == http.MethodHead {
		return nil // some mail programs check links in advance
	}
	token, err := web.QueryText(r, "token")
	if err != nil {
		return err
	}
	user, err := a.directory.VerifyEmail(r.Context(), req.actor, secret.Text(token))
	if hasKind(fault.Expired)(err) {
		return writeOK(w, notVerifiedResponse{false, "Token is invalid or expired."})
	}
	if err != nil {
		return err
	}
	return writeOK(w, accountResponse{user.ID, true, "Account verified"})
}

type forgotPasswordResponse struct {
	Message string       `json:"message"`
	Success bool         `json:"success"`
	UserID  model.UserID `json:"userId,omitempty"`
}

// forgotPassword repeats the address of the request, never the stored one: the user may be found by
// another address. If the directory hides accounts, it returns no user.
func (a *api) forgotPassword(w http.ResponseWriter, r *http.Request, req request) error {
	s := schema{{key: "email", label: "Email", required: true, rules: []rule{isEmail}}}
	if err := s.check(req.body); err != nil {
		return err
	}
	address := req.body.text("email")
	user, err := a.directory.ForgotPassword(r.Context(), req.actor, address)
	message := "A message was sent to the " + address
	if !emailaddress.Same(user.RecoveryAddress(), address) {
		// The link goes to a verified address, which this one may not be.
		message = "If there is an account for " + address + ", a message was sent to its confirmed address"
	}
	if err != nil {
		return s.mapError(mapError(err, errorMapping{hasKind(fault.NotFound), unknownUserError(address)}))
	}
	return writeOK(w, forgotPasswordResponse{message, true, user.ID})
}

func (a *api) resetPassword(w http.ResponseWriter, r *http.Request, req request) error {
	s := schema{
		{key: "token", required: true, rules: []rule{isNonEmpty}},
		{key: "password", label: "Password", required: true, rules: []rule{minLength(4)}},
		{key: "confirmation", label: "Confirmation", required: true, rules: []rule{isNonEmpty, matchesPassword}},
	}
	if err := s.check(req.body); err != nil {
		return err
	}
	user, err := a.directory.ResetPassword(r.Context(), req.actor, directory.Reset{
		Token: secret.Text(req.body.text("token")), Password: secret.Text(req.body.text("password")),
	})
	if err != nil {
		return s.mapError(mapError(err, errorMapping{hasKind(fault.Expired), newError(http.StatusUnprocessableEntity, "Token invalid")}))
	}
	return writeOK(w, accountResponse{user.ID, true, "New password saved"})
}
