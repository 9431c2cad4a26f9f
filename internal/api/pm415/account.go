package pm415

import (
	"context"
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

func loginSchema() schema {
	return schema{
		{key: "email", label: "Email", required: true, rules: []rule{filled}},
		{key: "password", label: "Password", required: true, rules: []rule{filled}},
		{key: "token", label: "Token", rules: []rule{filled}},
	}
}

type loginAnswer struct {
	Token   string          `json:"token"`
	Success bool            `json:"success"`
	User    person[orgName] `json:"user"`
}

func (a *api) logIn(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := loginSchema().check(v.body); err != nil {
		return err
	}
	login := directory.Login{
		Email: v.body.text("email"), Password: secret.Text(v.body.text("password")), Invitation: secret.Text(v.body.text("token")),
	}
	joins := a.invitedTo(r.Context(), v.who, login.Invitation)
	_, token, user, err := a.directory.LogIn(r.Context(), v.who, login, directory.PM415Login)
	if err != nil && a.hides {
		err = hideLogin(err)
	}
	if err != nil {
		return loginFault(err, login.Email)
	}
	list, err := a.orgsBefore(r.Context(), v.who, token, joins)
	if err != nil {
		return err
	}
	return succeed(w, loginAnswer{token.Reveal(), true, personOf(user, list)})
}

func loginFault(err error, email string) error {
	return loginSchema().reword(reword(err,
		saying{faultOn("user", fault.Unknown), noUser(email)},
		saying{faultOn("password", fault.WrongPassword), wrongPassword()},
		saying{faultOn("password", fault.NoPassword), wrongPassword()},
		saying{kind(fault.Expired), refuse(http.StatusUnprocessableEntity, "Bad data")},
		saying{faultOn("email", fault.Mismatch), refuse(http.StatusUnprocessableEntity, "Invitation email mismatch")},
		saying{faultOn("member", fault.Taken), refuse(http.StatusConflict, "Invitation already accepted")},
	))
}

// hideLogin makes a wrong password of what would reveal whether an address is known. An
// account that is not active is told only to a caller who has its password.
func hideLogin(err error) error {
	return reword(err, saying{faultOn("user", fault.Unknown), wrongPassword()})
}

// noUser tells that an address is unknown, as the original does. The core counts
// such answers and stops whoever asks for many.
func noUser(email string) *refusal {
	return refuse(http.StatusNotFound, "User with email %s not found.", email)
}

func wrongPassword() *refusal { return praising(http.StatusUnauthorized, "Unable to login user") }

// invitedTo is the organization of an invitation that can be accepted, or 0. Only
// the core's login says what is wrong with it.
func (a *api) invitedTo(ctx context.Context, who directory.Actor, token secret.Text) directory.OrgID {
	if token == "" {
		return 0
	}
	shown, err := a.directory.InvitationByToken(ctx, who, token)
	if err != nil {
		return 0
	}
	return shown.Organization.ID
}

// orgsBefore lists the organizations of the person who just came in, without
// the one that the login joined (docs/products/pm415.md, 5).
func (a *api) orgsBefore(ctx context.Context, who directory.Actor, token secret.Text, joined directory.OrgID) ([]orgName, error) {
	who, err := a.directory.Authenticate(ctx, who, directory.Credential{Secret: token})
	if err != nil {
		return nil, err
	}
	list, err := a.directory.MyOrganizations(ctx, who)
	orgs := make([]orgName, 0, len(list))
	for _, m := range list {
		if m.Organization.ID != joined {
			orgs = append(orgs, orgName{m.Organization.ID, m.Organization.Name})
		}
	}
	return orgs, err
}

func registerSchema() schema {
	return schema{
		{key: "email", label: "Email", required: true, rules: []rule{email}},
		{key: "password", label: "Password", required: true, rules: []rule{least(4)}},
		{key: "firstName", label: "First Name", core: "given_name", required: true, rules: []rule{filled}},
		{key: "lastName", label: "Last Name", core: "family_name", required: true, rules: []rule{filled}},
		{key: "confirmation", label: "Confirmation", required: true, rules: []rule{least(4), samePassword}},
		{key: "tosAccepted", label: "Terms of Service", required: true, rules: []rule{terms}},
		{key: "organization", label: "Organization", rules: []rule{filled}},
		{key: "token", label: "Token", rules: []rule{filled}},
	}
}

// registerAnswer has no user where the answer must not reveal whether the address has an
// account.
type registerAnswer struct {
	UserID  directory.UserID `json:"userId,omitempty"`
	Success bool             `json:"success"`
}

func (a *api) register(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := registerSchema().check(v.body); err != nil {
		return err
	}
	b := v.body
	if b.text("token")+b.text("organization") == "" {
		return refuse(http.StatusBadRequest, `"Organization" is required`)
	}
	made, err := a.directory.Register(r.Context(), v.who, directory.Registration{
		Email: b.text("email"), Password: secret.Text(b.text("password")),
		GivenName: b.text("firstName"), FamilyName: b.text("lastName"),
		Organization: b.text("organization"), Invitation: secret.Text(b.text("token")),
	})
	if err != nil {
		return registerFault(err, b)
	}
	return succeed(w, registerAnswer{made.ID, true})
}

func registerFault(err error, b body) error {
	return registerSchema().reword(reword(err,
		saying{faultOn("email", fault.Taken), refuse(http.StatusConflict, "User with email %s already exists", b.text("email"))},
		saying{kind(fault.Conflict), refuse(http.StatusConflict, "Organization %s already exists.", b.text("organization"))},
		saying{kind(fault.Expired), refuse(http.StatusUnprocessableEntity, "Invitation token invalid or expired")},
		saying{faultOn("email", fault.Mismatch), praising(http.StatusUnprocessableEntity, "Email is incorrect")},
		saying{kind(fault.NotFound), refuse(http.StatusNotFound, "Organization not found")},
	))
}

// accountAnswer names the person and says what was done.
type accountAnswer struct {
	UserID  directory.UserID `json:"userId"`
	Success bool             `json:"success"`
	Message string           `json:"message"`
}

// notVerifiedAnswer is the answer to a link that does not work: 200 all the same.
type notVerifiedAnswer struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
}

