package storetest

import (
	"fmt"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func preferencesTests() []contractTest {
	return []contractTest{
		{"preferences are read as written and belong to one user", preferencesRoundTrip},
		{"notice addresses belong to one user and are replaced by address", noticeAddresses},
		{"expired notice addresses are deleted in batches", expiredNoticeAddresses},
		{"preferences and notice addresses end with their user", preferencesOfDeletedUser},
	}
}

func (f fixture) preferences(user model.UserID) model.Preferences {
	f.Helper()
	return readValue(f, func(tx model.Reader) (model.Preferences, error) { return tx.Preferences(user) })
}

func preferencesRoundTrip(f fixture) {
	u, other := f.user("ada"), f.user("bea")
	f.wantEqual("before", f.preferences(u.ID), model.Preferences{})
	for _, p := range []model.Preferences{
		{Language: "de", Theme: "dark", TimeZone: "Europe/Berlin", NoSignInNotice: true}, {Theme: "light"}, {},
	} {
		f.update(func(tx model.Writer) error { return tx.PutPreferences(u.ID, p) })
		f.wantEqual("stored", f.preferences(u.ID), p)
		f.wantEqual("of another user", f.preferences(other.ID), model.Preferences{})
	}
	f.wantKind(f.failedUpdate(func(tx model.Writer) error { return tx.PutPreferences(other.ID+1000, model.Preferences{}) }), fault.NotFound)
}

func (f fixture) noticeAddresses(user model.UserID) []model.NoticeAddress {
	f.Helper()
	return readValue(f, func(tx model.Reader) ([]model.NoticeAddress, error) { return tx.NoticeAddresses(user) })
}

func (f fixture) putNoticeAddresses(all ...model.NoticeAddress) {
	f.Helper()
	f.update(func(tx model.Writer) error {
		for _, a := range all {
			if err := tx.PutNoticeAddress(a); err != nil {
				return err
			}
		}
		return nil
	})
}

func noticeAddresses(f fixture) {
	u, other := f.user("ada"), f.user("bea")
	first := model.NoticeAddress{User: u.ID, Address: "a@example.org", EndsAt: sampleTime()}
	second := model.NoticeAddress{User: u.ID, Address: "b@example.org", EndsAt: sampleTime()}
	same := model.NoticeAddress{User: other.ID, Address: "a@example.org", EndsAt: sampleTime()}
	f.putNoticeAddresses(second, first, same)
	f.wantEqual("by address", f.noticeAddresses(u.ID), []model.NoticeAddress{first, second})
	first.EndsAt = sampleTime().Add(time.Hour)
	f.putNoticeAddresses(first)
	f.wantEqual("replaced", f.noticeAddresses(u.ID), []model.NoticeAddress{first, second})
	f.update(func(tx model.Writer) error { return tx.DropNoticeAddresses(u.ID) })
	f.wantEqual("dropped", f.noticeAddresses(u.ID), []model.NoticeAddress{})
	f.wantEqual("of another user", f.noticeAddresses(other.ID), []model.NoticeAddress{same})
}

func expiredNoticeAddresses(f fixture) {
	u := f.user("ada")
	for i := range 5 {
		f.putNoticeAddresses(model.NoticeAddress{User: u.ID, Address: fmt.Sprint(i, "@example.org"), EndsAt: sampleTime().Add(-time.Minute)})
	}
	open := model.NoticeAddress{User: u.ID, Address: "open@example.org", EndsAt: sampleTime().Add(time.Minute)}
	f.putNoticeAddresses(open)
	for _, want := range []int{3, 2, 0} {
		f.update(func(tx model.Writer) error {
			n, err := tx.Expire(model.ExpiringNoticeAddresses, sampleTime(), 3)
			f.wantEqual("deleted", n, want)
			return err
		})
	}
	f.wantEqual("left", f.noticeAddresses(u.ID), []model.NoticeAddress{open})
}

func preferencesOfDeletedUser(f fixture) {
	u := f.user("ada")
	f.update(func(tx model.Writer) error { return tx.PutPreferences(u.ID, model.Preferences{Theme: "dark"}) })
	f.putNoticeAddresses(model.NoticeAddress{User: u.ID, Address: "a@example.org", EndsAt: sampleTime()})
	f.update(func(tx model.Writer) error { return tx.DropUser(u.ID) })
	f.wantEqual("preferences", f.preferences(u.ID), model.Preferences{})
	f.wantEqual("notice addresses", f.noticeAddresses(u.ID), []model.NoticeAddress{})
}
