package passwordpolicy

import "strings"

// commonWords are the words and rows at the head of published lists of passwords, folded, in the
// order of their bytes, without digits before and after. The setting password.breached_file adds a
// longer list.
var commonWords = strings.Fields(`
	112233 11223344 123123 123321 147258369 147852 159357 159753 1q2w3e 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qazxsw2 666666
	741852963 7777777 789456123 987654321 a1b2c3 a1b2c3d4 aa123456 abc123 abcd1234 abcdef abcdefg abcdefgh access
	accessdenied admin administrador administrator alexander alexandra amanda amazon america andrea andrew android angel
	anything apple april arsenal asdf asdfasdf asdfgh asdfghjkl ashley august australia autumn azerty baby babygirl backup
	banana barcelona baseball basketball batman bayern benutzer benvenuto berlin bienvenido bienvenue bitcoin blink182
	bonjour borussia brasil business butterfly california canada champion changeit changeme charlie cheese chelsea chicago
	chocolate christian company computer computer1 contrasena cookie corona corvette covid covid19 cowboys daniel database
	december default demo deutschland dezember dortmund dragon eagle eminem engel england espana everything example
	facebook falcon fall family father februar february ferrari flower football forever fortnite france freedom freitag
	friday friends fruehling frühling fussball gast geheim geheimnis george germany ginger god golf google guest hallo
	hamburg happy harley hase haslo heaven hello helpdesk herbst hockey hola honda hunter ichliebedich iloveu iloveyou
	internet iphone ironman italia januar january jennifer jessica jesus jetaime jordan joshua juli july june juni
	juventus kennwort killer letmein liebe linkedin linux lion liverpool login logmein london losenord love loveyou lucky
	manchester march master masterkey matrix matthew mausi maximilian mercedes metallica mexico michael michelle microsoft
	minecraft monday money monkey montag motdepasse mother muenchen munich mustang mypassword naruto netflix network
	newpassword newyork nicole nirvana nothing november october office oktober oldpassword orange panther paris parola
	pass pass1234 passpass passphrase passw passwd password passwort pepper phoenix pikachu pokemon porsche princesa
	princess prinzessin privat private q1w2e3r4 q1w2e3r4t5 qazwsx qazwsxedc qweasd qweasdzxc qwer qwerasdf qwerqwer qwerty
	qwertyuiop qwertz ranger realmadrid robert roblox root salasana samantha sample samsung saturday schalke schatz
	schatzi sebastian secret secretpassword secure security senha september server service shadow slipknot smile soccer
	something sommer sonntag spiderman spring starwars steelers stefan summer summer2024 sunday sunshine superman
	superuser support sysadmin system team teamo teamwork temp temporary temppass tennis tequiero test tester testing
	testtest texas thepassword thomas thunder thursday tiger topsecret toyota trustno1 tuesday twitter ubuntu user
	username userpassword wachtwoord webmaster wednesday welcome whatever willkommen windows winter wolf word yamaha
	yankees yourpassword youtube zaq12wsx zxcv zxcvbn zxcvbnm
`)
