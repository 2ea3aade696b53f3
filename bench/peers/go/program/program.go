// SPDX-License-Identifier: BSD-3-Clause

// Package program is what every Go benchmark shares: its command line and the one line of JSON it
// prints.
package program

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Options of the command line. Workers is the number of threads that run goroutines.
type Options struct {
	Count, Workers, Size int
	Form                 string
}

// Parse reads --count, --workers, --size and --form, and sets the number of workers.
func Parse(count, size int, forms ...string) Options {
	first := ""
	if len(forms) > 0 {
		first = forms[0]
	}
	var o Options
	flag.IntVar(&o.Count, "count", count, "operations")
	flag.IntVar(&o.Workers, "workers", 2, "threads that run goroutines")
	flag.IntVar(&o.Size, "size", size, "of what does the work: pairs, actors of a ring")
	flag.StringVar(&o.Form, "form", first, "of "+strings.Join(forms, ", "))
	flag.Parse()
	known := len(forms) == 0
	for _, f := range forms {
		known = known || f == o.Form
	}
	if !known || o.Count < 1 || o.Workers < 1 || o.Size < 1 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	runtime.GOMAXPROCS(o.Workers)
	return o
}

// Report prints the result and ends the program: with 0 if the check passed.
func Report(count int, took time.Duration, good bool, figures ...string) {
	check := "ok"
	if !good {
		check = "failed"
	}
	more := ""
	for _, f := range figures {
		more += "," + f
	}
	fmt.Printf("{\"count\":%d,\"seconds\":%.9f,\"check\":\"%s\"%s,\"max_rss_kb\":%d}\n",
		count, took.Seconds(), check, more, MemoryKb("VmHWM"))
	if !good {
		os.Exit(1)
	}
	os.Exit(0)
}

// MemoryKb is a figure of /proc/self/status: VmRSS or VmHWM.
func MemoryKb(name string) int {
	status, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(status), "\n") {
		if strings.HasPrefix(line, name+":") {
			kb, _ := strconv.Atoi(strings.Fields(line)[1])
			return kb
		}
	}
	return 0
}
