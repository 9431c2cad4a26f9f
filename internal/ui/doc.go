// Package ui draws the pages of Roster: layout, components, icons, and texts in each language.
//
// A package of pages calls New with the folder of its templates. A template defines the block
// "main" and may use every component in templates/component. Write renders it inside the layout, in
// the language and the theme that the request asks for.
//
//	assets/      stylesheet, script and icons, served under names that contain their hash
//	templates/   layout and components
//	messages/    all texts, one file for each language; a test finds missing and unused keys
//
// The package knows nothing of the directory. Pages give it strings that are ready to be shown.
package ui
