package model

// Limits that several packages apply.
const (
	MaxLine       = 255  // characters of a name, a title or another text of one line
	MaxDeliveries = 1000 // deliveries in one list
	MaxEvents     = 1000 // events in one list
)
