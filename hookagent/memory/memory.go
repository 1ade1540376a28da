// Package memory is how the agent reads the memory of a service: what a reader has to do, and reading single words.
package memory

import "encoding/binary"

// Reader reads a service's memory, running or not. What is not mapped is an error; no reading is short.
type Reader interface {
	// ReadAt reads len(p) bytes at addr.
	ReadAt(p []byte, addr uint64) error
	// ReadVec reads size bytes at each address, one behind the other, into dst.
	ReadVec(dst []byte, addrs []uint64, size int) error
}

// Word reads the 8 bytes at addr.
func Word(r Reader, addr uint64) (uint64, error) {
	var b [8]byte
	err := r.ReadAt(b[:], addr)
	return binary.LittleEndian.Uint64(b[:]), err
}

// Uint32 reads the 4 bytes at addr.
func Uint32(r Reader, addr uint64) (uint64, error) {
	var b [4]byte
	err := r.ReadAt(b[:], addr)
	return uint64(binary.LittleEndian.Uint32(b[:])), err
}
