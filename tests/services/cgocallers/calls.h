#include <stdint.h>

// What of Go to call back: an index.
enum { ALLOCATE, MOVE, PANIC };

void c_inner(int what, int64_t depth);
void c_outer(int what, int64_t depth);
void c_astray(int what, int64_t depth, int64_t rbp);
void c_thread(int what, int64_t depth, int times);
