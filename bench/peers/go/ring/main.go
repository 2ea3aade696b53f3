// SPDX-License-Identifier: BSD-3-Clause

// Go for I3: a token goes round a ring of goroutines. Forms: unbuffered channels, and channels with
// room for one.
package main

import (
	"time"

	"troupe.bench/peers/program"
)

type token struct{ left, sum int }

func link(number int, in, out chan token, done chan int) {
	for t := range in {
		if t.left == 1 {
			done <- t.sum + number
		} else {
			out <- token{t.left - 1, t.sum + number}
		}
	}
}

func main() {
	o := program.Parse(4000000, 100, "unbuffered", "buffered")
	hops := o.Count / o.Size * o.Size
	if hops == 0 {
		hops = o.Size
	}
	room := 0
	if o.Form == "buffered" {
		room = 1
	}
	ring := make([]chan token, o.Size)
	for i := range ring {
		ring[i] = make(chan token, room)
	}
	done := make(chan int)
	for i := range ring {
		go link(i, ring[i], ring[(i+1)%o.Size], done)
	}
	start := time.Now()
	ring[0] <- token{hops, 0}
	sum := <-done
	program.Report(hops, time.Since(start), sum == hops/o.Size*(o.Size*(o.Size-1)/2))
}
