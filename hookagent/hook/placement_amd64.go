package hook

// codeReach is how far from the text the injected code may be, for people: a jump has 32 bits.
const codeReach = "2 GiB"

// codeAddresses returns where the injected code may be mapped, the best first: below the executable, a non-PIE one starting at 4 MiB, or
// above it, leaving room for the C heap. text is where the service's text begins, end where the executable does.
func codeAddresses(text, end uint64) []uint64 {
	lo := text &^ 0xfffff
	var list []uint64
	for i := uint64(1); i < 64; i++ {
		if d := i * 0x10000; lo > d+0x10000 {
			list = append(list, lo-d)
		}
	}
	for i := uint64(1); i < 512; i++ {
		if d := i << 20; lo > d+1<<20 {
			list = append(list, lo-d)
		}
		list = append(list, (end+1<<30+i<<20)&^0xfffff)
	}
	return list
}
