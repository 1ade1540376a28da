#include <pthread.h>

#include "calls.h"

// Functions of the export file, which cgo makes.
extern void goAllocate(int64_t), goMove(int64_t), goPanic(int64_t);

static void (*const back[])(int64_t) = {goAllocate, goMove, goPanic};

__attribute__((noinline)) void c_inner(int what, int64_t depth) { back[what](depth); }

__attribute__((noinline)) void c_outer(int what, int64_t depth) { c_inner(what, depth); }

// c_astray calls Go with something in RBP that is no frame pointer, as code compiled with -fomit-frame-pointer may.
__asm__(
	".text\n"
	".globl c_astray\n"
	".type c_astray, @function\n"
	"c_astray:\n"
	"	push %rbp\n"
	"	mov %rdx, %rbp\n"
	"	call c_inner@PLT\n"
	"	pop %rbp\n"
	"	ret\n"
	".size c_astray, .-c_astray\n");

struct call {
	int what, times;
	int64_t depth;
};

static void *thread(void *argument) {
	struct call *call = argument;
	for (int i = 0; i < call->times; i++) c_outer(call->what, call->depth);
	return 0;
}

void c_thread(int what, int64_t depth, int times) {
	struct call call = {what, times, depth};
	pthread_t started;
	pthread_create(&started, 0, thread, &call);
	pthread_join(started, 0);
}
