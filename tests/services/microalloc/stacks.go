package main

// 32 times 32 places to call from make 1024 stacks that differ in two return addresses.

//go:noinline
func outer(stack, many int) {
	switch stack % 32 {
	case 0:
		inner(stack/32, many)
	case 1:
		inner(stack/32, many)
	case 2:
		inner(stack/32, many)
	case 3:
		inner(stack/32, many)
	case 4:
		inner(stack/32, many)
	case 5:
		inner(stack/32, many)
	case 6:
		inner(stack/32, many)
	case 7:
		inner(stack/32, many)
	case 8:
		inner(stack/32, many)
	case 9:
		inner(stack/32, many)
	case 10:
		inner(stack/32, many)
	case 11:
		inner(stack/32, many)
	case 12:
		inner(stack/32, many)
	case 13:
		inner(stack/32, many)
	case 14:
		inner(stack/32, many)
	case 15:
		inner(stack/32, many)
	case 16:
		inner(stack/32, many)
	case 17:
		inner(stack/32, many)
	case 18:
		inner(stack/32, many)
	case 19:
		inner(stack/32, many)
	case 20:
		inner(stack/32, many)
	case 21:
		inner(stack/32, many)
	case 22:
		inner(stack/32, many)
	case 23:
		inner(stack/32, many)
	case 24:
		inner(stack/32, many)
	case 25:
		inner(stack/32, many)
	case 26:
		inner(stack/32, many)
	case 27:
		inner(stack/32, many)
	case 28:
		inner(stack/32, many)
	case 29:
		inner(stack/32, many)
	case 30:
		inner(stack/32, many)
	case 31:
		inner(stack/32, many)
	}
}

//go:noinline
func inner(stack, many int) {
	if many > 0 {
		allocateMany(many)
		return
	}
	switch stack {
	case 0:
		allocate()
	case 1:
		allocate()
	case 2:
		allocate()
	case 3:
		allocate()
	case 4:
		allocate()
	case 5:
		allocate()
	case 6:
		allocate()
	case 7:
		allocate()
	case 8:
		allocate()
	case 9:
		allocate()
	case 10:
		allocate()
	case 11:
		allocate()
	case 12:
		allocate()
	case 13:
		allocate()
	case 14:
		allocate()
	case 15:
		allocate()
	case 16:
		allocate()
	case 17:
		allocate()
	case 18:
		allocate()
	case 19:
		allocate()
	case 20:
		allocate()
	case 21:
		allocate()
	case 22:
		allocate()
	case 23:
		allocate()
	case 24:
		allocate()
	case 25:
		allocate()
	case 26:
		allocate()
	case 27:
		allocate()
	case 28:
		allocate()
	case 29:
		allocate()
	case 30:
		allocate()
	case 31:
		allocate()
	}
}
