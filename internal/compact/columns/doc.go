// Package columns keeps how an interaction lies in the columns of a Parquet
// file: which columns there are, how a record is taken apart into them, how
// the file is written, and how records are put together again.
//
// Nothing is ever lost on the way: what a column cannot hold exactly goes to
// the column extra. The package writes to what it is given and opens files
// only to read them; it knows nothing of days, segments and manifests.
//
// Pages are encoded here, with the encodings and structures of parquet-go;
// reading uses parquet-go itself. What is written is therefore always read
// back by other code than that which wrote it.
package columns
