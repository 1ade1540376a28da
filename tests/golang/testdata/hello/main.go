// Hello is what refusals are tested with: built for many platforms, never run.
package main

func main() { println("hello") }
