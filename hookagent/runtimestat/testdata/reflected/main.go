// Command reflected makes types at run time, writes their addresses and what reflect calls them, and waits.
package main

import (
	"fmt"
	"os"
	"reflect"
	"unsafe"
)

type local struct{ next *local }

func main() {
	own, num, text := reflect.TypeOf(local{}), reflect.TypeOf(0), reflect.TypeOf("")
	dyn := reflect.ArrayOf(37, own)
	types := []reflect.Type{
		dyn, reflect.SliceOf(dyn), reflect.PointerTo(dyn), reflect.MapOf(text, dyn), reflect.ArrayOf(3, reflect.MapOf(dyn, num)),
		reflect.ChanOf(reflect.BothDir, dyn), reflect.ChanOf(reflect.RecvDir, dyn), reflect.ChanOf(reflect.SendDir, dyn),
		reflect.ChanOf(reflect.BothDir, reflect.ChanOf(reflect.RecvDir, dyn)),
		reflect.FuncOf(nil, nil, false), reflect.FuncOf([]reflect.Type{dyn, reflect.SliceOf(text)}, []reflect.Type{num}, true),
		reflect.FuncOf([]reflect.Type{dyn}, []reflect.Type{num, reflect.TypeOf((*error)(nil)).Elem()}, false),
		reflect.StructOf(nil),
		reflect.StructOf([]reflect.StructField{{Name: "A", Type: num, Tag: `json:"a"`}, {Name: "Größe", Type: dyn}}),
	}
	for _, t := range types {
		addr := (*[2]unsafe.Pointer)(unsafe.Pointer(&t))[1]
		fmt.Printf("%d %s\n", uintptr(addr), t)
	}
	addr := (*[2]unsafe.Pointer)(unsafe.Pointer(&own))[1]
	fmt.Printf("%d binary\n", uintptr(addr))
	fmt.Println("0 end")
	os.Stdin.Read(make([]byte, 1))
}
