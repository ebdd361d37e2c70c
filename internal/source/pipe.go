package source

// pipe reads a named pipe. It is opened by the first Read, which waits for a
// writer: Interruptible sees to it that nobody has to.
type pipe struct {
	path string
	file *file
}

// Read is that of an io.Reader. An error, the end too, closes the pipe.
func (p *pipe) Read(b []byte) (n int, err error) {
	if p.file == nil {
		if p.file, err = open(p.path); err != nil {
			return 0, err
		}
	}
	if n, err = p.file.Read(b); err != nil {
		p.file.close()
	}
	return n, err
}
