package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"

	"gotop/hookagent/hook"
	"gotop/hookagent/stream"
	"gotop/hookagent/target"
)

func TestErrorCodes(t *testing.T) {
	for code, err := range map[string]error{
		"permission":   &target.NotPermitted{What: "x", Err: os.ErrPermission},
		"bytes-differ": &hook.BytesDiffer{Name: "runtime.mallocgc"},
		"busy":         &stream.ListenError{Code: stream.Busy, Text: "x"},
		"monitored":    &monitoredAlready{1, 2},
		"profile":      &noProfile{1, errors.New("x")},
		"not-found":    os.ErrNotExist,
		"agent":        errors.New("x"),
	} {
		if got := errorStatus(errors.Join(fmt.Errorf("more: %w", err), errors.New("and the socket's"))); got.Code != code || got.OK || got.Text == "" {
			t.Errorf("%v is told as %+v", err, got)
		}
	}
}

// TestStatusLine: the launcher gets one line and the end of the pipe.
func TestStatusLine(t *testing.T) {
	for want, s := range map[string]status{
		`{"ok":true,"pid":5,"agent_pid":6,"socket":"/a b"}`: {OK: true, Pid: 5, AgentPid: 6, Socket: "/a b"},
		`{"ok":false,"code":"agent","text":"no"}`:           {Code: "agent", Text: "no"},
	} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		reportStatus(w, s)
		got, err := io.ReadAll(r)
		if err != nil || string(got) != want+"\n" || !json.Valid(got) {
			t.Errorf("told %q, %v", got, err)
		}
	}
}

// TestInheritedPipe: only a pipe is taken for the launcher's; what else a shell may have left open is not touched.
func TestInheritedPipe(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/file")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if inheritedPipe(file.Fd(), "file") != nil || inheritedPipe(9999, "nothing") != nil {
		t.Error("something else is taken for a pipe")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if inheritedPipe(r.Fd(), "pipe") == nil {
		t.Error("the pipe is not found")
	}
}
