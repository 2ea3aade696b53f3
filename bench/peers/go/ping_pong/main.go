// SPDX-License-Identifier: BSD-3-Clause

// Go for I1: two goroutines, one message in flight. Forms: unbuffered channels, and channels with
// room for one.
package main

import (
	"time"

	"troupe.bench/peers/program"
)

func player(in, out chan int, received chan int) {
	seen := 0
	for left := range in {
		seen++
		if left == 1 {
			close(out)
			received <- seen
			return
		}
		out <- left - 1
	}
	received <- seen
}

func main() {
	o := program.Parse(4000000, 1, "unbuffered", "buffered")
	room := 0
	if o.Form == "buffered" {
		room = 1
	}
	left, right, received := make(chan int, room), make(chan int, room), make(chan int, 2)
	start := time.Now()
	go player(left, right, received)
	go player(right, left, received)
	left <- o.Count
	sum := <-received + <-received
	program.Report(o.Count, time.Since(start), sum == o.Count)
}
