package runtimestat

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Bounds of one name: types are looked at in a service that may be overwriting them.
const (
	maxTypes  = 200
	maxParts  = 64
	maxName   = 1 << 10
	typeBytes = 48 // sizeof abi.Type
)

// Fields of abi.Type and the kinds that a type without a name can have.
const (
	typeHash  = 16
	typeTFlag = 20
	typeKind  = 23
	typeStr   = 40

	tflagUncommon  = 1
	tflagExtraStar = 2
	tflagNamed     = 4

	kindArray   = 17
	kindChan    = 18
	kindFunc    = 19
	kindMap     = 21
	kindPointer = 22
	kindSlice   = 23
	kindStruct  = 25
)

var errNoName = errors.New("the type cannot be named")

// namer makes one name.
type namer struct {
	*Types
	left int // types that may yet be looked at
}

func (n *namer) name(addr uint64) (string, error) {
	if n.left--; n.left < 0 {
		return "", errNoName
	}
	var b [typeBytes + 24]byte // and what follows in the longest of its kinds that is of interest
	if start := n.startOf(addr); start != 0 {
		if err := n.mem.ReadAt(b[:typeBytes], addr); err != nil {
			return "", err
		}
		return n.written(b[:], start)
	}
	if err := n.mem.ReadAt(b[:], addr); err != nil {
		return "", err
	}
	if b[typeTFlag]&tflagNamed != 0 {
		return "", errNoName // its name is in a module that is not known
	}
	name, err := n.composed(addr, b[:])
	if len(name) > maxName {
		return "", errNoName
	}
	return name, err
}

// written reads the name that the compiler gave a type of a module whose types begin at start.
func (n *namer) written(b []byte, start uint64) (string, error) {
	s, _, err := n.text(start + uint64(int64(i32(b, typeStr))))
	if b[typeTFlag]&tflagExtraStar != 0 {
		s = strings.TrimPrefix(s, "*")
	}
	return s, err
}

// text reads an abi.Name: a byte of flags, a varint length, the text, and a tag in the same way if a flag says so.
func (n *namer) text(addr uint64) (text, tag string, err error) {
	const hasTag = 2
	var flags [1]byte
	if err := n.mem.ReadAt(flags[:], addr); err != nil {
		return "", "", err
	}
	text, next, err := n.counted(addr + 1)
	if err == nil && flags[0]&hasTag != 0 {
		tag, _, err = n.counted(next)
	}
	return text, tag, err
}

// counted reads a varint and as many bytes.
func (n *namer) counted(addr uint64) (text string, next uint64, err error) {
	var b [3]byte
	for i := range b { // byte by byte: it may be the last thing that is mapped
		if err := n.mem.ReadAt(b[i:i+1], addr+uint64(i)); err != nil {
			return "", 0, err
		}
		if b[i] < 0x80 {
			break
		}
	}
	size, k := binary.Uvarint(b[:])
	if k <= 0 || size > maxName {
		return "", 0, errNoName
	}
	s := make([]byte, size)
	if size > 0 {
		err = n.mem.ReadAt(s, addr+uint64(k))
	}
	return string(s), addr + uint64(k) + size, err
}

// composed names a type by its parts, as reflect does.
func (n *namer) composed(addr uint64, b []byte) (string, error) {
	first, second := u64(b, typeBytes), u64(b, typeBytes+8)
	switch b[typeKind] & 31 {
	case kindPointer:
		return n.prefixed("*", first)
	case kindSlice:
		return n.prefixed("[]", first)
	case kindArray:
		return n.prefixed("["+strconv.FormatUint(u64(b, typeBytes+16), 10)+"]", first)
	case kindChan:
		return n.channel(first, second)
	case kindMap:
		key, err := n.name(first)
		if err != nil {
			return "", err
		}
		return n.prefixed("map["+key+"]", second)
	case kindFunc:
		return n.function(addr, b)
	case kindStruct:
		return n.structure(second, u64(b, typeBytes+16))
	}
	return "", errNoName
}

func (n *namer) prefixed(prefix string, elem uint64) (string, error) {
	name, err := n.name(elem)
	return prefix + name, err
}

func (n *namer) channel(elem, dir uint64) (string, error) {
	name, err := n.name(elem)
	switch {
	case dir == 1:
		name = "<-chan " + name
	case dir == 2:
		name = "chan<- " + name
	case strings.HasPrefix(name, "<-"):
		name = "chan (" + name + ")"
	default:
		name = "chan " + name
	}
	return name, err
}

// function: the numbers of parameters and results are followed by their types, behind the uncommon type if there is one.
func (n *namer) function(addr uint64, b []byte) (string, error) {
	const variadic = 1 << 15
	in, out := u16(b, typeBytes), u16(b, typeBytes+2)
	dots := out&variadic != 0
	out &^= variadic
	if in+out > maxParts {
		return "", errNoName
	}
	if addr += typeBytes + 8; b[typeTFlag]&tflagUncommon != 0 {
		addr += 16
	}
	types := make([]byte, 8*(in+out))
	if len(types) > 0 {
		if err := n.mem.ReadAt(types, addr); err != nil {
			return "", err
		}
	}
	names := make([]string, in+out)
	for i := range names {
		var err error
		if names[i], err = n.name(u64(types, uint64(8*i))); err != nil {
			return "", err
		}
	}
	if dots && in > 0 {
		names[in-1] = "..." + strings.TrimPrefix(names[in-1], "[]")
	}
	result := strings.Join(names[in:], ", ")
	switch {
	case out == 1:
		result = " " + result
	case out > 1:
		result = " (" + result + ")"
	}
	return "func(" + strings.Join(names[:in], ", ") + ")" + result, nil
}

// structure: its fields are (name, type, offset), three words each.
func (n *namer) structure(fields, count uint64) (string, error) {
	if count > maxParts {
		return "", errNoName
	}
	if count == 0 {
		return "struct {}", nil
	}
	b := make([]byte, 24*count)
	if err := n.mem.ReadAt(b, fields); err != nil {
		return "", err
	}
	parts := make([]string, count)
	for i := range parts {
		name, tag, err := n.text(u64(b, uint64(24*i)))
		if err != nil {
			return "", err
		}
		typ, err := n.name(u64(b, uint64(24*i+8)))
		if err != nil {
			return "", err
		}
		if parts[i] = name + " " + typ; tag != "" {
			parts[i] += fmt.Sprintf(" %q", tag)
		}
	}
	return "struct { " + strings.Join(parts, "; ") + " }", nil
}
