package memory

// Memfd is one place where a process has a memfd: mapped from Begin to End (FD is -1 then), or open as descriptor FD.
type Memfd struct {
	Begin, End uint64
	FD         int
	Inode      uint64
}
