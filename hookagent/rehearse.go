package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"

	"gotop/hookagent/hook"
	"gotop/hookagent/seccomp"
	"gotop/hookagent/target"
)

// rehearse finds out whether the agent's own seccomp filters, which a service that it starts inherits, allow the system calls that the
// service is to make. A process of its own makes them, for a filter may end it.
func rehearse() error {
	if !target.Confined() {
		return nil
	}
	err := exec.Command("/proc/self/exe", rehearseCommand).Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &exit):
		return err
	}
	calls := hook.Rehearsed()
	if n := exit.ExitCode() - firstForbidden; n >= 0 && n < len(calls) {
		return fmt.Errorf("the seccomp filter that gotop runs under lets %s fail, which the service would have to make for its hooks to be placed: "+
			"nothing was started. Containers: docker run --security-opt seccomp=unconfined", calls[n].Name)
	}
	return fmt.Errorf("the seccomp filter that gotop runs under ends a process for a system call that the service would have to make for its hooks "+
		"to be placed (%w): nothing was started. Containers: docker run --security-opt seccomp=unconfined", err)
}

// rehearseCommand has the agent make the calls and exit: with 0 if all are allowed, else with firstForbidden and the index of the first one
// that is not. Go's runtime exits with 2 on a SIGSYS.
const (
	rehearseCommand = "rehearse"
	firstForbidden  = 100
)

func rehearsal() {
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) // no core dump
	if n := seccomp.Rehearse(hook.Rehearsed()); n >= 0 {
		os.Exit(firstForbidden + n)
	}
	os.Exit(0)
}
