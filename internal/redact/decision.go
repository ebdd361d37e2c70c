package redact

// decision is what the gate made of the name at a place of a tape's memory.
// It depends on nothing but the name and the classes that hold for the object
// around it, and is good for each member at that place in such an object.
type decision struct {
	under, by    *class // of the object, see state.value; nil when nothing is remembered
	own, decides *class // of the member's value; decides is Gate.plain when it allows it

	// direct: no list is around the object and the names above it are known
	// too, so that under and by need not be looked at.
	direct bool
}
