package person

// Found is what a place holds of a person, or held before it was erased.
type Found struct {
	Files    uint64            `json:"files,omitempty"`  // or objects, with every version
	Records  uint64            `json:"records"`          // or rows, that belong to the person
	Redacted uint64            `json:"redacted"`         // that only mention the person
	Parts    map[string]uint64 `json:"parts,omitempty"`  // rows by table, where there are tables
	Unread   []string          `json:"unread,omitempty"` // what nobody could look into
}

// Empty says whether nothing was found.
func (f *Found) Empty() bool { return f.Files == 0 && f.Records == 0 && f.Redacted == 0 }
