package sqldb

import (
	"context"
	"slices"
	"strings"

	"roster.example/roster/internal/directory"
)

// Search goes by a copy of what people are found by, in the table search: a line
// for each of name, username and addresses. It is not written by each deed but once
// before the commit, of all whom the deeds of that commit touched: full-text
// indexes are made for writing much at once, and every savepoint would undo that.
// Until then searches within the transaction miss what it wrote.

// searchable is text as the table search has it. Its lines tell what belongs
// together, so that control characters cannot be part of them.
func searchable(text string) string {
	return oneLine(strings.ToValidUTF8(directory.SearchText(text), "\uFFFD"))
}

func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == '\x7f' {
			return '\uFFFD'
		}
		return r
	}, text)
}

// touch notes people whose line in the table search may have changed.
func (w *writer) touch(users ...directory.UserID) {
	w.after.touched = append(w.after.touched, users...)
}

// reindex brings the table search up to date for people whom a transaction
// touched, before its commit.
func (e Engine) reindex(c *conn, touched []directory.UserID) error {
	if len(touched) == 0 {
		return nil
	}
	touched = slices.Clone(touched)
	slices.Sort(touched)
	w := &writer{newReader(context.Background(), e, c), &aftermath{}}
	w.deadline = e.updateDeadline()
	for ids := range slices.Chunk(slices.Compact(touched), 1000) {
		if err := w.reindex(ids); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) reindex(ids []directory.UserID) error {
	all := w.engine.List(numbers(ids))
	now, err := w.texts(all)
	if err != nil {
		return err
	}
	was := map[directory.UserID]string{}
	if err := w.gather(was, "", `SELECT user_id, text FROM search WHERE user_id `+w.engine.In("$1"), all); err != nil {
		return err
	}
	var changed []entry
	var outdated []directory.UserID
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

// An entry is a row of the table search, or is to be none.
type entry struct {
	user   directory.UserID
	text   string
	exists bool
}

// putEntries takes entries by id, ascending: grams of others in between would be
// written to disk at each step back.
func (w *writer) putEntries(entries []entry, outdated []directory.UserID) error {
	if len(outdated) > 0 {
		err := w.put("search", `DELETE FROM search WHERE user_id `+w.engine.In("$1"), w.engine.List(numbers(outdated)))
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

// texts are what people are found by, of those of a list who exist.
func (r *reader) texts(list any) (map[directory.UserID]string, error) {
	in := r.engine.In("$1")
	texts := map[directory.UserID]string{}
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

// gather adds to the text of each person what query tells about them, and end.
func (r *reader) gather(texts map[directory.UserID]string, end, query string, list any) error {
	return r.each("search", func(from row) error {
		var id directory.UserID
		var text string
		err := from.Scan(&id, &text)
		if end != "" {
			text = oneLine(text)
		}
		texts[id] += text + end
		return err
	}, query, list)
}

// FillSearch writes the table search for people who were there before it was, some
// at a time: an interrupted start goes on where it stopped.
func (s *Store) FillSearch(ctx context.Context) error {
	for {
		waiting, err := s.waiting(ctx)
		if err != nil || len(waiting) == 0 {
			return err
		}
		err = s.Update(ctx, func(tx directory.Writer) error {
			tx.(*writer).touch(waiting...)
			return nil
		})
		if err != nil {
			return err
		}
	}
}

func (s *Store) waiting(ctx context.Context) (ids []directory.UserID, err error) {
	err = s.View(ctx, func(tx directory.Reader) error {
		ids, err = list(tx.(*reader), "search", identifier[directory.UserID],
			`SELECT user_id FROM search WHERE text = '' ORDER BY user_id LIMIT 1000`)
		return err
	})
	return ids, err
}
