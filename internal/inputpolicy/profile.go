package inputpolicy

import (
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

// CheckNames checks the parts of a name.
func CheckNames(f *fault.List, n model.Names) {
	unitext.CheckOptional(f, "given_name", n.GivenName, NameLimit)
	unitext.CheckOptional(f, "family_name", n.FamilyName, NameLimit)
}

// CheckProfile checks the fields of a profile.
func CheckProfile(f *fault.List, p model.Profile) {
	unitext.CheckMultiline(f, "bio", p.Bio, model.MaxLine)
	unitext.CheckOptional(f, "skype", p.Skype, model.MaxLine)
	unitext.CheckOptional(f, "linkedin", p.LinkedIn, model.MaxLine)
	unitext.CheckOptional(f, "twitter", p.Twitter, model.MaxLine)
	unitext.CheckOptional(f, "website_url", p.WebsiteURL, model.MaxLine)
	unitext.CheckOptional(f, "company", p.Company, model.MaxLine)
	unitext.CheckOptional(f, "time_zone", p.TimeZone, 100)
	// Pages link to it, so other schemes such as javascript: are rejected.
	if scheme, _, found := strings.Cut(p.WebsiteURL, ":"); found && !isWebScheme(scheme) {
		f.AddMalformed("website_url", "it must start with https:// or http://, or have no scheme")
	}
}

// isWebScheme accepts "example.org:8080" too: a scheme with a dot does not run scripts.
func isWebScheme(scheme string) bool {
	lower := strings.ToLower(strings.TrimSpace(scheme))
	return lower == "http" || lower == "https" || strings.Contains(lower, ".") || lower == "localhost"
}

// MaxLimit is the highest limit or theme id that GitLab stores.
const MaxLimit = 1<<31 - 1

// CheckLimits checks the fields that GitLab stores.
func CheckLimits(f *fault.List, l model.Limits) {
	check := func(field string, value int64) {
		if value < 0 || value > MaxLimit {
			f.AddText(field, fault.Malformed, fault.Textf("it must be a whole number from 0 to {n}", "n", MaxLimit))
		}
	}
	check("projects_limit", l.ProjectsLimit)
	check("theme_id", l.ThemeID)
	check("color_scheme_id", l.ColorSchemeID)
}

// CheckIdentity requires both halves, except for an API that allows to write each alone.
func CheckIdentity(f *fault.List, api model.API, id model.Identity) {
	if id.Provider == "" && id.ExternalUID == "" {
		return
	}
	if policyOf(api).partialIdentities && !id.IsComplete() {
		unitext.CheckOptional(f, "provider", id.Provider, model.MaxLine)
		unitext.CheckOptional(f, "extern_uid", id.ExternalUID, model.MaxLine)
		return
	}
	unitext.CheckRequired(f, "provider", id.Provider, model.MaxLine)
	unitext.CheckRequired(f, "extern_uid", id.ExternalUID, model.MaxLine)
}
