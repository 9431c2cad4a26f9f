// Package loginlimit counts failed and successful logins, and decides which logins are refused.
//
// Failed logins are counted twice: for the name as it was typed, and for the account that
// has it. Both are counted with the network of the caller, and over all networks. A network
// is known to an account for 30 days after a login from it. With n for
// Login.AccountFailures (10), each of the two has these counters:
//
//	counter               limit   over     effect
//	network                 n     window   the pair is locked
//	network                10 n    a day    likewise
//	wide network            2 n    window   unknown networks are rejected
//	wide network            4 n    a day    likewise
//	all networks            5 n    window   likewise
//	all networks           10 n    a day    likewise
//
// The counters of the account decide whether a password is accepted; failures from networks
// that it knows do not count for the last four. So one account takes at most 10 n guesses a
// day from all networks that it does not know, and at most 10 n a day from each that it
// knows, under all of its names together. An attacker cannot lock the owner of an account out
// of a network from which the owner has logged in, except from that network.
//
// The counters of the typed name decide the response: Limited, and until when.
// They count names without an account in the same way, so the answer does not depend on
// whether an account has the name, nor on whether two names are of one account. Where only
// the account is locked, the answer is that of a wrong password, after the same work.
package loginlimit
