// Package v1 is one of two of that name.
package v1

// Event is one of two types that print as v1.Event.
type Event struct{ ID, Rev int }

// Index is a named map.
type Index map[string]Event

// Box holds one.
type Box[T any] struct{ Value T }
