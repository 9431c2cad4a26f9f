package sqldb

import (
	"context"
	"slices"
	"strings"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/model"
)

// The table search has a text for each user, with a line for the name, the username and each
// address. It is written once before the commit for all users that the commit touched, because
// full-text indexes are efficient for large writes and savepoints would undo that. Searches
// within the transaction do not see its writes.

// searchable returns text in the form of the table search. Lines separate the values, so control
// characters are replaced.
func searchable(text string) string {
	return oneLine(strings.ToValidUTF8(emailaddress.SearchText(text), "\uFFFD"))
}

func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == '\x7f' {
			return '\uFFFD'
		}
		return r
	}, text)
}

// touch records users whose search text may have changed.
func (w *writer) touch(users ...model.UserID) {
	w.effects.touched = append(w.effects.touched, users...)
}

// reindex updates the table search for the users that a transaction touched.
func (e Engine) reindex(c *conn, touched []model.UserID) error {
	if len(touched) == 0 {
		return nil
	}
	touched = slices.Clone(touched)
	slices.Sort(touched)
	w := &writer{newReader(context.Background(), e, c), &commitEffects{}}
	w.deadline = e.updateDeadline()
	for ids := range slices.Chunk(slices.Compact(touched), 1000) {
		if err := w.reindex(ids); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) reindex(ids []model.UserID) error {
	all := w.engine.List(int64s(ids))
	now, err := w.texts(all)
	if err != nil {
		return err
	}
	was := map[model.UserID]string{}
	if err := w.gather(was, "", `SELECT user_id, text FROM search WHERE user_id `+w.engine.In("$1"), all); err != nil {
		return err
	}
	var changed []entry
	var outdated []model.UserID
	for _, id := range ids {
		before, known := was[id]
		text, exists := now[id]
		if text == before && exists && known {
			continue
		}
		changed = append(changed, entry{id, text, exists})
		if known {
			outdated = append(outdated, id)
		}
	}
	return w.putEntries(changed, outdated)
}

// entry is a new row of the table search, or the deletion of one.
type entry struct {
	user   model.UserID
	text   string
	exists bool
}

// putEntries writes entries, which must be sorted by id: the full-text index flushes its buffer
// when a smaller id follows.
func (w *writer) putEntries(entries []entry, outdated []model.UserID) error {
	if len(outdated) > 0 {
		err := w.put("search", `DELETE FROM search WHERE user_id `+w.engine.In("$1"), w.engine.List(int64s(outdated)))
		if err != nil {
			return err
		}
	}
	existing := slices.DeleteFunc(slices.Clone(entries), func(e entry) bool { return !e.exists })
	err := insert(w, "search", `INSERT INTO search (user_id, text) VALUES `, existing,
		func(e entry) []any { return []any{e.user, e.text} })
	if err != nil || w.engine.Grams == nil {
		return err
	}
	for _, e := range entries {
		if err := w.putGrams(e); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) putGrams(e entry) error {
	if !e.exists {
		return w.put("search", `DELETE FROM search_grams WHERE rowid = $1`, e.user)
	}
	return w.put("search", `INSERT OR REPLACE INTO search_grams (rowid, grams) VALUES ($1, $2)`, e.user, w.engine.Grams(e.text))
}

// texts returns the search texts of the users in a list that exist.
func (r *reader) texts(list any) (map[model.UserID]string, error) {
	in := r.engine.In("$1")
	texts := map[model.UserID]string{}
	for _, query := range []string{
		`SELECT id, name_key FROM users WHERE id ` + in,
		`SELECT id, coalesce(username_key, '') FROM users WHERE id ` + in,
		`SELECT user_id, address_key FROM emails WHERE user_id ` + in + ` ORDER BY user_id, id`,
		`SELECT user_id, address_text FROM emails WHERE address_text <> '' AND user_id ` + in + ` ORDER BY user_id, id`,
	} {
		if err := r.gather(texts, "\n", query, list); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// gather appends the result of query, and end, to the text of each user.
func (r *reader) gather(texts map[model.UserID]string, end, query string, list any) error {
	return r.each("search", func(from row) error {
		var id model.UserID
		var text string
		err := from.Scan(&id, &text)
		if end != "" {
			text = oneLine(text)
		}
		texts[id] += text + end
		return err
	}, query, list)
}

// FillSearch writes the table search for users without a row, in batches. An interrupted run
// continues where it stopped.
func (s *Store) FillSearch(ctx context.Context) error {
	for {
		waiting, err := s.waiting(ctx)
		if err != nil || len(waiting) == 0 {
			return err
		}
		err = s.Update(ctx, func(tx model.Writer) error {
			tx.(*writer).touch(waiting...)
			return nil
		})
		if err != nil {
			return err
		}
	}
}

func (s *Store) waiting(ctx context.Context) (ids []model.UserID, err error) {
	err = s.Read(ctx, func(tx model.Reader) error {
		ids, err = list(tx.(*reader), "search", scanID[model.UserID],
			`SELECT user_id FROM search WHERE text = '' ORDER BY user_id LIMIT 1000`)
		return err
	})
	return ids, err
}
