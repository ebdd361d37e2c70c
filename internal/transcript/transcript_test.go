package transcript

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/power100/tpe/internal/tpe"
)

// lines writes turns so that a test can read them: "0-1500 Dana: text".
func lines(turns []Turn) []string {
	out := []string{}
	for _, t := range turns {
		s := ""
		if t.Timed {
			s = fmt.Sprintf("%d-%d ", t.Start.Milliseconds(), t.End.Milliseconds())
		}
		out = append(out, s+t.Speaker+": "+t.Text)
	}
	return out
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, in string
		format   Format
		want     []string
		notes    int
	}{
		{"vtt with voices", "WEBVTT - demo\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nNOTE\nnot spoken\n\nintro\n00:01.000 --> 00:02.500 align:start\n<v Dana Reed>Hello <i>there</i>,\nwelcome.\n\n01:00:03.000 --> 01:00:04.000\n<v.loud Sam>Thanks &amp; hi.</v> <v Dana Reed>Sure.\n",
			WebVTT, []string{"1000-2500 Dana Reed: Hello there, welcome.", "3603000-3604000 Sam: Thanks & hi.", "3603000-3604000 Dana Reed: Sure."}, 0},
		{"vtt, labels in the text, speaker goes on", "WEBVTT\n\n1\n00:00:00.000 --> 00:00:02.000\nDana Reed: One.\n\n2\n00:00:02.000 --> 00:00:03.000\ntwo.\n\n3\n00:00:09.000 --> 00:00:10.000\nthree\n",
			WebVTT, []string{"0-10000 Dana Reed: One. two. three"}, 0},
		{"vtt without names is cut at pauses", "WEBVTT\n\n00:00.000 --> 00:01.000\na\n\n00:02.900 --> 00:04.000\nb\n\n00:06.000 --> 00:07.000\nc\n",
			WebVTT, []string{"0-4000 : a b", "6000-7000 : c"}, 0},
		{"captions that roll up", "WEBVTT\n\n00:00.000 --> 00:02.000\nso today we\n\n00:02.000 --> 00:04.000\nso today we\nlook at<00:00:02.500><c> leads</c>\n\n00:04.000 --> 00:06.000\nlook at<00:00:02.500><c> leads</c>\nand more\n",
			WebVTT, []string{"0-6000 : so today we look at leads and more"}, 0},
		{"the same word twice is no roll-up", "WEBVTT\n\n00:00.000 --> 00:01.000\nYes.\n\n00:01.000 --> 00:02.000\nYes.\n",
			WebVTT, []string{"0-2000 : Yes. Yes."}, 0},
		{"overlap and disorder", "WEBVTT\n\n00:05.000 --> 00:09.000\n<v B>second\n\n00:00.000 --> 00:06.000\n<v A>first\n",
			WebVTT, []string{"0-6000 A: first", "5000-9000 B: second"}, 0},
		{"vtt block without time", "WEBVTT\n\nlost words\nmore\n\n00:01.000 --> 00:02.000\nkept\n",
			WebVTT, []string{"1000-2000 : kept"}, 1},
		{"vtt header without empty line", "WEBVTT\n00:01.000 --> 00:02.000\nkept\n", WebVTT, []string{"1000-2000 : kept"}, 1},
		{"srt, dos line ends, styles", "\ufeff1\r\n00:00:01,000 --> 00:00:02,000 X1:10\r\n<font color=\"#fff\">Rep:</font> {\\an8}Hi\r\n<b>you</b>\r\n\r\n2\r\n00:00:03,5 --> 00:00:04\r\nCustomer: Ok.\r\n",
			SubRip, []string{"1000-2000 Rep: Hi you", "3500-4000 Customer: Ok."}, 0},
		{"srt without numbers, empty line inside, hours missing", "01:02.000 --> 01:03.000\nA\n\nB\n\n01:04.000 --> 01:05.000\n42\n",
			SubRip, []string{"62000-65000 : A B 42"}, 0},
		{"srt dialogue", "1\n00:00:01,000 --> 00:00:02,000\n- Who pays?\n- You do.\n\n2\n00:00:02,000 --> 00:00:03,000\n- one dash is no change\n",
			SubRip, []string{"1000-2000 : Who pays?", "1000-3000 : You do. - one dash is no change"}, 0},
		{"srt change marks", "1\n00:00:01,000 --> 00:00:02,000\n>> DANA: Hi.\n>> Hello.\n", SubRip, []string{"1000-2000 DANA: Hi.", "1000-2000 : Hello."}, 0},
		{"srt end before start", "1\n00:00:05,000 --> 00:00:02,000\nx\n", SubRip, []string{"5000-5000 : x"}, 1},
		{"srt text before", "Made by me\n\n1\n00:00:05,000 --> 00:00:06,000\nx\n", SubRip, []string{"5000-6000 : x"}, 1},
		{"plain", "Rep: Our crews are ours.\nNo subs.\n\nCustomer: Good.\nRep: Note: prices vary.\n",
			Plain, []string{"Rep: Our crews are ours. No subs.", "Customer: Good.", "Rep: Note: prices vary."}, 0},
		{"plain with times before", "[00:00:01] Dana Reed: Hi.\n[00:00:05] Sam (sales): Yes.\nand so on\n",
			Plain, []string{"1000-5000 Dana Reed: Hi.", "5000-5000 Sam (sales): Yes. and so on"}, 0},
		{"plain with times behind", "Dana (0:12): Hi.\nSam (1:00:00): Yes.\n", Plain, []string{"12000-3600000 Dana: Hi.", "3600000-3600000 Sam: Yes."}, 0},
		{"plain with name and time above", "Dana Reed  0:12\nHi you.\n\nSam  1:02:03\nYes.\n", Plain, []string{"12000-3723000 Dana Reed: Hi you.", "3723000-3723000 Sam: Yes."}, 0},
		{"plain, times that go back", "[0:10] A: x\n[0:05] B: y\n", Plain, []string{"10000-10000 A: x", "5000-5000 B: y"}, 1},
		{"plain without labels", "We met at 10:30 and saw https://x.example\nnote: nothing\nhe said: yes\n",
			Plain, []string{": We met at 10:30 and saw https://x.example note: nothing he said: yes"}, 0},
		{"names of other alphabets", "李雷: 你好\nЖанна Петровна: Да.\nJosé-Luis O’Neil Jr.: Sí.\n", Plain, []string{"李雷: 你好", "Жанна Петровна: Да.", "José-Luis O’Neil Jr.: Sí."}, 0},
	} {
		got, err := Parse([]byte(c.in))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got.Format != c.format || !reflect.DeepEqual(lines(got.Turns), c.want) || len(got.Notes) != c.notes {
			t.Errorf("%s: %s, notes %v\n got %q\nwant %q", c.name, got.Format, got.Notes, lines(got.Turns), c.want)
		}
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name, in string
		code     tpe.Code
		want     string
	}{
		{"empty", "", tpe.Invalid, "line 1: the transcript holds no words"},
		{"only a header", "WEBVTT\n", tpe.Invalid, "holds no words"},
		{"vtt times", "WEBVTT\n\n00:01.000 --> 00:62.000\nx\n\nyy --> 00:03.000\nz\n\n00:01.000 -->\n", tpe.Invalid,
			"read webvtt transcript: line 3: the end time \"00:62.000\" is not of the form 00:01:02.500\nline 6: the start time \"yy\" is not of the form 00:01:02.500\nline 9: the end time is missing"},
		{"srt times", "1\n00:00:01,000 --> 00:00:02,000\nx\n\n2\n00:00:0a,000 --> 00:00:02,000\nlost\n", tpe.Invalid, "line 6: the start time"},
		{"pdf", "%PDF-1.7\n1 0 obj", tpe.Unsupported, "no text"},
		{"zeros", "WEBVTT\x00\x00", tpe.Unsupported, "no text"},
		{"too large", strings.Repeat("a ", MaxBytes/2+1), tpe.TooLarge, "at most"},
	} {
		_, err := Parse([]byte(c.in))
		if tpe.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %s %v", c.name, tpe.CodeOf(err), err)
		}
	}
	_, err := Parse([]byte("WEBVTT\n\n" + strings.Repeat("x --> y\n\n", 1000)))
	if n := strings.Count(err.Error(), "\n"); n != mostFaults-1 {
		t.Errorf("%d lines of faults", n+1)
	}
}

