package hook

// calledFrameless says whether the code has called somebody with this stack pointer who has no frame, or has not made it yet: its return
// address is on top of the stack, or above the frame pointer that it has pushed there.
func (r *CodeRanges) calledFrameless(sp uint64) bool {
	first, second := r.pair(sp)
	return r.contains(first) || r.contains(second)
}
