// Package secondfactor holds the second factors of users: authenticator apps, passkeys and recovery codes.
// It verifies them at logins, and decides which users need one.
package secondfactor
