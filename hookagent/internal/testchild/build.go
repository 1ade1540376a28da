// Package testchild builds and runs programs for tests, and reads their memory. They do what they are told on their standard input,
// answer on standard output, and end when there is no more input.
package testchild

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Toolchains returns the go commands that are installed, by version: the one on PATH and those that the tests of Python have fetched.
func Toolchains() map[string]string {
	found := map[string]string{"default": "go"}
	home, err := os.UserHomeDir()
	if err != nil {
		return found
	}
	installed, _ := filepath.Glob(filepath.Join(home, ".cache/gotop/go/*/go/bin/go"))
	for _, path := range installed {
		found[filepath.Base(filepath.Dir(filepath.Dir(filepath.Dir(path))))] = path
	}
	return found
}

// Build compiles testdata/NAME/main.go of the package under test with a go command.
func Build(t testing.TB, name, goCommand string, flags ...string) string {
	t.Helper()
	source, err := filepath.Abs(filepath.Join("testdata", name, "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir() // outside this module, which older toolchains refuse
	cmd := exec.Command(goCommand, append(append([]string{"build", "-o", name}, flags...), source)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local", "GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return filepath.Join(dir, name)
}