func TestEncodings(t *testing.T) {
	text := "Zoë: café – 10 €\n"
	want := []string{"Zoë: café – 10 €"}
	wide := []byte{0xff, 0xfe}
	wideBig := []byte{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(text)) {
		wide = append(wide, byte(u), byte(u>>8))
		wideBig = append(wideBig, byte(u>>8), byte(u))
	}
	for name, in := range map[string][]byte{
		"UTF-8": []byte(text), "UTF-8 with a mark": []byte("\ufeff" + text), "UTF-16LE": wide, "UTF-16BE": wideBig,
		"Windows-1252": []byte("Zo\xeb: caf\xe9 \x96 10 \x80\r\n"),
	} {
		got, err := Parse(in)
		if err != nil || !reflect.DeepEqual(lines(got.Turns), want) {
			t.Errorf("%s: %q, %v", name, lines(got.Turns), err)
		}
	}
}

func TestDetectNeedsTheBeginningOnly(t *testing.T) {
	long := "WEBVTT\n\n" + strings.Repeat("00:01.000 --> 00:02.000\nça va\n\n", 5000)
	for cut := sniffed - 8; cut < sniffed+8; cut++ {
		if f, ok := Detect([]byte(long[:cut])); f != WebVTT || !ok {
			t.Fatalf("at %d: %s %v", cut, f, ok)
		}
	}
	got, err := Parse([]byte(long))
	if err != nil || !strings.Contains(got.Turns[0].Text, "ça va") {
		t.Error(err)
	}
}

