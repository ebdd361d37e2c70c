package consistency

import (
	"context"
	"sync"
)

// MethodVersion names the rules. It changes whenever the same texts may come
// to another result.
const MethodVersion = "14"

// Options says how to analyse.
type Options struct {
	// Identify lets employees be quoted below MinRespondents and by name.
	Identify bool
}

// Engine analyses partners with one catalogue. It is safe for concurrent use.
type Engine struct {
	cat     *Catalogue
	opts    Options
	readers sync.Pool // of *reader: they remember words
}

// New makes an engine.
func New(cat *Catalogue, opts Options) *Engine { return &Engine{cat: cat, opts: opts} }

// Analyze compares what the people around one partner say. It never fails:
// what cannot be used is named in the report.
func (e *Engine) Analyze(p Partner) *Report { return e.AnalyzeWith(context.Background(), p, Aids{}) }

// Aids are what an analysis may ask outside. Each may be nil.
type Aids struct {
	// Judge is asked about what is doubtful. It changes where a voice stands
	// and never the score directly: the rules reckon with the new positions.
	// An opinion whose quote is not an exact part of its sentence is dropped.
	Judge Judge
	// Embedder finds what is said in other words. It changes how near a
	// sentence is to a claim.
	Embedder Embedder
	// Head says from the vectors of the embedder what a sentence is about.
	Head *Head
}

// AnalyzeWith is Analyze with aids. When one of them fails, the rules decide
// without it and a note says so. The names of employees are masked in what
// they are given.
func (e *Engine) AnalyzeWith(ctx context.Context, p Partner, aids Aids) *Report {
	voices, inputs := collectVoices(p.Documents)
	r, ok := e.readers.Get().(*reader)
	if !ok {
		r = newReader(e.cat)
	}
	defer e.readers.Put(r)
	r.vendor, r.orders = speakers{p.Name}, map[string]int{}
	r.trade = tradeOf(documentsOf(voices, CEO))
	claims, notes := firstClaims(collectClaims(e.cat, r, documentsOf(voices, CEO)))
	claims = append(claims, demoClaims(e.cat, r, documentsOf(voices, Demos), claims)...)
	mask := masker(e.cat, p.Documents)
	var m *meanings
	if aids.Embedder != nil {
		var note string
		m, note = understand(ctx, aids.Embedder, r, voices, claims, mask)
		notes = append(notes, note)
		if m != nil {
			m.use(aids.Head, e.cat, claims)
		}
	}
	table, said := listen(e.cat, r, voices, claims, m)
	if aids.Judge != nil {
		notes = append(notes, consult(ctx, aids.Judge, mask, voices, claims, table)...)
	}
	for i := range inputs {
		inputs[i].orders = r.orders[inputs[i].Document]
	}
	rep := e.report(p, voices, inputs, newJury(e.cat, claims, table, voices), alignments(e.cat, voices, said, claims, table))
	rep.Notes = append(rep.Notes, notes...)
	return rep
}

func documentsOf(voices []voice, g Group) []Document {
	var docs []Document
	for _, v := range voices {
		if v.group == g {
			docs = append(docs, v.docs...)
		}
	}
	return docs
}
