package stream

import (
	"bytes"
	"fmt"

	"github.com/vmihailenco/msgpack/v5"
)

// Ints is a list of integers, each in the fewest bytes. Values above 1<<63−1 are unsigned on the wire: a uint64 is never
// written as a negative number.
//
// Decoding serves the tests and whoever writes a viewer in Go.
type Ints []uint64

var _ msgpack.CustomEncoder = Ints(nil)

// EncodeMsgpack implements msgpack.CustomEncoder; reflection would cost more than the counting itself.
func (l Ints) EncodeMsgpack(e *msgpack.Encoder) error {
	if err := e.EncodeArrayLen(len(l)); err != nil {
		return err
	}
	for _, v := range l {
		if err := e.EncodeUint(v); err != nil {
			return err
		}
	}
	return nil
}

// DecodeMsgpack implements msgpack.CustomDecoder.
func (l *Ints) DecodeMsgpack(d *msgpack.Decoder) error {
	n, err := d.DecodeArrayLen()
	if err != nil {
		return err
	}
	*l = make(Ints, 0, min(max(n, 0), 1<<12))
	for range n {
		v, err := d.DecodeUint64()
		if err != nil {
			return err
		}
		*l = append(*l, v)
	}
	return nil
}

// encoder turns messages into bytes, reusing its buffer.
type encoder struct {
	buf bytes.Buffer
	enc *msgpack.Encoder
}

func newEncoder() *encoder {
	e := new(encoder)
	e.enc = msgpack.NewEncoder(&e.buf)
	e.enc.UseCompactInts(true)
	return e
}

// encode returns the bytes of one message; they are valid until the next call.
func (e *encoder) encode(message any) ([]byte, error) {
	e.buf.Reset()
	if err := e.enc.Encode(message); err != nil {
		return nil, fmt.Errorf("encoding %T: %w", message, err)
	}
	if e.buf.Len() > MaxMessage {
		return nil, fmt.Errorf("encoding %T: %d bytes are more than a message may have", message, e.buf.Len())
	}
	return e.buf.Bytes(), nil
}
