package native

import (
	"context"
	"strconv"
	"time"

	"roster.example/roster/internal/model"
)

type failedEmail struct {
	ID         int64     `json:"id" example:"12"`
	To         string    `json:"to" example:"grace@example.org"`
	Subject    string    `json:"subject" example:"Welcome"`
	CreatedAt  time.Time `json:"created_at" example:"2026-01-02T15:04:05Z"`
	Attempts   int       `json:"attempts" doc:"The number of attempts." example:"1"`
	Reason     string    `json:"reason" doc:"The answer of the mail server." example:"550 no such mailbox"`
	Invitation int64     `json:"invitation_id,omitempty" doc:"The invitation in the email, if any." example:"5"`
}

func (a api) listFailedEmails(ctx context.Context, actor model.Actor, in *struct {
	Cursor int64 `query:"cursor" minimum:"1" doc:"The member next of the previous page."`
	Limit  int   `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"The number of items on a page."`
}) (*body[list[failedEmail]], error) {
	all, err := a.directory.FailedMails(ctx, actor, in.Cursor, in.Limit+1)
	if err != nil {
		return nil, err
	}
	var result list[failedEmail]
	if len(all) > in.Limit {
		all = all[:in.Limit]
		result.Next = strconv.FormatInt(all[in.Limit-1].ID, 10)
	}
	result.Items = mapSlice(all, func(m model.FailedMail) failedEmail {
		return failedEmail{m.ID, m.To, m.Subject, m.CreatedAt, m.Attempts, m.Reason, int64(m.Invitation)}
	})
	return bodyOf(result), nil
}

func (a api) resendFailedEmail(ctx context.Context, actor model.Actor, in *struct {
	Email int64 `path:"email" minimum:"1" doc:"The id of the email." example:"12"`
}) (*noContent, error) {
	return nil, a.directory.RetryMail(ctx, actor, in.Email)
}
