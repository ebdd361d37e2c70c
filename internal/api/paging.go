package api

import "github.com/power100/tpe/internal/sqldb"

// Paging is the part of a request that chooses a page: embed it. A cursor
// goes on from the page before, whatever was added since; limit and offset
// are as the front end has them.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"rows of a page"`
	Offset int    `query:"offset" minimum:"0" maximum:"1000000000" doc:"rows to leave out"`
	Cursor string `query:"cursor" pattern:"^(-?[0-9]{1,19}([.][0-9]{1,20})?_[0-9]{1,15})?$" doc:"next_cursor of the page before"`
}

// page returns what a query needs.
func (p Paging) page() sqldb.Page {
	return sqldb.Page{Limit: p.Limit, Offset: p.Offset, After: p.Cursor}
}

// PageInfo is the part of an answer that says where a page stands: embed it.
type PageInfo struct {
	Success    bool   `json:"success"`
	Count      int    `json:"count" doc:"rows of this page"`
	Total      int64  `json:"total" doc:"rows of all pages"`
	NextCursor string `json:"next_cursor,omitempty" doc:"absent on the last page"`
}

func pageOf[T any](rows sqldb.Rows[T]) PageInfo {
	return PageInfo{Success: true, Count: len(rows.Items), Total: rows.Total, NextCursor: rows.Next}
}
