package consistency

import "sync"

// MethodVersion names the rules. It changes whenever the same texts may come
// to another result.
const MethodVersion = "3"

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
func (e *Engine) Analyze(p Partner) *Report { return e.analyze(p, nil) }

// analyze asks consult, when there is one, before the claims are settled. It
// may move positions and returns notes.
func (e *Engine) analyze(p Partner, consult func([]voice, []claim, [][]position) []string) *Report {
	voices, inputs := collectVoices(p.Documents)
	r, ok := e.readers.Get().(*reader)
	if !ok {
		r = newReader(e.cat)
	}
	defer e.readers.Put(r)
	claims := collectClaims(e.cat, r, documentsOf(voices, CEO))
	claims = append(claims, demoClaims(e.cat, r, documentsOf(voices, Demos), claims)...)
	table, said := listen(e.cat, r, voices, claims)
	for v := range voices {
		if voices[v].group == CEO {
			said[v] = surveyOf(e.cat, r, &voices[v])
		}
	}
	var notes []string
	if consult != nil {
		notes = consult(voices, claims, table)
	}
	rep := e.report(p, voices, inputs, newJury(e.cat, claims, table, voices), alignments(e.cat, voices, said))
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
