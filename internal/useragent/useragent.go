// Package useragent describes the User-Agent of a request (RFC 9110, 10.1.5) in words.
package useragent

import "strings"

// Describe returns what a User-Agent says about a program and its system, such as "Firefox on Windows",
// and whether it is a phone or a tablet. Browsers put names of other browsers into their header, so the
// order of the tables matters.
func Describe(agent string) (name string, phone bool) {
	system, phone := systemOf(agent)
	program := firstIn(agent, [][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Vivaldi/", "Vivaldi"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	})
	if program == "" {
		// Scripts and clients begin with their name: "curl/8.5.0".
		program, _, _ = strings.Cut(agent, "/")
		program, _, _ = strings.Cut(program, " ")
	}
	if program == "" || system == "" {
		return program, phone
	}
	return program + " · " + system, phone
}

func systemOf(agent string) (system string, phone bool) {
	system = firstIn(agent, [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	})
	return system, system == "iPhone" || system == "iPad" || system == "Android"
}

// firstIn returns the name for the first mark that is in text; "" if there is none.
func firstIn(text string, marks [][2]string) string {
	for _, m := range marks {
		if strings.Contains(text, m[0]) {
			return m[1]
		}
	}
	return ""
}
