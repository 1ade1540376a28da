//go:build cgo

package main

/*
#cgo LDFLAGS: -lpthread
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

extern int64_t allocateForC(int64_t);

static int64_t callBack(int64_t n) {
	int64_t sum = 0;
	for (int64_t i = 0; i < n; i++) sum += allocateForC(i);
	return sum;
}

static void *thread(void *n) { return (void *)callBack((int64_t)n); }

static int64_t callBackFromThreads(int threads, int64_t n) {
	pthread_t started[16];
	int64_t sum = 0;
	if (threads > 16) threads = 16;
	for (int i = 0; i < threads; i++) pthread_create(&started[i], 0, thread, (void *)n);
	for (int i = 0; i < threads; i++) {
		void *part;
		pthread_join(started[i], &part);
		sum += (int64_t)part;
	}
	return sum;
}
*/
import "C"

import (
	"fmt"
	"sync/atomic"
	"unsafe"
)

var lastForC atomic.Pointer[pair]

//export allocateForC
func allocateForC(i C.int64_t) C.int64_t {
	lastForC.Store(new(pair))
	if i%10 == 0 {
		return C.int64_t(len(fmt.Sprint("from C ", int64(i))))
	}
	return 0
}

func init() {
	ways = append(ways,
		way{"cgo callbacks", func(n int, s *sink) {
			s.any = int64(C.callBack(C.int64_t(n)))
		}},
		way{"cgo callbacks from C threads", func(n int, s *sink) {
			for i := 0; i < 3; i++ {
				s.any = int64(C.callBackFromThreads(4, C.int64_t(n)))
			}
		}},
		way{"cgo memory", func(n int, s *sink) {
			for i := 0; i < n; i++ {
				s.bytes = C.GoBytes(nil, 0)
				text := C.CString("for C")
				s.text = C.GoString(text)
				C.free(unsafe.Pointer(text))
			}
		}},
	)
}
