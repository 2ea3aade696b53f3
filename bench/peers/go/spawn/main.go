// SPDX-License-Identifier: BSD-3-Clause

// Go for I8: a goroutine makes many, sends each a number through a channel of its own, and they
// end. Forms: channels with room for one, and unbuffered ones.
package main

import (
	"time"

	"troupe.bench/peers/program"
)

func shortLived(in, done chan int) { done <- <-in }

func main() {
	o := program.Parse(1000000, 1, "buffered", "unbuffered")
	room := 1
	if o.Form == "unbuffered" {
		room = 0
	}
	done := make(chan int, 1000)
	start := time.Now()
	go func() {
		for i := 0; i < o.Count; i++ {
			to := make(chan int, room)
			go shortLived(to, done)
			to <- i
		}
	}()
	sum := 0
	for i := 0; i < o.Count; i++ {
		sum += <-done
	}
	program.Report(o.Count, time.Since(start), sum == o.Count*(o.Count-1)/2)
}
