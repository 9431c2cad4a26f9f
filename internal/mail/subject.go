package mail

import "cmp"

// subject returns the subject of pm415 for Product, else Roster's in the language of the email.
func (d Data) subject(kind Kind) string {
	if subject := d.productSubject(kind); d.Product != "" && subject != "" {
		return subject
	}
	if d.Language == "de" {
		return d.germanSubject(kind)
	}
	switch kind {
	case Verify, VerifyAddress:
		return "[" + d.Site + "] confirmation required"
	case Recovery:
		return "Password recovery"
	case Reset:
		return "Password reset"
	case Invitation:
		return "You are invited to " + cmp.Or(d.Organization, d.Site)
	case AddressChanged:
		return "Your address at " + d.Site + " was changed"
	case AccountErased:
		return "Your account at " + d.Site + " was erased"
	case SecondFactor:
		if d.Factor == "passkey_added" {
			return "A passkey was added to your account at " + d.Site
		}
		return "The second factor of your account at " + d.Site + " was changed"
	case SecurityNotice:
		return d.noticeSubject()
	default:
		return "Your account at " + d.Site
	}
}

// productSubject returns the subjects of pm415 (docs/products/pm415.md, 7); "" for other kinds.
func (d Data) productSubject(kind Kind) string {
	switch kind {
	case Verify, VerifyAddress:
		return "[" + d.Product + "] confirmation required"
	case Recovery:
		return "Password recovery"
	case Reset:
		return "Password reset"
	case Invitation:
		return "Join " + d.Product
	}
	return ""
}

// noticeSubject names what a security notice reports.
func (d Data) noticeSubject() string {
	account := "our account at " + d.Site
	switch d.Change {
	case "signed_in":
		return "New sign-in to y" + account
	case "wrong_codes":
		return "Wrong codes after the password of y" + account
	case "passkey_copied":
		return "A passkey of y" + account + " may have been copied"
	case "sign_in_notice_off":
		return "Notices of sign-ins to y" + account + " are off"
	case "ssh_key_added":
		return "Y" + account + " has a new SSH key"
	case "token_created":
		return "Y" + account + " has a new access token"
	case "api_key_rotated":
		return "Y" + account + " has a new API key"
	}
	return "Y" + account + " has a new password"
}

func (d Data) germanSubject(kind Kind) string {
	switch kind {
	case Verify, VerifyAddress:
		return "[" + d.Site + "] Bitte bestätigen Sie Ihre Adresse"
	case Recovery, Reset:
		return "Neues Passwort für " + d.Site
	case Invitation:
		return "Einladung zu " + cmp.Or(d.Organization, d.Site)
	case AddressChanged:
		return "Ihre Adresse bei " + d.Site + " wurde geändert"
	case AccountErased:
		return "Ihr Konto bei " + d.Site + " wurde gelöscht"
	case SecondFactor:
		if d.Factor == "passkey_added" {
			return "Ihr Konto bei " + d.Site + " hat einen neuen Passkey"
		}
		return "Der zweite Faktor Ihres Kontos bei " + d.Site + " wurde geändert"
	case SecurityNotice:
		return d.germanNoticeSubject()
	default:
		return "Ihr Konto bei " + d.Site
	}
}

func (d Data) germanNoticeSubject() string {
	switch d.Change {
	case "signed_in":
		return "Neue Anmeldung an Ihrem Konto bei " + d.Site
	case "wrong_codes":
		return "Falsche Codes nach dem Passwort Ihres Kontos bei " + d.Site
	case "passkey_copied":
		return "Ein Passkey Ihres Kontos bei " + d.Site + " wurde vielleicht kopiert"
	case "sign_in_notice_off":
		return "Hinweise auf Anmeldungen an Ihrem Konto bei " + d.Site + " sind ausgeschaltet"
	case "ssh_key_added":
		return "Ihr Konto bei " + d.Site + " hat einen neuen SSH-Schlüssel"
	case "token_created":
		return "Ihr Konto bei " + d.Site + " hat ein neues Zugriffstoken"
	case "api_key_rotated":
		return "Ihr Konto bei " + d.Site + " hat einen neuen API-Schlüssel"
	}
	return "Ihr Konto bei " + d.Site + " hat ein neues Passwort"
}
