package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/crc-org/vfkit/pkg/config"
	"github.com/crc-org/vfkit/pkg/rest"
	"github.com/crc-org/vfkit/pkg/rest/define"
	"github.com/gin-gonic/gin"
)

// instruction is one line of the script: what the machine is like from now on.
type instruction struct {
	// as vfkit says it: VirtualMachineStateRunning
	State string `json:"state"`
	// milliseconds before each answer
	DelayMs int `json:"delayMs"`
	// every legal change fails with these words
	Refuse string `json:"refuse"`
	// a HardStop ends the process before it is answered
	DieOnHardStop bool `json:"dieOnHardStop"`
}

// scripted is a machine whose every answer was written before. It stands where vfkit has Apple's.
type scripted struct {
	mutex  sync.Mutex
	now    instruction
	config *config.VirtualMachine
}

// serve runs vfkit's server until stdin ends; each line there is an instruction, confirmed on stdout.
func serve(uri string, script io.Reader) error {
	machine := &scripted{now: instruction{State: "VirtualMachineStateStopped"}, config: inspected()}
	server, err := rest.NewServer(machine, machine, uri)
	if err != nil {
		return err
	}
	server.Start()
	lines := bufio.NewScanner(script)
	for lines.Scan() {
		var next instruction
		if err := json.Unmarshal(lines.Bytes(), &next); err != nil {
			return fmt.Errorf("not an instruction: %w", err)
		}
		machine.follow(next)
		fmt.Println("followed")
	}
	return lines.Err()
}

func inspected() *config.VirtualMachine {
	boot := config.NewLinuxBootloader("/vm/bzimage", `console=hvc0 user="docker"`, "/vm/initrd")
	vm := newVirtualMachine(2, 2048, boot)
	devices := []string{
		"virtio-rng",
		"virtio-net,nat,mac=5a:94:ef:e4:0c:ee",
		"virtio-serial,logFilePath=/vm/serial.log",
		"virtio-fs,sharedDir=/Users,mountTag=users",
	}
	if err := vm.AddDevicesFromCmdLine(devices); err != nil {
		panic(err)
	}
	return vm
}

func (m *scripted) follow(next instruction) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.now = next
}

func (m *scripted) current() instruction {
	m.mutex.Lock()
	now := m.now
	m.mutex.Unlock()
	time.Sleep(time.Duration(now.DelayMs) * time.Millisecond)
	return now
}

func (m *scripted) Inspect(c *gin.Context) {
	m.current()
	c.JSON(http.StatusOK, m.config)
}

func (m *scripted) GetVMState(c *gin.Context) {
	now := m.current()
	running, paused := now.State == "VirtualMachineStateRunning", now.State == "VirtualMachineStatePaused"
	c.JSON(http.StatusOK, gin.H{
		"state":       now.State,
		"canStart":    now.State == "VirtualMachineStateStopped",
		"canPause":    running,
		"canResume":   paused,
		"canStop":     running,
		"canHardStop": running || paused,
	})
}

func (m *scripted) SetVMState(c *gin.Context) {
	now := m.current()
	var wanted define.VMState
	if err := c.ShouldBindJSON(&wanted); err != nil {
		c.JSON(http.StatusBadRequest, gin.H{"error": err.Error()})
		return
	}
	if err := m.change(now, define.StateChange(wanted.State)); err != nil {
		c.JSON(http.StatusInternalServerError, gin.H{"error": err.Error()})
		return
	}
	c.Status(http.StatusAccepted)
}

func (m *scripted) change(now instruction, wanted define.StateChange) error {
	after := now
	switch wanted {
	case define.Pause:
		after.State = "VirtualMachineStatePaused"
	case define.Resume:
		after.State = "VirtualMachineStateRunning"
	case define.Stop:
	case define.HardStop:
		if now.DieOnHardStop {
			os.Exit(0)
		}
		after.State = "VirtualMachineStateStopped"
	default:
		return fmt.Errorf("invalid new VMState: %s", wanted)
	}
	if now.Refuse != "" {
		return errors.New(now.Refuse)
	}
	m.follow(after)
	return nil
}
