// Package stream speaks the wire protocol (PROTOCOL.md): messages, the socket, and a server for any number of viewers.
//
// Invariants. Each viewer has one goroutine that writes to it, and a baseline: what it was last sent. Whatever is sent is the
// difference to that, so a viewer that is slow gets less often what adds up to the same, and nobody waits for it. A viewer can
// do no more harm than to be closed: what it sends is bounded in length, depth and number before it is looked at. The socket
// has mode 0600 from the moment it exists, and only the same user or root is talked to.
package stream
