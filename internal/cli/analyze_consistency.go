package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/power100/tpe/internal/consistency"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

type consistencyOptions struct {
	file     string
	partner  string
	all      bool
	format   string
	topics   string
	minScore float64
	check    bool // --min-score is given
	identify bool
	judge    bool
	// embeddings is a folder, embeddingsService, or empty for none.
	embeddings string
}

func newAnalyze(env Env, g *globals) *cobra.Command {
	return group("analyze", "Answer questions about the platform", newAnalyzeConsistency(env, g))
}

func newAnalyzeConsistency(env Env, g *globals) *cobra.Command {
	var o consistencyOptions
	cmd := &cobra.Command{
		Use: "consistency [--file FILE] --partner ID|--all", Short: "Do a partner's stakeholders tell the same story", Args: cobra.NoArgs,
		Long: `Compare what a partner's CEO, employees, customers and demos say: claims and
their verdicts, discrepancies with exact quotes from both sides, and a score.
It works offline, and the same texts give the same report to the byte.

The texts come from the database (DATABASE_URL): the partner's profile, what
employees and customers have answered, the transcripts of demos. Beside each
report stands what has changed since the last one that was stored; nothing is
stored here, that is done by POST /api/partners/ID/consistency. With --file they
come from a file, without the database.

FILE has one partner a line (or an array of partners) as JSON:
{"partner_id": "...", "name": "...", "documents": [{"id": "...", "group": "ceo",
"text": "..."}, ...]}; groups are ceo, employee, customer and demo.

--judge asks the configured AI service (OPENAI_BASE_URL, OPENAI_API_KEY,
AI_MODEL) about sentences that the rules cannot place. They leave the machine.
The score stays with the rules, and a quote that is not in its document is
dropped. Without an answer the rules decide alone, and the report says so.

--embeddings finds what is said in other words by the vectors of an embedding
model: of the service at TPE_EMBEDDINGS_URL (TPE_EMBEDDINGS_MODEL,
TPE_EMBEDDINGS_KEY), to which the CEO's claims and the sentences of the others
go; or, with --embeddings=FOLDER, of a static model as Model2Vec writes it
(tokenizer.json, model.safetensors), and then nothing leaves the machine. A
model is first asked about tpe's own examples, once: what it learns from them is
kept in the user's cache folder.
Without an answer the rules decide alone, and the report says so.

In all that leaves the machine the names of employees are masked.

With several partners --all puts them side by side in a table, ranked, with what
has changed since the last stored report; 1 is the most consistent.

--min-score makes it a check: exit status 3 when a partner scores below, or has
no score because the evidence is insufficient.`,
		Example: `  tpe analyze consistency --partner 17
  tpe analyze consistency --file partners.jsonl --partner p-17
  tpe analyze consistency --file partners.jsonl --all --min-score 60
  tpe analyze consistency --file partners.jsonl --partner p-17 --format html > report.html`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.check = cmd.Flags().Changed("min-score")
			if err := oneForm(cmd, g, "json"); err != nil {
				return err
			}
			return runAnalyzeConsistency(cmd.Context(), env, g, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.file, "file", "", "the `file` with the partners' texts instead of the database; - is stdin")
	f.StringVar(&o.partner, "partner", "", "the partner's `id`")
	f.BoolVar(&o.all, "all", false, "every partner, ranked by score, lowest first")
	f.StringVar(&o.format, "format", "text", "`form`: text, json, md or html")
	f.StringVar(&o.topics, "topics", "", "a `file` with further topics (JSON)")
	f.Float64Var(&o.minScore, "min-score", 0, "exit with 3 when a `score` is below, or there is none")
	f.BoolVar(&o.judge, "judge", false, "ask the AI service about doubtful sentences (sends them there)")
	f.StringVar(&o.embeddings, "embeddings", "", "find paraphrases by the service at TPE_EMBEDDINGS_URL (sends them there), or by the model in `folder`")
	f.Lookup("embeddings").NoOptDefVal = embeddingsService
	f.BoolVar(&o.identify, "identify", false, "quote employees, also below five respondents")
	return cmd
}

func runAnalyzeConsistency(ctx context.Context, env Env, g *globals, o consistencyOptions) error {
	if g.json {
		o.format = "json"
	}
	switch {
	case !slices.Contains([]string{"text", "json", "md", "html"}, o.format):
		return tpe.Errorf(tpe.Misuse, "--format %s is not known: use text, json, md or html", quote(o.format))
	case (o.partner == "") == !o.all:
		return tpe.Errorf(tpe.Misuse, "give either --partner ID or --all")
	case math.IsNaN(o.minScore) || math.IsInf(o.minScore, 0):
		return tpe.Errorf(tpe.Misuse, "--min-score %g is no score", o.minScore)
	}
	partners, last, err := partnersOf(ctx, env, g, o)
	if err != nil {
		return err
	}
	var extra [][]byte
	if o.topics != "" {
		text, err := os.ReadFile(o.topics)
		if err != nil {
			return &tpe.Error{Code: tpe.Misuse, Message: "read --topics", Err: err}
		}
		extra = append(extra, text)
	}
	catalogue, err := consistency.DefaultCatalogue(extra...)
	switch {
	case err != nil && o.topics != "":
		return &tpe.Error{Code: tpe.Misuse, Message: "--topics " + o.topics, Err: err,
			Hint: `one JSON object: {"topics": [{"topic": "llama_care", "title": "Care of llamas", "good": ["llama .. brush*"], "bad": ["llama .. dirty"]}]}`}
	case err != nil:
		return err
	}
	engine := consistency.New(catalogue, consistency.Options{Identify: o.identify})
	var aids consistency.Aids
	if o.judge {
		if aids.Judge, err = newJudge(ctx, env, g); err != nil {
			return err
		}
	}
	if o.embeddings != "" {
		var model string
		if aids.Embedder, model, err = newEmbedder(ctx, env, g, o.embeddings); err != nil {
			return err
		}
		aids.Head = headOf(ctx, env, aids.Embedder, model)
	}
	if !o.all && o.file != "" {
		partners = slices.DeleteFunc(partners, func(p consistency.Partner) bool { return p.ID != o.partner })
	}
	reports, err := analyzeEach(ctx, partners, func(ctx context.Context, p consistency.Partner) *consistency.Report {
		return engine.AnalyzeWith(ctx, p, aids)
	})
	if err != nil {
		return err
	}
	if len(reports) == 0 && o.file == "" {
		return tpe.Errorf(tpe.NotFound, "there is no partner in the database")
	}
	if len(reports) == 0 {
		return tpe.Errorf(tpe.NotFound, "there is no partner %s in %s", quote(o.partner), o.file)
	}
	out := bufio.NewWriter(env.Stdout)
	if err := printReports(out, o, ranked(reports, last)); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write to stdout: %w", err)
	}
	if !o.check {
		return nil
	}
	return belowScore(reports, o.minScore)
}

