package confusables

import (
	"slices"
	"testing"

	"roster.example/roster/internal/unitext"
)

func TestNamesThatLookAlikeHaveOneKey(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"Admin", "Аdmin"}, {"ADMIN", "АDМІN"}, {"Staff", "Ѕtaff"}, {"Staff", "Ｓｔａｆｆ"}, {"Staff", "𝐒taff"}, {"Staff", "Staf\u200bf"}, {"Staff", "Sta\u034fff"},
		{"Staff", "Sta\ufb00"}, {"Staff A", "Staff  A"}, {"Staff A", "Staff\u00a0A"}, {"Staff A", "Staff\u3000А"}, {"R&D - Rome", "R&D – Rome"}, {"Bob's", "Bob’s"},
		{"coco", "сосо"}, {"COCO", "СОСО"}, {"HOPE", "НОРЕ"}, {"BOB", "ВОВ"}, {"bob", "bⲟb"}, {"bob", "bοb"}, {"ᎪᎡᎢ", "ART"}, {"ꓮꓣꓔ", "art"}, {"сосо", "ϲοϲο"},
		{"ICE", "ІСЕ"}, {"lce", "ӏсе"}, {"ALEX", "АӀЕХ"}, {"ёж", "ëж"}, {"isik", "ısık"}, {"Ibis", "İbis"}, {"علی\u200cرضا", "علیرضا"}, {"葛城", "葛\U000E0100城"}, {"bob", "BOB"},
		{"Boss", "Bo\u0455s"}, {"Team O", "Team Ο"},
	} {
		if !Alike(c[0], c[1]) || !Alike(c[1], c[0]) {
			t.Errorf("%q and %q: %q and %q", c[0], c[1], LookKey(c[0]), LookKey(c[1]))
		}
		if plain := PlainSpellings(c[1]); isPlain(c[0]) && unitext.Fold(c[0]) != unitext.Fold(c[1]) && !slices.Contains(plain, unitext.Fold(c[0])) {
			t.Errorf("%q is spelled %q", c[1], plain)
		}
	}
}

func TestVisiblyDifferentNamesHaveDifferentKeys(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"Müller", "Muller"}, {"Bø", "Bo"}, {"Łukasz", "Lukasz"}, {"Đặng", "Dang"}, {"Þór", "Por"}, {"þór", "pór"}, {"C++", "C#"}, {"Team 1", "Team 2"}, {"Team 1", "Team I"}, {"Team A", "Team 4"},
		{"bill", "biil"}, {"A-Team", "A Team"}, {"бар", "вар"}, {"Бор", "Бөр"}, {"отдел", "отдел 2"}, {"рот", "рат"}, {"Иван", "Йван"}, {"さくら", "サクラ"}, {"山田", "山本"}, {"Γιώργος", "Γιώργο"}, {"Ася", "Аня"},
		{"משה", "עדי"}, {"محمد", "احمد"}, {"Gruppe Nord", "Gruppe Süd"},
	} {
		if Alike(c[0], c[1]) {
			t.Errorf("%q and %q look alike: %q", c[0], c[1], LookKey(c[0]))
		}
	}
}

func TestNamesOfSeveralScriptsAreDeceptive(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"bⲟb": true, "bоb": true, "bοb": true, "bᎾb": true, "Ꭺdmin": true, "ꓮdmin": true, "rⵔⵔt": true, "r๐๐t": true, "bo٥": true, "bo\u06f5": true, "bо\u0308b": true, "аλ": true, "ab\ue000": true,
		"漢ㄅか": true, "カ한": true, "bob\u034f": true, "bo\ufe0fb": true, "ｂob": true, "a\u180bb": true, "ᗩdam": true, "ɑо": true, "Δx": true,
		"bob": false, "владимир": false, "山田taro": false, "山田さくラ2": false, "김민수kim漢": false, "漢ㄅab": false, "ⲃⲟⲃ": false, "ᎣᏏᏲ": false, "josé": false, "Þórunn": false, "ανδρέας-7": false,
		"סוס": false, "محمد٣": false, "สมชาย": false, "राम१": false, "b.ob_☃": false, "": false,
	} {
		if got := IsDeceptive(name); got != want {
			t.Errorf("%q: got %v", name, got)
		}
	}
}

func TestWordsOfNamesHaveOneScript(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"Ѕtaff": true, "Team Аdmin": true, "IT-оtdel": true, "St\u200dаff": true, "Ꮪtaff": true, "μService": true, "Ｓtаff": true,
		"Отдел IT": false, "IT-отдел": false, "Staff": false, "Größe & Söhne": false, "東京Office": false, "R&D Ω": false, "Ｓｔａｆｆ": false, "Team 👩\u200d💻": false, "علی\u200cرضا": false, "C++ и Go": false,
	} {
		if got := HasMixedWord(name); got != want {
			t.Errorf("%q: got %v", name, got)
		}
	}
}
