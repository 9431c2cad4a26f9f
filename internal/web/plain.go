package web

import (
	"io"
	"net/http"
)

// Say answers with one line of text: 200 when all is well, else 503.
func Say(w http.ResponseWriter, well bool, line string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if !well {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	// Nobody is left to tell when the client is gone.
	_, _ = io.WriteString(w, line+"\n")
}

// NothingHere answers a path that no API has.
func NothingHere(w http.ResponseWriter, r *http.Request) {
	body := map[string]string{"error": "nothing answers at this path; see / for what does"}
	if err := WriteJSON(w, http.StatusNotFound, body); err != nil {
		http.NotFound(w, r)
	}
}
