// SPDX-License-Identifier: BSD-3-Clause

// Go for I8-skynet: a tree of goroutines, ten children each; the leaves' numbers are added up on
// the way back to the root.
package main

import (
	"time"

	"troupe.bench/peers/program"
)

func tree(number, leaves int, parent chan int) {
	if leaves == 1 {
		parent <- number
		return
	}
	sums := make(chan int, 10)
	for i := 0; i < 10; i++ {
		go tree(number+i*(leaves/10), leaves/10, sums)
	}
	sum := 0
	for i := 0; i < 10; i++ {
		sum += <-sums
	}
	parent <- sum
}

func main() {
	o := program.Parse(1000000, 1)
	leaves := 1
	for leaves*10 <= o.Count {
		leaves *= 10
	}
	root := make(chan int)
	start := time.Now()
	go tree(0, leaves, root)
	sum := <-root
	program.Report(leaves, time.Since(start), sum == leaves*(leaves-1)/2)
}
