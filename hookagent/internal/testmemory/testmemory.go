// Package testmemory is made-up memory of a service, for tests of what reads it.
package testmemory

import (
	"bytes"
	"encoding/binary"
	"errors"
)

var errNotMapped = errors.New("not mapped")

// end of the addresses that a program has on amd64.
const end = 1 << 47

// Pieces are memory that has some bytes at some addresses: a reading begins where a piece does and ends within it.
type Pieces map[uint64][]byte

// ReadAt implements memory.Reader.
func (m Pieces) ReadAt(b []byte, addr uint64) error {
	piece, ok := m[addr]
	if !ok || len(piece) < len(b) {
		return errNotMapped
	}
	copy(b, piece)
	return nil
}

// ReadVec implements memory.Reader.
func (m Pieces) ReadVec(dst []byte, addrs []uint64, size int) error {
	return Vec(m.ReadAt, dst, addrs, size)
}

// Words returns the bytes of some words.
func Words(words ...uint64) (b []byte) {
	for _, w := range words {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return b
}

// Repeated is memory in which the same bytes stand again and again, so that every pointer leads somewhere; as much of it as the
// budget allows.
type Repeated struct {
	Data   []byte
	Budget int

	repeated []byte
}

const pieceSize = 16 << 10

// ReadAt implements memory.Reader.
func (m *Repeated) ReadAt(b []byte, addr uint64) error {
	if addr > end || uint64(len(b)) > end-addr || m.Budget < len(b) || len(m.Data) == 0 {
		return errNotMapped
	}
	m.Budget -= len(b)
	if m.repeated == nil { // a reading of much is not to be one of many small pieces
		m.repeated = bytes.Repeat(m.Data, 1+pieceSize/len(m.Data))
	}
	at := int(addr % uint64(len(m.repeated)))
	for n := copy(b, m.repeated[at:]); n < len(b); {
		n += copy(b[n:], m.repeated)
	}
	return nil
}

// ReadVec implements memory.Reader.
func (m *Repeated) ReadVec(dst []byte, addrs []uint64, size int) error {
	return Vec(m.ReadAt, dst, addrs, size)
}

// Vec reads size bytes at each of the addresses.
func Vec(readAt func(b []byte, addr uint64) error, dst []byte, addrs []uint64, size int) error {
	for i, a := range addrs {
		if err := readAt(dst[i*size:(i+1)*size], a); err != nil {
			return err
		}
	}
	return nil
}
