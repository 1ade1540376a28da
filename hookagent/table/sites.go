package table

// line is what a line of a table of sites is of; see LineCaller.
type line struct {
	ret, caller, typ uint64
	sizes            uint8
}

// siteTables is how far the reader has come in a shard's tables of sites: where they are, and how many of each one's lines are known.
type siteTables struct {
	at   []uint64
	read []int
}

// newLines takes in the lines of a shard that were claimed since the last time. The service may write anything there, out of order itself:
// what is no table, or no line, is left alone.
func (r *Reader) newLines(s *shard) {
	r.newSiteTables(s)
	for i, at := range s.sites.at {
		lines := int(load(r.mem, int(at)+SiteLines))
		if !r.isSiteTable(at, lines) {
			continue
		}
		taken := int(min(load(r.mem, int(at)+SiteTaken), uint64(lines)))
		list := r.mem[int(at)+SiteHeader+lines*LineSize:]
		for ; s.sites.read[i] < taken; s.sites.read[i]++ {
			k := 2 * s.sites.read[i]
			if n := int(list[k]) | int(list[k+1])<<8; n < lines {
				r.takeLine(int(at) + SiteHeader + n*LineSize)
			}
		}
	}
}

// newSiteTables looks for tables that a shard has taken since the last time.
func (r *Reader) newSiteTables(s *shard) {
	known := uint64(0)
	if n := len(s.sites.at); n > 0 {
		known = s.sites.at[n-1]
	}
	var fresh []uint64
	for ref := load(s.mem, ShSiteTable); ref != 0 && ref+HdrConfig != known; {
		at := ref + HdrConfig
		if at < PoolOff || at > uint64(len(r.mem))-SiteHeader || at%RecordAlign != 0 || len(fresh) > 3 ||
			at+SiteHeader > r.there() || !r.isSiteTable(at, int(load(r.mem, int(at)+SiteLines))) {
			return
		}
		fresh = append(fresh, at)
		ref = load(r.mem, int(at)+SitePrevious)
	}
	for i := len(fresh) - 1; i >= 0 && len(s.sites.at) < 3; i-- {
		s.sites.at = append(s.sites.at, fresh[i])
		s.sites.read = append(s.sites.read, 0)
	}
}

// isSiteTable says whether a table of so many lines can be there.
func (r *Reader) isSiteTable(at uint64, lines int) bool {
	for _, bits := range []int{SiteBits0, SiteBits1, SiteBits2} {
		if lines == 1<<bits {
			return at+uint64(SiteTableSize(bits)) <= r.there()
		}
	}
	return false
}

// takeLine takes in a line at an offset: one more place where the counters of a stack are.
func (r *Reader) takeLine(off int) {
	l := line{load(r.mem, off+LineReturn), load(r.mem, off+LineCaller), load(r.mem, off+LineType), sizeRange(load(r.mem, off+RecSize))}
	if l.typ&LineDeep != 0 || l.typ>>KindShift != KindAlloc {
		return
	}
	id, ok := r.lines[l]
	if !ok {
		id = int32(len(r.stacks))
		r.lines[l] = id
		pcs := []uint64{l.ret, l.caller}
		if l.caller == 0 {
			pcs = pcs[:1]
		}
		r.stacks = append(r.stacks, Stack{
			Range: l.sizes, Type: l.typ &^ lineFlags, PCs: pcs, Cut: true, Short: l.typ&LineShort != 0,
		})
		r.firsts = append(r.firsts, uint32(off>>RecordShift))
		r.counts = append(r.counts, Counters{})
	}
	r.known = append(r.known, known{uint32(off >> RecordShift), id})
}

// sizeRange returns the range of sizes that n is in.
func sizeRange(n uint64) uint8 {
	switch {
	case n < 16:
		return RangeTiny
	case n > 32760:
		return RangeLarge
	}
	return RangeSmall
}
