package operation

import (
	"time"

	"roster.example/roster/internal/model"
)

// commitEffects records what a transaction added that workers or followers wait for.
type commitEffects struct {
	mailQueued     bool
	deliveryQueued bool
	eventRecorded  bool
}

type effectWriter struct {
	model.Writer
	effects *commitEffects
}

func (w effectWriter) AddMail(m *model.Mail) error {
	w.effects.mailQueued = true
	return w.Writer.AddMail(m)
}

func (w effectWriter) RetryMail(id int64, at time.Time) error {
	w.effects.mailQueued = true
	return w.Writer.RetryMail(id, at)
}

func (w effectWriter) AddDeliveries(all []model.Delivery) error {
	w.effects.deliveryQueued = true
	return w.Writer.AddDeliveries(all)
}

func (w effectWriter) ChangeDelivery(one model.Delivery) error {
	w.effects.deliveryQueued = true
	return w.Writer.ChangeDelivery(one)
}

func (w effectWriter) ReplayDead(r model.Replay) (int, error) {
	w.effects.deliveryQueued = true
	return w.Writer.ReplayDead(r)
}

func (w effectWriter) AddEvent(e model.Event) error {
	w.effects.eventRecorded = true
	return w.Writer.AddEvent(e)
}

func (w effectWriter) AddEvents(events []model.Event) error {
	w.effects.eventRecorded = true
	return w.Writer.AddEvents(events)
}
