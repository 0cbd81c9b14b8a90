package main

import "github.com/spf13/pflag"

// Flags are asked for by name, because not every version of vfkit has all of them.
type flags interface {
	Lookup(name string) *pflag.Flag
}

func text(given flags, name string) string {
	if flag := given.Lookup(name); flag != nil {
		return flag.Value.String()
	}
	return ""
}

func isOn(given flags, name string) bool {
	return text(given, name) == "true"
}

func list(given flags, name string) []string {
	flag := given.Lookup(name)
	if flag == nil {
		return nil
	}
	if slice, ok := flag.Value.(interface{ GetSlice() []string }); ok {
		return slice.GetSlice()
	}
	return nil
}
