// SPDX-License-Identifier: BSD-3-Clause

// Go for I8-bytes: the memory of idle goroutines with one number as their state, each of which has
// received one message through a channel of its own.
package main

import (
	"fmt"
	"time"

	"troupe.bench/peers/program"
)

func idle(in, done chan int) {
	state := <-in
	done <- state
	state += <-in
	done <- state
}

func main() {
	o := program.Parse(1000000, 1)
	all := make([]chan int, o.Count)
	done := make(chan int, 1000)
	before := program.MemoryKb("VmRSS")
	start := time.Now()
	go func() {
		for i := range all {
			all[i] = make(chan int)
			go idle(all[i], done)
			all[i] <- i
		}
	}()
	sum := 0
	for range all {
		sum += <-done
	}
	took := time.Since(start)
	each := float64(program.MemoryKb("VmRSS")-before) * 1024 / float64(o.Count)
	program.Report(o.Count, took, sum == o.Count*(o.Count-1)/2,
		fmt.Sprintf("\"bytes_each\":%.3f", each))
}