func (a *api) verify(w http.ResponseWriter, r *http.Request, v visit) error {
	if r.Method == http.MethodHead {
		return nil // some mail programs look at links before people do
	}
	token, err := web.QueryText(r, "token")
	if err != nil {
		return err
	}
	user, err := a.directory.VerifyEmail(r.Context(), v.who, secret.Text(token))
	if kind(fault.Expired)(err) {
		return succeed(w, notVerifiedAnswer{false, "Token is invalid or expired."})
	}
	if err != nil {
		return err
	}
	return succeed(w, accountAnswer{user.ID, true, "Account verified"})
}

type forgotPasswordAnswer struct {
	Message string           `json:"message"`
	Success bool             `json:"success"`
	UserID  directory.UserID `json:"userId,omitempty"`
}

// forgotPassword echoes the address that was asked for, never the stored one: the
// person may be found by another of their addresses. Where unknown addresses are
// hidden, nobody's id is told.
func (a *api) forgotPassword(w http.ResponseWriter, r *http.Request, v visit) error {
	s := schema{{key: "email", label: "Email", required: true, rules: []rule{email}}}
	if err := s.check(v.body); err != nil {
		return err
	}
	address := v.body.text("email")
	user, err := a.directory.ForgotPassword(r.Context(), v.who, address)
	message := "A message was sent to the " + address
	if a.hides || !directory.SameAddress(user.RecoveryAddress(), address) {
		// The link goes to an address that is proven, which this one may not be.
		message = "If there is an account for " + address + ", a message was sent to its confirmed address"
	}
	if a.hides && (err == nil || kind(fault.NotFound)(err)) {
		user.ID, err = 0, nil
	}
	if err != nil {
		return s.reword(reword(err, saying{kind(fault.NotFound), noUser(address)}))
	}
	return succeed(w, forgotPasswordAnswer{message, true, user.ID})
}

func (a *api) newPassword(w http.ResponseWriter, r *http.Request, v visit) error {
	s := schema{
		{key: "token", required: true, rules: []rule{filled}},
		{key: "password", label: "Password", required: true, rules: []rule{least(4)}},
		{key: "confirmation", label: "Confirmation", required: true, rules: []rule{filled, samePassword}},
	}
	if err := s.check(v.body); err != nil {
		return err
	}
	user, err := a.directory.ResetPassword(r.Context(), v.who, directory.Reset{
		Token: secret.Text(v.body.text("token")), Password: secret.Text(v.body.text("password")),
	})
	if err != nil {
		return s.reword(reword(err, saying{kind(fault.Expired), refuse(http.StatusUnprocessableEntity, "Token invalid")}))
	}
	return succeed(w, accountAnswer{user.ID, true, "New password saved"})
}
