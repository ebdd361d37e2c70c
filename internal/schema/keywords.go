package schema

import "github.com/santhosh-tekuri/jsonschema/v6"

// keyword is a set of the keywords of a schema that the compiler has to know
// about.
type keyword uint32

const (
	kwConst keyword = 1 << iota
	kwEnum
	kwTypes
	kwRequired
	kwProperties
	kwIf
	kwContains
	kwUniqueItems
	kwPrefixItems
	kwMultipleOf
	kwOther   // understood, and needs no special care
	kwForeign // not understood: the program accepts nothing
	kwBool
)

// keywords returns which keywords the schema has. A field of the library's
// schema that is not named here would be a hole in the fast path; a test
// counts the fields.
func keywords(s *jsonschema.Schema) keyword {
	var set keyword
	mark := func(present bool, kw keyword) {
		if present {
			set |= kw
		}
	}
	mark(s.DraftVersion != 2020, kwForeign)
	mark(s.Bool != nil, kwBool)
	mark(s.Const != nil, kwConst)
	mark(s.Enum != nil, kwEnum)
	mark(s.Types != nil, kwTypes)
	mark(len(s.Required) > 0, kwRequired)
	mark(len(s.Properties) > 0, kwProperties)
	mark(s.If != nil, kwIf)
	mark(s.Contains != nil, kwContains)
	mark(s.UniqueItems, kwUniqueItems)
	mark(len(s.PrefixItems) > 0, kwPrefixItems)
	mark(s.MultipleOf != nil, kwMultipleOf)
	mark(s.Ref != nil || len(s.AllOf) > 0 || s.Format != nil || s.AdditionalProperties != nil ||
		s.MinProperties != nil || s.MaxProperties != nil || s.MinItems != nil || s.MaxItems != nil || s.Items2020 != nil ||
		s.MinLength != nil || s.MaxLength != nil || s.Pattern != nil ||
		s.Minimum != nil || s.Maximum != nil || s.ExclusiveMinimum != nil || s.ExclusiveMaximum != nil, kwOther)
	mark(s.RecursiveRef != nil || s.RecursiveAnchor || s.DynamicRef != nil || s.Not != nil || len(s.AnyOf) > 0 || len(s.OneOf) > 0 ||
		s.PropertyNames != nil || len(s.PatternProperties) > 0 || len(s.Dependencies) > 0 || len(s.DependentRequired) > 0 ||
		len(s.DependentSchemas) > 0 || s.UnevaluatedProperties != nil || s.UnevaluatedItems != nil ||
		s.Items != nil || s.AdditionalItems != nil || s.ContentEncoding != nil || s.ContentMediaType != nil || s.ContentSchema != nil ||
		len(s.Extensions) > 0, kwForeign)
	return set
}
