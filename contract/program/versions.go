package main

import (
	"reflect"

	"github.com/crc-org/vfkit/pkg/config"
)

// What differs between the versions of vfkit that this program is built with is looked up here, in the
// types themselves.

var (
	machineType = reflect.TypeFor[config.VirtualMachine]()

	countsBytes = has(machineType, "MemoryBytes") // before 0.6.0
	hasNested   = has(machineType, "Nested")      // since 0.6.2

	// These two came to vfkit's main package in 0.6.2, together with --nested.
	addsWindowDevices  = hasNested
	knowsNetworkConfig = hasNested
)

func has(structure reflect.Type, field string) bool {
	_, found := structure.FieldByName(field)
	return found
}

func newVirtualMachine(cpus, memoryMiB uint, bootloader config.Bootloader) *config.VirtualMachine {
	memory := uint64(memoryMiB)
	if countsBytes {
		memory *= 1 << 20
	}
	return config.NewVirtualMachine(cpus, memory, bootloader)
}

func setNested(vm *config.VirtualMachine, nested bool) {
	if hasNested {
		reflect.ValueOf(vm).Elem().FieldByName("Nested").SetBool(nested)
	}
}

// addIgnition is for versions since 0.6.0; the flag does not exist before.
func addIgnition(vm *config.VirtualMachine, path string) error {
	if machine, ok := any(vm).(interface{ AddIgnitionFileFromCmdLine(string) error }); ok {
		return machine.AddIgnitionFileFromCmdLine(path)
	}
	return nil
}
