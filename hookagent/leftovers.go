package main

import (
	"time"

	"gotop/hookagent/hook"
)

// clearLeftovers takes out of the service what agents left that were killed while they attached or left, but for what keep has in it. What
// cannot be taken out now is for the next agent to find. It returns whether all is out of it.
func (s *session) clearLeftovers(keep *hook.Hooks) (cleared bool) {
	for try := range attachTries {
		left, err := hook.FindLeftovers(s.proc, s.plan, keep)
		if err != nil || left.Empty() {
			return err == nil
		}
		inside := 0
		err = s.proc.Stopped(leavePatience, func() error {
			if inside = s.threadsInside(left.Ranges(s.proc)); inside > 0 {
				return nil
			}
			return left.Remove(s.proc, s.plan, keep)
		})
		if err != nil || inside == 0 {
			return err == nil
		}
		time.Sleep(time.Millisecond << min(try, 6))
	}
	return false
}
