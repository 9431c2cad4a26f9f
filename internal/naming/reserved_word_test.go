package naming

import (
	"testing"

	"roster.example/roster/internal/confusables"
)

func TestNamesThatLookReservedAreReserved(t *testing.T) {
	t.Parallel()
	p := &Policy{}
	for _, name := range []string{
		"admin", "Admin", "ADMIN", "a.d.m.i.n", "ad-min", "ad min", "_admin_", "@admin", "admin!", "[admin]", "🛡admin", "★ admin ★",
		"ᴀᴅᴍɪɴ", "ᴀdmin", "аdmin", "аԁміп", "ΑDΜΙΝ", "αdmιη", "ａｄｍｉｎ", "𝐚𝐝𝐦𝐢𝐧", "𝕒𝕕𝕞𝕚𝕟", "𝓪𝓭𝓶𝓲𝓷", "𝖆𝖉𝖒𝖎𝖓", "𝙰𝙳𝙼𝙸𝙽", "ⓐⓓⓜⓘⓝ", "🅐🅓🅜🅘🅝", "🅰🅳🅼🅸🅽",
		"🇦🇩🇲🇮🇳", "ᎪᎠᎷᎥN", "ᎪᎠᎷⅠN", "Ꭺdmin", "ꓮꓓꓟꓲꓠ", "ᗩᗪᗰIᑎ", "adm1n", "4dm1n", "4DM|N", "@dmin", "adm!n", "adrnin", "admın", "ɑdmin", "ådmîn", "a\u0301d\u0302m\u0303i\u0304n\u0305",
		"a\u200bdmin", "ad\u00admin", "admin\ufe0f", "adm\u2063in", "ađmin", "admiń", "ⲁdⲙⲓⲛ",
		"r00t", "ROOT", "rοοt", "гооt", "ʀᴏᴏᴛ", "Ꮢoot", "r๐๐t", "røøt", "supp0rt", "ѕupport", "$upport", "5upport", "sysadmin", "sуѕadmin", "SУSTEM", "syst3m",
		"adminіstrator", "ＡｄｍｉｎＩＳＴＲＡＴＯＲ", "Administrators", "ᴀᴅᴍɪɴɪꜱᴛʀᴀᴛᴏʀꜱ", "рostmaster", "webrnaster", "vvebmaster", "ᴡᴇʙᴍᴀsᴛᴇʀ",
		"⍺dmin", "𐊠dmin", "𐌀dmin", "Λdmin", "ΛDMIN", "admiи", "r𐐬𐐬t", "rꬽꬽt", "rⵔⵔt", "rθθt", "rΘΘt", "r〇〇t",
		"○admin", "admin●", "®admin", "®○admin○®", "r○○t", "○r○○t○", "r◯●t", "®oot", "●®oot", "r○○t®", "€v€ryon€", "+rue", "r@@oot",
		"123", "١٢٣", "４２", "u5er5", "us€r5", "5y5", "sy5", "postgre5", "ap1", "nul1", "sud0", "roo7", "suppor7", "adm1ns", "admin",
	} {
		if !p.IsReservedWord(name) {
			t.Errorf("%q passes, as %q", name, confusables.Skeleton(name))
		}
	}
}

func TestOrdinaryNamesAreNotReserved(t *testing.T) {
	t.Parallel()
	p := &Policy{}
	for _, name := range []string{
		"José", "Владимир", "山田", "山田太郎", "Сергей", "Ольга", "Наталья", "Ανδρέας", "Ελένη", "Γιώργος", "עדי", "משה", "محمد", "فاطمة", "김민수", "สมชาย", "ᎣᏏᏲ", "Łukasz",
		"Åse", "Ståle", "Ødegård", "Nguyễn", "Đặng", "Þórunn", "Zoë", "O'Neil", "Անահիտ", "ნინო", "Àdàmọ̀", "राम", "adam", "adminer", "Amin", "Armin", "Roland", "Rooth",
		"ruth", "m1ke", "r2d2", "Group 42", "24x7", "Wekan Fans", "Systematics", "Support Group North", "Emma", "Mia", "Нина", "Ася", "Никита", "Илья", "Λένα", "Θεόδωρος", "Θανάσης", "○○", "Café ○", "Acme®", "C++", "R®", "Лев", "Роман", "王小明", "さくら",
		"user4", "user5", "user55", "User 5", "user-5", "key5", "role5", "token5", "event5", "Organization 5", "organization-15", "webhook.5", "admin5",
	} {
		if p.IsReservedWord(name) {
			t.Errorf("%q is reserved, as %q", name, confusables.Skeleton(name))
		}
	}
}
