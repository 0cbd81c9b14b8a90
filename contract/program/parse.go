package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"runtime/debug"

	"github.com/crc-org/vfkit/pkg/cmdline"
	"github.com/crc-org/vfkit/pkg/config"
	"github.com/crc-org/vfkit/pkg/rest"
	"github.com/spf13/cobra"
)

const (
	maxLineBytes   = 1 << 20
	maxMemoryBytes = 1 << 30
)

// verdict is what vfkit makes of one command line.
type verdict struct {
	// run, help, version, completion or error
	Outcome string `json:"outcome"`
	Error   string `json:"error,omitempty"`
	// vfkit's own encoding of its configuration
	Inspect any `json:"inspect,omitempty"`
	// what is not in there
	Own *ownOptions `json:"own,omitempty"`
	// words and cloud-init files that vfkit takes and does nothing with
	Ignored []string `json:"ignored,omitempty"`
}

type ownOptions struct {
	Rest      map[string]string `json:"rest,omitempty"`
	LogLevel  string            `json:"logLevel,omitempty"`
	PidFile   string            `json:"pidFile,omitempty"`
	GUI       bool              `json:"gui,omitempty"`
	CloudInit map[string]string `json:"cloudInit,omitempty"`
}

func parseLines(from io.Reader, to io.Writer) error {
	// A configuration with `fd=1` wraps this very process's stdout in a file, which the collector
	// would close: nothing is collected before it must be.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(maxMemoryBytes)
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, maxLineBytes)
	encoder := json.NewEncoder(to)
	for lines.Scan() {
		var argv []string
		if err := json.Unmarshal(lines.Bytes(), &argv); err != nil {
			return fmt.Errorf("not a list of arguments: %w", err)
		}
		if err := encoder.Encode(judge(argv)); err != nil {
			return err
		}
	}
	return lines.Err()
}

// judge lets cobra and vfkit's flags read the arguments, as vfkit's main does.
func judge(argv []string) verdict {
	var (
		options cmdline.Options
		result  verdict
	)
	root := &cobra.Command{
		Use:           "vfkit",
		Version:       "any",
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, words []string) error {
			var err error
			result, err = configure(&options, cmd.Flags(), words)
			return err
		},
	}
	cmdline.AddFlags(root, &options)
	root.SetArgs(argv)
	root.SetOut(io.Discard)
	root.SetErr(io.Discard)
	executed, err := root.ExecuteC()
	switch {
	case err != nil:
		return verdict{Outcome: "error", Error: err.Error()}
	case executed != root:
		return verdict{Outcome: "completion"}
	case isOn(root.Flags(), "help"):
		return verdict{Outcome: "help"}
	case isOn(root.Flags(), "version"):
		return verdict{Outcome: "version"}
	}
	return result
}

// configure takes the steps of vfkit's main package, which nobody can import, in its order and with
// its rules: everything that is decided by text alone, and the disks that pkg/config opens.
func configure(options *cmdline.Options, given flags, words []string) (verdict, error) {
	none := verdict{}
	switch options.LogLevel {
	case "", "error", "debug", "info":
	default:
		return none, fmt.Errorf("log level: %s", options.LogLevel)
	}
	bootloader, err := bootloaderOf(options)
	if err != nil {
		return none, err
	}
	vm := newVirtualMachine(options.Vcpus, options.MemoryMiB, bootloader)
	setNested(vm, isOn(given, "nested"))
	if err := vm.AddTimeSyncFromCmdLine(options.TimeSync); err != nil {
		return none, err
	}
	own := &ownOptions{LogLevel: options.LogLevel, PidFile: text(given, "pidfile"), GUI: options.UseGUI}
	cloudInit, ignored, err := sortCloudInit(list(given, "cloud-init"))
	if err != nil {
		return none, err
	}
	own.CloudInit = cloudInit
	if err := vm.AddDevicesFromCmdLine(options.Devices); err != nil {
		return none, err
	}
	if options.UseGUI {
		if err := addWindow(vm); err != nil {
			return none, err
		}
	}
	if err := addIgnition(vm, text(given, "ignition")); err != nil {
		return none, err
	}
	if own.Rest, err = endpointOf(options.RestfulURI); err != nil {
		return none, err
	}
	return verdict{Outcome: "run", Inspect: vm, Own: own, Ignored: append(words, ignored...)}, nil
}

func bootloaderOf(options *cmdline.Options) (config.Bootloader, error) {
	kernel, initrd, arguments := options.VmlinuzPath, options.InitrdPath, options.KernelCmdline
	if kernel == "" && initrd == "" && arguments == "" {
		return config.BootloaderFromCmdLine(options.Bootloader.GetSlice())
	}
	return config.NewLinuxBootloader(kernel, arguments, initrd), nil
}

// sortCloudInit does not open the files: they are known by their names alone.
func sortCloudInit(paths []string) (map[string]string, []string, error) {
	if len(paths) == 0 {
		return nil, nil, nil
	}
	found := map[string]string{}
	var ignored []string
	for _, path := range paths {
		switch name := filepath.Base(path); {
		case path == "":
		case name == "user-data", name == "meta-data", name == "network-config" && knowsNetworkConfig:
			found[name] = path
		default:
			ignored = append(ignored, path)
		}
	}
	if found["user-data"] == "" && found["meta-data"] == "" {
		return nil, nil, fmt.Errorf("cloud-init: neither user-data nor meta-data")
	}
	return found, ignored, nil
}

// addWindow gives a machine with --gui the screen and the keyboard that it lacks.
func addWindow(vm *config.VirtualMachine) error {
	var screen *config.VirtioGPU
	hasInput := !addsWindowDevices
	for _, device := range vm.Devices {
		switch device := device.(type) {
		case *config.VirtioGPU:
			if screen == nil {
				screen = device
			}
		case *config.VirtioInput:
			hasInput = true
		}
	}
	if screen == nil && addsWindowDevices {
		device, err := config.VirtioGPUNew()
		if err != nil {
			return err
		}
		screen, _ = device.(*config.VirtioGPU)
		if err := vm.AddDevice(device); err != nil {
			return err
		}
	}
	if screen != nil {
		screen.UsesGUI = true
	}
	if hasInput {
		return nil
	}
	keyboard, err := config.VirtioInputNew(config.VirtioInputKeyboardDevice)
	if err != nil {
		return err
	}
	return vm.AddDevice(keyboard)
}

func endpointOf(uri string) (map[string]string, error) {
	if uri == cmdline.DefaultRestfulURI {
		return nil, nil
	}
	endpoint, err := rest.NewEndpoint(uri)
	if err != nil {
		return nil, err
	}
	switch endpoint.Scheme {
	case rest.Unix:
		return map[string]string{"unix": endpoint.Path}, nil
	case rest.TCP:
		return map[string]string{"tcp": endpoint.Host}, nil
	}
	return map[string]string{"none": uri}, nil
}
