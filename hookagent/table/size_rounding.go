package table

// largestSmall is runtime/malloc.go maxSmallSize: above it an object is whole pages.
const largestSmall = 32768

// RoundTable is the size classes as the injected code wants them: what an object of n bytes takes, divided by 8, at [(n+7)/8]
// for n ≤ 1024 and at [(n+127)/128] for n ≤ 32768. All size classes above 1024 are multiples of 128.
type RoundTable struct {
	By8   [1024/8 + 1]uint16
	By128 [largestSmall/128 + 1]uint16
}

// NewRoundTable makes the table from runtime.class_to_size.
func NewRoundTable(classes []uint64) *RoundTable {
	t := new(RoundTable)
	for i := range t.By8 {
		t.By8[i] = uint16(roundUp(classes, uint64(i)*8) / 8)
	}
	for i := range t.By128 {
		t.By128[i] = uint16(roundUp(classes, uint64(i)*128) / 8)
	}
	return t
}

// roundUp returns the size class of an object of n bytes; n where it is larger than all.
func roundUp(classes []uint64, n uint64) uint64 {
	for _, c := range classes {
		if c >= n {
			return c
		}
	}
	return n
}
