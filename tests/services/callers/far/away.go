// Package far has a file and a package of its own.
package far

// Type is a type of another package.
type Type struct {
	X, Y int
	Next *Type
}

// Away calls f.
//
//go:noinline
func Away(f func()) {
	func() { f() }()
}
