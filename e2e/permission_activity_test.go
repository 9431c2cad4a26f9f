package e2e

// organizationAdmins is a page for administrators, and for Admins of the home organization.
const organizationAdmins = "303 403 200 403 200 303 303"

// activityTable has the rows of the console's pages about events.
func activityTable() []rule {
	return []rule{
		{route: "GET /console/events", statuses: organizationAdmins},
		{route: "GET /console/events", path: "/console/events?organization=id:{org}", statuses: organizationAdmins},
		{route: "GET /console/events/export", statuses: organizationAdmins},
	}
}
