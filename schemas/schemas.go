// Package schemas keeps the contract of the record as JSON Schema files: the
// base interaction.schema.json, and <type>.schema.json for each type. It holds
// no code that reads them; that is the schema room.
package schemas

import "embed"

// FS holds the schema files, without a folder.
//
//go:embed *.schema.json
var FS embed.FS
