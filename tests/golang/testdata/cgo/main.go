// Cgo calls a C function and prints what it returns.
package main

/*
int gotop_c_function(int n) { volatile int x[64]; for (int i = 0; i < 64; i++) x[i] = n + i; return x[n & 63]; }
*/
import "C"

import "fmt"

func main() { fmt.Println(C.gotop_c_function(3)) }
