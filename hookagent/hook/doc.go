// Package hook places the injected code in a service and patches its functions to run it.
//
// Invariants. Everything is checked before anything is changed: the bytes at every hook point must be what the plan says. One
// instruction is replaced at each point, the conditional jump behind the stack check, so that no thread can stand inside it; it has
// passed the check, so a function that is entered again through runtime.morestack is not counted twice. All threads are stopped
// meanwhile. If a step fails, those before it are undone.
//
// What depends on the processor is in files that say so (injected, stub, placement, unwind and calibrate _amd64.go, and the assembly);
// hook_other.go refuses on all others. PORTING.md says what a port has to bring.
package hook
