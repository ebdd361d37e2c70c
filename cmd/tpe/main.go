// Command tpe keeps every interaction of the platform. See README.md.
package main

import (
	"os"

	"github.com/power100/tpe/internal/cli"
)

func main() { os.Exit(cli.Main(cli.OS())) }
