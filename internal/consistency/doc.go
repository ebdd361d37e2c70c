// Package consistency says whether the people around a partner tell the same
// story. It reads the words of the CEO, the employees, the customers and the
// demos, takes out what each of them claims, and compares the claims topic by
// topic: topic first, then the decision.
//
// The package is pure. It must never do I/O, read the clock, or draw random
// numbers: the same documents and the same catalogue always give the same
// bytes, in any order of the documents.
package consistency
