// Package stackwalk reads the code addresses on stacks of a Go program from outside, many stacks at a time.
package stackwalk

import (
	"encoding/binary"

	"gotop/hookagent/memory"
)

// Start is where a stack is followed from. Lo and Hi bound the frame pointers that are followed; Hi is 0 where that is not known.
type Start struct{ PC, SP, FP, Lo, Hi uint64 }

func (s Start) holds(addr uint64) bool {
	return addr != 0 && (s.Hi == 0 || s.Lo <= addr && addr+pairSize <= s.Hi)
}

// maxFrames bounds the walk. What Go's allocator calls is some ten frames deep, with an assist or a sweep some twenty.
const maxFrames = 64

// CodeAddresses returns, for each stack, the code addresses on it: where it is followed from, the two words on its top (a function
// without a frame, or before it has made its own, has its return address there, or below the caller's frame pointer), and
// the return addresses that its frame pointers lead to. Words on top may be old: what is returned may be more than is there. All
// stacks are followed frame by frame at once, with a system call for each frame.
func CodeAddresses(mem memory.Reader, starts []Start) [][]uint64 {
	found := make([][]uint64, len(starts))
	addrs := make([]uint64, len(starts))
	for i, s := range starts {
		found[i] = append(make([]uint64, 0, 12), s.PC)
		if s.holds(s.SP) {
			addrs[i] = s.SP
		}
	}
	for i, p := range readPairs(mem, addrs) {
		found[i] = append(found[i], p[0], p[1])
	}
	for i, s := range starts {
		addrs[i] = s.FP
	}
	for range maxFrames {
		alive := false
		for i, s := range starts {
			if !s.holds(addrs[i]) {
				addrs[i] = 0
			}
			alive = alive || addrs[i] != 0
		}
		if !alive {
			break
		}
		for i, p := range readPairs(mem, addrs) {
			if addrs[i] == 0 {
				continue
			}
			found[i] = append(found[i], p[1])
			if p[0] <= addrs[i] && starts[i].Hi != 0 {
				p[0] = 0 // the end, or no frame
			}
			addrs[i] = p[0]
		}
	}
	return found
}

// pairSize is the size of two words: a caller's frame pointer and a return address.
const pairSize = 16

// readPairs reads two words at each address but 0; they are 0 where nothing can be read.
func readPairs(mem memory.Reader, addrs []uint64) [][2]uint64 {
	pairs := make([][2]uint64, len(addrs))
	index := make([]int, 0, len(addrs))
	for i, a := range addrs {
		if a != 0 {
			index = append(index, i)
		}
	}
	readInto(mem, pairs, addrs, index)
	return pairs
}

// readInto reads those of index; where that fails, each half of them by itself.
func readInto(mem memory.Reader, pairs [][2]uint64, addrs []uint64, index []int) {
	if len(index) == 0 {
		return
	}
	at := make([]uint64, len(index))
	for i, n := range index {
		at[i] = addrs[n]
	}
	b := make([]byte, pairSize*len(at))
	if mem.ReadVec(b, at, pairSize) != nil {
		if half := len(index) / 2; half > 0 {
			readInto(mem, pairs, addrs, index[:half])
			readInto(mem, pairs, addrs, index[half:])
		}
		return
	}
	for i, n := range index {
		pairs[n] = [2]uint64{binary.LittleEndian.Uint64(b[pairSize*i:]), binary.LittleEndian.Uint64(b[pairSize*i+8:])}
	}
}
