package cache_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/cache"
)

// uncached are writes of values that are never cached.
var uncached = []string{
	"AddToken", "AddSession", // an unknown token is not cached as absent
	"UpgradePassword", "PutThrottle", "DropThrottle", "DropThrottles", "PutKeyCheck",
	"AddStoredResponse", "PutStoredResponse", "DropInvitationsAndMailTo",
	"Expire", // an expired credential is rejected by its time
	"AddInvitation", "ChangeInvitation", "PutInvitationHash", "PutInvitationProjects", "AddLink", "UseLink", "DropLink", "DropLinks", "DropLinksFor",
	"LockEvents", "AddEvent", "AddEvents", "PutImport", "DropImports", "AddEvents",
	"PutImport", "DropImports", "DropEndedTokens", "DropEnded",
	"AddMail", "LeaseMails", "Mails", "ResealMail", "DropMail", "DelayMail", "GiveUpMail", "RetryMail", "DropInvitationMails",
	"PutWebhookFailures", "AddDeliveries", "ChangeDelivery", "ClaimDeliveries", "ReplayDead", "DeadLetterDeliveries", "DropDeliveries", "DropEvents",
	"ReserveName", "ReleaseName", "MergeSearch", "AtCommit", "Publish", "PutEventEpoch", "ReleaseLeases", "PutInstallation",
	"AddAuthenticator", "ChangeAuthenticator", "DropAuthenticator", "UseStep", "PutRecoveryCodes", "UseRecoveryCode", "AddCeremony", "DropCeremony", "DropCeremonies", "PutNoticeAddress", "DropNoticeAddresses",
}

// A write that is missing here would leave stale entries in the cache.
func TestEveryWriteIsRecordedOrChangesNothingCached(t *testing.T) {
	t.Parallel()
	all, reads := reflect.TypeFor[model.Writer](), reflect.TypeFor[model.Reader]()
	recorded := recordedWrites(t)
	for i := range all.NumMethod() {
		name := all.Method(i).Name
		_, read := reads.MethodByName(name)
		if known := slices.Contains(uncached, name); !read && known == slices.Contains(recorded, name) {
			t.Errorf("%s must be recorded by writer, or be on the list of writes that are not cached", name)
		}
	}
}

// recordedWrites lists the methods that writer declares itself.
func recordedWrites(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range tree.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && receiver(f) == "writer" {
				names = append(names, f.Name.Name)
			}
		}
	}
	return names
}

func receiver(f *ast.FuncDecl) string {
	name, _ := f.Recv.List[0].Type.(*ast.Ident)
	if name == nil {
		return ""
	}
	return name.Name
}

func TestMessagesContainAllChanges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		var c cache.Changes
		for range rapid.IntRange(1, 900).Draw(r, "changes") {
			id := model.UserID(rapid.Int64Range(1, 1<<40).Draw(r, "user"))
			org := model.OrgID(rapid.Int64Range(1, 1<<40).Draw(r, "org"))
			switch rapid.IntRange(0, 4).Draw(r, "verb") {
			case 0:
				c.Upsert(id, rapid.SampledFrom([]model.State{model.Active, model.Blocked}).Draw(r, "state"))
			case 1:
				c.Member(org, id, rapid.Bool().Draw(r, "in"))
			case 2:
				c.Delete(id)
			case 3:
				c.DeleteOrg(org)
			case 4:
				c.Invalidate(id, rapid.Bool().Draw(r, "orgs"))
			}
		}
		got, err := cache.RoundTrip(c)
		if err != nil || !reflect.DeepEqual(got, c) {
			r.Fatalf("%v: %s", err, cmp.Diff(c, got, cmp.Exporter(func(reflect.Type) bool { return true })))
		}
	})
}
