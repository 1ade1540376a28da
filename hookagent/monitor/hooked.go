package monitor

import "gotop/hookagent/table"

// allocated is what the hooks have counted at one moment.
type allocated struct {
	all, tiny, lost, counted table.Counters // tiny, lost and counted are parts of all
}

// allocated reads what the hooks have counted until now.
func (m *Monitor) allocated() (a allocated) {
	a.all, a.tiny = m.cfg.Tables.Allocated(func(id int) bool { return m.pathOf(id) == PathTiny })
	a.lost, a.counted = m.cfg.Tables.Unattributed()[table.KindAlloc], m.cfg.Tables.Counted()
	return a
}

// tinyBlock is the size of the blocks that tiny objects share (runtime/malloc.go maxTinySize).
const tinyBlock = 16

// bytes returns the least and the most that the runtime may count for what the hooks have counted, rounded up to size classes as it does.
//
// It counts a block of tiny objects once, and how many of them found room in one that was there (mcache.tinyAllocs, shared): the others
// began a block each. Where that is not known, they may have filled theirs or not.
func (a allocated) bytes(shared *uint64) (least, most uint64) {
	least = a.all.Bytes + a.all.Waste - a.tiny.Bytes - a.tiny.Waste
	most = least
	if shared != nil {
		blocks := tinyBlock * (a.tiny.Count - min(*shared, a.tiny.Count))
		least, most = least+blocks, most+blocks
	} else {
		least, most = least+a.tiny.Bytes, most+tinyBlock*a.tiny.Count
	}
	// Nothing is known of what found no place but its bytes: rounding adds less than half of them, or fills a block.
	return least, most + a.lost.Bytes/2 + tinyBlock*a.lost.Count
}

// setHooked sets in a reading of the runtime's figures what the hooks had counted, from what they had before and after it.
//
// Bytes are left out in a mode that does not count what rounding adds.
func (m *Monitor) setHooked(r *Reading, before, after allocated) {
	low, high := before.all.Count, max(after.all.Count, before.all.Count)
	hooked := low + (high-low)/2
	r.Hooked, r.Slack = &hooked, (high-low+1)/2+r.Figures.Slack
	if after.counted.Count > 0 {
		return
	}
	var shared *uint64 // since the service's start, as the hooks' count is, or it is of no use
	if r.SizeClasses != nil && !m.cfg.Attached && after.lost.Count == 0 {
		shared = &r.SizeClasses.Tiny
	}
	least, _ := before.bytes(shared)
	_, most := after.bytes(shared)
	most = max(least, most)
	bytes := least + (most-least)/2
	r.HookedBytes, r.SlackBytes = &bytes, (most-least+1)/2+r.Figures.SlackBytes+tinyBlock*r.Figures.Slack
}
