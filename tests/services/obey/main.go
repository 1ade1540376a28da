// Obey does what it is told, one line at a time over a Unix socket, and answers each with one line: so a test knows when
// something has been done, and how many objects were allocated at one place.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

type victim struct{ a, b, c *int }

var (
	kept  *victim
	total int

	caught atomic.Int64 // signals of flag -catch
)

//go:noinline
func allocate(n int) {
	for i := 0; i < n; i++ {
		kept = &victim{}
	}
}

func main() {
	at := flag.String("at", "", "socket to listen on")
	closes := flag.Bool("close", false, "close all descriptors first, standard ones included")
	user := flag.Int("user", 0, "become this user first")
	secret := flag.Bool("secret", false, "not dumpable: no process of the user may trace it")
	loaded := flag.Int("load", 0, "goroutines that allocate until the order to rest")
	stubborn := flag.Bool("stubborn", false, "ignore SIGTERM")
	lingers := flag.Bool("linger", false, "count SIGTERM as -catch does the others, and go on")
	catches := flag.Bool("catch", false, "catch SIGUSR1, SIGUSR2 and real-time signals, and count them")
	flag.Parse()
	if *catches {
		catch()
	}
	if *lingers {
		count(syscall.SIGTERM)
	}
	if *closes {
		for fd := 0; fd < 256; fd++ {
			_ = syscall.Close(fd)
		}
	}
	if *stubborn {
		signal.Ignore(syscall.SIGTERM)
	}
	if *user != 0 {
		must(syscall.Setgid(*user))
		must(syscall.Setuid(*user))
	}
	if *secret {
		if _, _, e := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_DUMPABLE, 0, 0); e != 0 {
			panic(e)
		}
	}
	load(*loaded)
	listen(*at)
}

// catch counts signals; those of a kind that come together may be one.
func catch() {
	kinds := []os.Signal{syscall.SIGUSR1, syscall.SIGUSR2}
	for number := syscall.Signal(36); number <= 64; number++ { // the first two are the C library's
		kinds = append(kinds, number)
	}
	count(kinds...)
}

// count has signals counted that come from now on.
func count(kinds ...os.Signal) {
	signals := make(chan os.Signal, 1<<16)
	signal.Notify(signals, kinds...)
	go func() {
		for range signals {
			caught.Add(1)
		}
	}()
}

// listen avoids package net, whose poller may not live through descriptors being closed.
func listen(path string) {
	_ = syscall.Unlink(path)
	server, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	must(err)
	must(syscall.Bind(server, &syscall.SockaddrUnix{Name: path}))
	must(syscall.Listen(server, 8))
	for {
		conn, _, err := syscall.Accept4(server, syscall.SOCK_CLOEXEC)
		if err == syscall.EINTR {
			continue
		}
		must(err)
		serve(os.NewFile(uintptr(conn), "client"))
	}
}

func serve(f *os.File) {
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		answer, err := obey(strings.Fields(lines.Text()))
		if err != nil {
			answer = "error " + err.Error()
		}
		if _, err := fmt.Fprintln(f, answer); err != nil {
			return
		}
	}
}

func obey(words []string) (string, error) {
	n := 0
	if len(words) > 1 {
		n, _ = strconv.Atoi(words[1])
	}
	switch words[0] {
	case "allocate":
		allocate(n)
		total += n
		return fmt.Sprint(total), nil
	case "load":
		return load(n), nil
	case "rest":
		return rest(), nil
	case "mallocs":
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return fmt.Sprint(m.Mallocs), nil
	case "lock":
		return lock()
	case "stacks":
		return stacks(n), nil
	case "procs":
		return procs(n), nil
	case "say":
		for i := 0; i < n; i++ {
			if _, err := fmt.Println("line", i); err != nil {
				return "", err
			}
		}
		return "said", nil
	case "chdir":
		return "there", os.Chdir(words[1])
	case "chroot":
		return "jailed", syscall.Chroot(words[1])
	case "become":
		return "other", errors.Join(syscall.Setgid(n), syscall.Setuid(n))
	case "caught":
		return fmt.Sprint(caught.Load()), nil
	case "fork":
		for i := 0; i < n; i++ {
			if err := exec.Command("/bin/true").Run(); err != nil {
				return "", err
			}
		}
		return "forked", nil
	case "exec": // the descriptors close; whoever asked connects again
		return "", syscall.Exec(words[1], words[1:], os.Environ())
	case "pause":
		time.Sleep(time.Duration(n) * time.Millisecond)
		return "paused", nil
	case "exit":
		os.Exit(n)
	}
	return "", fmt.Errorf("%q is not known", words[0])
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
