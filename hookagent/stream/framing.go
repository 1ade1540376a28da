package stream

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/vmihailenco/msgpack/v5"
)

// maxDepth is how deep a viewer's message may be nested.
const maxDepth = 16

// framer cuts what a viewer sends into messages. It holds no more than one, of MaxMessage bytes, and its recursion is bounded:
// only then is a message given to the decoder, which does not care for either.
type framer struct {
	r   *bufio.Reader
	buf []byte
}

// errGarbage: these bytes are no message. What follows cannot be understood either.
var errGarbage = errors.New("not a message of this protocol")

var errLong = fmt.Errorf("%w: it is longer than %d bytes", errGarbage, MaxMessage)

func newFramer(r io.Reader) *framer { return &framer{r: bufio.NewReader(r)} }

// request reads the next message. Errors are io errors as they came, or errGarbage.
func (f *framer) request() (*Request, error) {
	first, err := f.r.Peek(1)
	if err != nil {
		return nil, err
	}
	if c := first[0]; c&0xf0 != 0x80 && c != 0xde && c != 0xdf {
		return nil, fmt.Errorf("%w: it does not begin with a map", errGarbage)
	}
	f.buf = f.buf[:0]
	if err := f.value(0); err != nil {
		return nil, err
	}
	r := new(Request)
	if err := msgpack.Unmarshal(f.buf, r); err != nil {
		return nil, fmt.Errorf("%w: %v", errGarbage, err)
	}
	if cap(f.buf) > 1<<16 {
		f.buf = nil
	}
	return r, nil
}

// value takes in one value of any kind. See https://github.com/msgpack/msgpack/blob/master/spec.md for the first bytes.
func (f *framer) value(depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%w: nested too deep", errGarbage)
	}
	if len(f.buf) == MaxMessage {
		return errLong
	}
	b, err := f.r.ReadByte()
	if err != nil {
		return err
	}
	f.buf = append(f.buf, b)
	c := uint64(b)
	switch {
	case c < 0x80 || c >= 0xe0 || c == 0xc0 || c == 0xc2 || c == 0xc3: // small ints, nil, booleans
		return nil
	case c < 0x90:
		return f.values(2*(c&0x0f), depth)
	case c < 0xa0:
		return f.values(c&0x0f, depth)
	case c < 0xc0:
		return f.takeBytes(c & 0x1f)
	case c >= 0xc4 && c <= 0xc6: // bin 8, 16, 32
		return f.sized(1<<(c-0xc4), 0)
	case c >= 0xc7 && c <= 0xc9: // ext 8, 16, 32: a type byte more
		return f.sized(1<<(c-0xc7), 1)
	case c == 0xca || c == 0xcb: // float 32, 64
		return f.takeBytes(4 << (c - 0xca))
	case c >= 0xcc && c <= 0xd3: // uint and int 8, 16, 32, 64
		return f.takeBytes(1 << ((c - 0xcc) % 4))
	case c >= 0xd4 && c <= 0xd8: // fixext 1, 2, 4, 8, 16
		return f.takeBytes(1 + 1<<(c-0xd4))
	case c >= 0xd9 && c <= 0xdb: // str 8, 16, 32
		return f.sized(1<<(c-0xd9), 0)
	case c == 0xdc || c == 0xdd: // array 16, 32
		return f.container(2<<(c-0xdc), 1, depth)
	case c == 0xde || c == 0xdf: // map 16, 32
		return f.container(2<<(c-0xde), 2, depth)
	}
	return fmt.Errorf("%w: it holds the byte %#x", errGarbage, c) // 0xc1, never used
}

// sized takes in bytes whose number stands before them in width bytes, and extra ones.
func (f *framer) sized(width, extra uint64) error {
	n, err := f.uint(width)
	if err != nil {
		return err
	}
	return f.takeBytes(n + extra)
}

// container takes in values whose number, divided by per, stands before them in width bytes.
func (f *framer) container(width, per uint64, depth int) error {
	n, err := f.uint(width)
	if err != nil {
		return err
	}
	return f.values(n*per, depth)
}

func (f *framer) values(n uint64, depth int) error {
	for range n {
		if err := f.value(depth + 1); err != nil {
			return err
		}
	}
	return nil
}

// uint takes in a big-endian number of width bytes.
func (f *framer) uint(width uint64) (uint64, error) {
	if err := f.takeBytes(width); err != nil {
		return 0, err
	}
	var b [8]byte
	copy(b[8-width:], f.buf[uint64(len(f.buf))-width:])
	return binary.BigEndian.Uint64(b[:]), nil
}

// takeBytes takes in n bytes; memory is used only for what has come.
func (f *framer) takeBytes(n uint64) error {
	if n > MaxMessage-uint64(len(f.buf)) {
		return errLong
	}
	const chunk = 1 << 16
	for n > 0 {
		k := min(n, chunk)
		old := len(f.buf)
		f.buf = append(f.buf, make([]byte, k)...)
		if _, err := io.ReadFull(f.r, f.buf[old:]); err != nil {
			return err
		}
		n -= k
	}
	return nil
}
