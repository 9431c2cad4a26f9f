package e2e

// organizationAdmins is a page for administrators, and for Admins of the home organization.
const organizationAdmins = "303 403 200 403 200 303 303"

// Pages for administrators of the server, and their forms about records that do not exist.
const (
	administrators        = "303 403 403 403 200 303 303"
	administratorsMissing = "303 403 403 403 404 303 303"
	administratorsLead    = "303 403 403 403 303 303 303"
)

// activityTable has the rows of the console's pages about events, webhooks and emails.
func activityTable() []rule {
	return []rule{
		{route: "GET /console/search", path: "/console/search?q=e", statuses: organizationAdmins},
		{route: "GET /console/events", statuses: organizationAdmins},
		{route: "GET /console/events", path: "/console/events?organization=id:{org}", statuses: organizationAdmins},
		{route: "GET /console/events/export", statuses: organizationAdmins},
		{route: "GET /console/emails", statuses: administrators},
		{route: "POST /console/emails/resend", statuses: administratorsLead},
		{route: "POST /console/emails/{id}/resend", path: "/console/emails/999999/resend", statuses: administratorsMissing},
		{route: "POST /console/emails/{id}/delete", path: "/console/emails/999999/delete", statuses: administratorsMissing},
		{route: "GET /console/webhooks", statuses: administrators},
		{route: "GET /console/webhooks/new", statuses: administrators},
		{route: "POST /console/webhooks/new", body: "url=none", statuses: "303 403 403 403 422 303 303"},
		{route: "GET /console/webhooks/{id}", path: "/console/webhooks/999999", statuses: administratorsMissing},
		{route: "POST /console/webhooks/{id}", path: "/console/webhooks/999999", statuses: administratorsMissing},
		{route: "POST /console/webhooks/{id}/rotate", path: "/console/webhooks/999999/rotate", statuses: administratorsMissing},
		{route: "POST /console/webhooks/{id}/test", path: "/console/webhooks/999999/test", statuses: administratorsMissing},
		{route: "POST /console/webhooks/{id}/replay", path: "/console/webhooks/999999/replay", statuses: administratorsMissing},
		{route: "POST /console/webhooks/{id}/deliveries/{delivery}/replay", path: "/console/webhooks/999999/deliveries/1/replay", statuses: administratorsMissing},
		{route: "GET /console/webhooks/{id}/delete", path: "/console/webhooks/999999/delete", statuses: administratorsMissing},
		{route: "POST /console/webhooks/{id}/delete", path: "/console/webhooks/999999/delete", statuses: administratorsMissing},
	}
}