// analyzeEach analyses partners on all processors. The reports come in the
// order of the partners.
func analyzeEach(ctx context.Context, partners []consistency.Partner, analyze func(context.Context, consistency.Partner) *consistency.Report) ([]*consistency.Report, error) {
	reports := make([]*consistency.Report, len(partners))
	workers, ctx := errgroup.WithContext(ctx)
	workers.SetLimit(runtime.GOMAXPROCS(0))
	for i, p := range partners {
		workers.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			reports[i] = analyze(ctx, p)
			return nil
		})
	}
	return reports, workers.Wait()
}

func readPartners(env Env, file string) ([]consistency.Partner, error) {
	var text []byte
	var err error
	if file == "-" {
		text, err = io.ReadAll(env.Stdin)
	} else {
		text, err = os.ReadFile(file)
	}
	switch {
	case os.IsNotExist(err):
		return nil, &tpe.Error{Code: tpe.NotFound, Message: "read --file", Err: err}
	case err != nil:
		return nil, fmt.Errorf("read --file: %w", err)
	}
	partners, err := consistency.Parse(text)
	if err == nil && len(partners) == 0 {
		err = tpe.Errorf(tpe.NotFound, "%s holds no partner", file)
	}
	return partners, err
}

// ranked are the reports in the order of the output, with what has changed
// since the last stored ones.
func ranked(reports []*consistency.Report, last map[string]*sqldb.AnalysisReport) []consistency.Ranked {
	all := consistency.Rank(reports)
	for i := range all {
		all[i].Drift, all[i].Since = driftOf(all[i].Report, last[all[i].Report.PartnerID])
	}
	return all
}

// printReports writes the reports; several partners stand in one table first,
// except in JSON, where each line has its rank.
func printReports(w *bufio.Writer, o consistencyOptions, all []consistency.Ranked) error {
	switch o.format {
	case "json":
		for _, r := range all {
			line, err := json.Marshal(newReportLine(o, r))
			if err != nil {
				return fmt.Errorf("write report of %s: %w", r.Report.PartnerID, err)
			}
			fmt.Fprintf(w, "%s\n", line)
		}
	case "html":
		page, err := consistency.HTML(all)
		if err != nil {
			return err
		}
		fmt.Fprint(w, page)
	case "md":
		if len(all) > 1 {
			fmt.Fprintln(w, consistency.RankingMarkdown(all))
		}
		writeEach(w, all, (*consistency.Report).Markdown)
	default:
		if len(all) > 1 {
			fmt.Fprintln(w, consistency.RankingText(all))
		}
		writeEach(w, all, (*consistency.Report).Text)
	}
	return nil
}

func writeEach(w io.Writer, all []consistency.Ranked, text func(*consistency.Report) string) {
	for i, r := range all {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprint(w, text(r.Report))
		if changed := r.ChangeText(); changed != "" {
			fmt.Fprintf(w, "\n%s\n", changed)
		}
	}
}

// reportLine is a report as a line of JSON.
type reportLine struct {
	Type string `json:"type"`           // "report"
	Rank *int   `json:"rank,omitempty"` // with --all; absent without a score
	*consistency.Report
	Drift *drift `json:"drift,omitempty"`
}

func newReportLine(o consistencyOptions, r consistency.Ranked) reportLine {
	line := reportLine{Type: "report", Report: r.Report}
	if o.all && r.Rank > 0 {
		line.Rank = &r.Rank
	}
	if r.Drift != nil {
		line.Drift = &drift{r.Since, *r.Drift}
	}
	return line
}

// belowScore fails when a partner scores below the least score, or has none.
func belowScore(reports []*consistency.Report, least float64) error {
	below, without := 0, 0
	for _, r := range reports {
		switch {
		case r.Score == nil:
			without++
		case *r.Score < least:
			below++
		}
	}
	switch {
	case without > 0:
		return tpe.Errorf(tpe.Mismatch, "%d of %d partners score below %g, and %d have no score for want of evidence", below, len(reports), least, without)
	case below > 0:
		return tpe.Errorf(tpe.Mismatch, "%d of %d partners score below %g", below, len(reports), least)
	}
	return nil
}