func TestJSON(t *testing.T) {
	turns := []Turn{{Speaker: "A", Start: 1500 * time.Millisecond, End: 2 * time.Second, Timed: true, Text: "x"}, {Text: "y"}}
	b, err := json.Marshal(turns)
	if err != nil || string(b) != `[{"speaker":"A","start_ms":1500,"end_ms":2000,"text":"x"},{"text":"y"}]` {
		t.Fatalf("%s %v", b, err)
	}
	var back []Turn
	if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(back, turns) {
		t.Errorf("%v %v", back, err)
	}
}

// check holds what is true of every transcript that was read.
func check(t *testing.T, data []byte) {
	got, err := Parse(data)
	if err != nil {
		if code := tpe.CodeOf(err); code != tpe.Invalid && code != tpe.Unsupported {
			t.Fatalf("code %s: %v", code, err)
		}
		return
	}
	if len(got.Turns) == 0 {
		t.Fatal("no turns and no error")
	}
	start := time.Duration(0)
	for _, turn := range got.Turns {
		if turn.Text == "" || !utf8.ValidString(turn.Text) || !utf8.ValidString(turn.Speaker) || strings.ContainsAny(turn.Text+turn.Speaker, "\n\r") {
			t.Fatalf("%+v", turn)
		}
		if turn.Start < 0 || turn.End < turn.Start || !turn.Timed && turn.End != 0 {
			t.Fatalf("times %+v", turn)
		}
		if got.Format != Plain && turn.Start < start {
			t.Fatalf("out of order: %v", lines(got.Turns))
		}
		start = turn.Start
	}
	for _, n := range got.Notes {
		if n.Line < 1 || n.Line > strings.Count(decode(data), "\n")+strings.Count(decode(data), "\r")+1 {
			t.Fatalf("note %v", n)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "WEBVTT\n\n00:01.000 --> 00:02.000\n<v A>x</v>", "1\n00:00:01,000 --> 00:00:02,000\nA: b\n", "A: b\nC (0:12): d\nE  1:02\nf",
		"\xff\xfeA\x00", "WEBVTT\r\rNOTE x\r\r1\r0:1 --> 2", "- a\n- b", ">> A: b &gt; <c", "[1:02] x", "A: \x80"} {
		f.Add([]byte(s))
	}
	f.Fuzz(check)
}

func FuzzClock(f *testing.F) {
	for _, s := range []string{"00:01", "1:02:03.5", "999:59:59,999", "00:60", "-1:00", "::", "00:00.", "0001:00:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := parseClock(s)
		if !ok {
			return
		}
		written := fmt.Sprintf("%02d:%02d:%02d.%03d", d/time.Hour, d/time.Minute%60, d/time.Second%60, d/time.Millisecond%1000)
		if again, ok := parseClock(written); d < 0 || !ok || again != d {
			t.Fatalf("%q is %v, written %s", s, d, written)
		}
	})
}
