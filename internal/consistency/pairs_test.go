package consistency

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestPairs prints the figures on public sets of sentence pairs beside the
// published ones. The sets are not part of the repository: TPE_PAIRS names
// the folder that holds them.
func TestPairs(t *testing.T) {
	dir := os.Getenv("TPE_PAIRS")
	if dir == "" {
		t.Skip("TPE_PAIRS names no folder with the public pair sets (stsb.test.tsv, sick.test.tsv, fever_symmetric.dev.tsv, biz_numeric.tsv, argkp_all.dev.tsv)")
	}
	engine := newEngine(t)
	fmt.Printf("%-28s %-22s here %.3f  published: classical features 0.785, fine-tuned transformers about 0.9\n", "STS-B test", "rank correlation", relatedness(t, dir, "stsb.test.tsv", "a", "b", "score_0_5"))
	fmt.Printf("%-28s %-22s here %.3f  published: classical features 0.78, fine-tuned transformers about 0.9\n", "SICK test", "rank correlation", relatedness(t, dir, "sick.test.tsv", "a", "b", "relatedness_1_5"))
	fmt.Printf("%-28s %-22s here %.3f  chance 0.5\n", "FEVER-symmetric dev", "accuracy", feverAccuracy(t, engine, dir))
	for _, kind := range []string{"num", "pol"} {
		fmt.Printf("%-28s %-22s here %.3f  chance 0.33\n", "business pairs, "+kind, "accuracy", businessAccuracy(t, engine, dir, kind))
	}
	strict, relaxed := argKP(t, dir)
	fmt.Printf("%-28s %-22s here %.3f / %.3f\n", "ArgKP dev", "mAP strict / relaxed", strict, relaxed)
}

// table reads a tab separated file with a header into rows by column.
func table(t testing.TB, dir, name string) []map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	columns := strings.Split(lines[0], "\t")
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, cell := range strings.Split(strings.TrimRight(line, "\r"), "\t") {
			if i < len(columns) {
				row[strings.TrimRight(columns[i], "\r")] = cell
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func relatedness(t testing.TB, dir, name, a, b, score string) float64 {
	rows := table(t, dir, name)
	var corpus []string
	for _, row := range rows {
		corpus = append(corpus, row[a], row[b])
	}
	r := NewRelatedness(corpus)
	var ours, theirs []float64
	for _, row := range rows {
		gold, err := strconv.ParseFloat(row[score], 64)
		if err != nil {
			t.Fatal(err)
		}
		ours = append(ours, r.Of(row[a], row[b]))
		theirs = append(theirs, gold)
	}
	return spearman(ours, theirs)
}

// feverAccuracy takes what is not found to contradict as supported: the set
// has two labels.
func feverAccuracy(t testing.TB, engine *Engine, dir string) float64 {
	rows := table(t, dir, "fever_symmetric.dev.tsv")
	right := 0
	for _, row := range rows {
		if (engine.Relate(row["claim"], row["evidence"]) == Contradicts) == (row["label"] == "REFUTES") {
			right++
		}
	}
	return float64(right) / float64(len(rows))
}

func businessAccuracy(t testing.TB, engine *Engine, dir, kind string) float64 {
	right, n := 0, 0
	for _, row := range table(t, dir, "biz_numeric.tsv") {
		if row["kind"] != kind {
			continue
		}
		n++
		got := engine.Relate(row["a"], row["b"])
		if string(got) == row["label"] {
			right++
		} else if os.Getenv("TPE_PAIRS_WRONG") != "" {
			fmt.Printf("   %-10s not %-10s %s | %s\n", got, row["label"], row["a"], row["b"])
		}
	}
	return float64(right) / float64(n)
}

// argKP is the mean over topics and stances of the average precision of the
// surer half of the arguments, each with its best key point. Undecided pairs
// are wrong when strict and right when relaxed.
func argKP(t testing.TB, dir string) (strict, relaxed float64) {
	type best struct {
		score float64
		match string
	}
	sides := map[string]map[string]best{}
	rows := table(t, dir, "argkp_all.dev.tsv")
	var corpus []string
	for _, row := range rows {
		corpus = append(corpus, row["argument"], row["key_point"])
	}
	r := NewRelatedness(corpus)
	for _, row := range rows {
		side := row["topic"] + row["stance"]
		if sides[side] == nil {
			sides[side] = map[string]best{}
		}
		s := r.Of(row["argument"], row["key_point"])
		if b, ok := sides[side][row["arg_id"]]; !ok || s > b.score {
			sides[side][row["arg_id"]] = best{s, row["match(-1=undecided)"]}
		}
	}
	for _, args := range sides {
		ids := make([]string, 0, len(args))
		for id := range args {
			ids = append(ids, id)
		}
		slices.SortFunc(ids, func(a, b string) int {
			switch {
			case args[a].score > args[b].score:
				return -1
			case args[a].score < args[b].score:
				return 1
			}
			return strings.Compare(a, b)
		})
		ids = ids[:(len(ids)+1)/2]
		precision := func(undecided bool) float64 {
			sum, hits := 0.0, 0
			for i, id := range ids {
				if m := args[id].match; m == "1" || undecided && m == "-1" {
					hits++
					sum += float64(hits) / float64(i+1)
				}
			}
			return sum / float64(max(hits, 1))
		}
		strict += precision(false) / float64(len(sides))
		relaxed += precision(true) / float64(len(sides))
	}
	return strict, relaxed
}
