package table

// chunks is how far the reader has come in a shard's list of chunks, see ChPrevious.
type chunks struct {
	last uint64 // offset of the newest that is known; 0: none
	read uint64 // bytes of it that are read
}

// unread calls f with what was written since the last time, oldest first. f says how much of it is records; where that is not all, the
// reader stays before the rest. The service shares this memory and may, out of order itself, write anything there: a list that does not
// lead back to what was known is not followed.
func (r *Reader) unread(c *chunks, newest uint64, f func(at uint64, b []byte) (records uint64)) {
	if newest == 0 {
		return
	}
	newest += HdrConfig
	var fresh []uint64
	for at := newest; at != c.last; {
		if !r.isChunk(at) || len(fresh) > len(r.mem)/StarterSize {
			return
		}
		fresh = append(fresh, at)
		previous := load(r.mem, int(at)+ChPrevious)
		if previous == 0 && c.last == 0 {
			break
		}
		at = previous + HdrConfig
	}
	if c.last != 0 && !r.finish(c, f) {
		return
	}
	for i := len(fresh) - 1; i >= 0; i-- {
		c.last, c.read = fresh[i], ChRecords
		if !r.finish(c, f) {
			return
		}
	}
}

// finish reads on in the chunk c stands in; false: it holds something else than records.
func (r *Reader) finish(c *chunks, f func(at uint64, b []byte) uint64) bool {
	end := min(load(r.mem, int(c.last)+ChUsed), ChunkSize, r.there()-c.last)
	if end <= c.read {
		return true
	}
	c.read += f(c.last+c.read, r.mem[c.last+c.read:c.last+end])
	return c.read == end
}

// isChunk says whether there can be a chunk at this offset.
func (r *Reader) isChunk(at uint64) bool {
	there := r.there()
	return at >= PoolOff && at%RecordAlign == 0 && at < there && there-at >= ChRecords
}
