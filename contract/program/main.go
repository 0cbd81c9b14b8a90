// Command program puts vfkit's own packages behind a pipe and a socket, so that ours can be held to
// them on any platform that Go runs on.
//
//	program parse           one JSON array of arguments a line on stdin, one JSON verdict a line on stdout
//	program serve URI       vfkit's REST server at URI, with a scripted machine behind it
//
// The first line of both on stdout says which vfkit this is.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
)

const vfkitModule = "github.com/crc-org/vfkit"

// identity is what the program was built from.
type identity struct {
	Vfkit string `json:"vfkit"`
	Go    string `json:"go"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if err := json.NewEncoder(os.Stdout).Encode(whoAmI()); err != nil {
		return err
	}
	switch {
	case len(args) == 1 && args[0] == "parse":
		return parseLines(os.Stdin, os.Stdout)
	case len(args) == 2 && args[0] == "serve":
		return serve(args[1], os.Stdin)
	}
	return fmt.Errorf("usage: program parse | program serve URI")
}

func whoAmI() identity {
	known := identity{Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return known
	}
	for _, module := range info.Deps {
		if module.Path == vfkitModule {
			known.Vfkit = module.Version
		}
	}
	return known
}
