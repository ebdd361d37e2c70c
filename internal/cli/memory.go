package cli

import "runtime/debug"

// memoryLimit is the size in bytes from which the garbage collector works
// harder instead of letting the heap grow. Every command streams, so what it
// really needs is less; 300 MB is what the house promises.
const memoryLimit = 200 << 20

// lessGC is the growth of the heap in percent between collections of commands
// whose heap is small; the limit above bounds it.
const lessGC = 400

// boundMemory sets the limit, unless the user has set one.
func boundMemory(env Env) {
	if env.getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}

// collectLess lets a command collect less often, unless the user has chosen.
func collectLess(env Env) {
	if env.getenv("GOGC") == "" {
		debug.SetGCPercent(lessGC)
	}
}
