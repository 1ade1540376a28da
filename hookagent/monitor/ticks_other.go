//go:build !amd64

package monitor

// readTicks would read the counter that the injected code stamps events with; there is no such code for this architecture, so that no
// event has a stamp (PORTING.md).
func readTicks() uint64 { return 0 }
