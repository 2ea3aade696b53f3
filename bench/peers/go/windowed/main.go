// SPDX-License-Identifier: BSD-3-Clause

// Go for I2: pairs of goroutines; in each a client keeps a hundred messages under way to an echo.
package main

import (
	"time"

	"troupe.bench/peers/program"
)

const window = 100

func client(count int, sums chan int) {
	to, from := make(chan int, window), make(chan int, window)
	go func() {
		for n := range to {
			from <- n
		}
	}()
	sent, sum := 0, 0
	for sent < window && sent < count {
		to <- sent
		sent++
	}
	for seen := 0; seen < count; seen++ {
		sum += <-from
		if sent < count {
			to <- sent
			sent++
		}
	}
	close(to)
	sums <- sum
}

func main() {
	o := program.Parse(4000000, 1)
	each := (o.Count + 2*o.Size - 1) / (2 * o.Size)
	sums := make(chan int, o.Size)
	start := time.Now()
	for i := 0; i < o.Size; i++ {
		go client(each, sums)
	}
	sum := 0
	for i := 0; i < o.Size; i++ {
		sum += <-sums
	}
	program.Report(2*o.Size*each, time.Since(start), sum == o.Size*(each*(each-1)/2))
}
