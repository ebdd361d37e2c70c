// Package ddl writes the statements that make an engine read the Parquet
// files of a lake: a table over them, and views for the questions that the
// business asks. The columns come from package columns, which the files are
// written by; the views are one template for all engines. The package writes
// text only: it connects to nothing.
package ddl
