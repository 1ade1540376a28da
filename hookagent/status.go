package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"gotop/hookagent/hook"
	"gotop/hookagent/stream"
	"gotop/hookagent/target"
)

// Descriptors that the launcher hands over, where there is one.
const (
	statusFD   = 3 // the agent writes one line of JSON: whether the service runs
	lifelineFD = 4 // ends when the launcher has ended
)

// status is that line. Where OK is false, Code says why for programs (errorCode), Text for people.
type status struct {
	OK       bool   `json:"ok"`
	Pid      int    `json:"pid,omitempty"`
	AgentPid int    `json:"agent_pid,omitempty"`
	Socket   string `json:"socket,omitempty"`
	Code     string `json:"code,omitempty"`
	Text     string `json:"text,omitempty"`
}

// inheritedPipe returns the pipe that the launcher has left open as fd; nil if there is none.
func inheritedPipe(fd uintptr, name string) *os.File {
	var st unix.Stat_t
	if err := unix.Fstat(int(fd), &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFIFO {
		return nil
	}
	unix.CloseOnExec(int(fd))
	return os.NewFile(fd, name)
}

// reportStatus writes the status line to the launcher, or says an error on stderr where there is none.
func reportStatus(f *os.File, s status) {
	if f == nil {
		if !s.OK {
			os.Stderr.WriteString("hookagent: " + s.Text + "\n")
		}
		return
	}
	defer f.Close()
	_ = json.NewEncoder(f).Encode(s) // a launcher that is gone need not be told
}

// errorStatus makes the status line of an error.
func errorStatus(err error) status {
	return status{Code: errorCode(err), Text: err.Error()}
}

// errorCode returns the word by which programs tell what went wrong.
func errorCode(err error) string {
	var (
		denied *target.NotPermitted
		differ *hook.BytesDiffer
		socket *stream.ListenError
		coded  interface{ Code() string }
	)
	switch {
	case errors.As(err, &denied):
		return "permission"
	case errors.As(err, &differ):
		return "bytes-differ"
	case errors.As(err, &socket):
		return socket.Code
	case errors.As(err, &coded):
		return coded.Code()
	case errors.Is(err, os.ErrNotExist):
		return "not-found"
	}
	return "agent"
}

// printError prints an error for people.
func printError(err error) { fmt.Fprintln(os.Stderr, "hookagent:", err) }
