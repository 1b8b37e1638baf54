// Timers of every kind that Go has, beside each other and beside a socket that nothing comes from. None may be early.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"time"
)

var start = time.Now()

func due(what string, after time.Duration) string {
	if passed := time.Since(start); passed < after {
		return fmt.Sprintf("%s is early: %v, not %v", what, passed, after)
	}
	return what
}

func main() {
	const unit = 100 * time.Millisecond
	said := make(chan string)
	go func() {
		time.Sleep(1 * unit)
		said <- due("sleep", 1*unit)
	}()
	time.AfterFunc(2*unit, func() { said <- due("after", 2*unit) })
	go func() {
		ctx, cancel := context.WithDeadline(context.Background(), start.Add(3*unit))
		defer cancel()
		<-ctx.Done()
		said <- due(ctx.Err().Error(), 3*unit)
	}()
	stopped := time.AfterFunc(1*unit, func() { said <- "not stopped" })
	if !stopped.Stop() {
		log.Fatal("the machine slept for so long that it could not be stopped")
	}
	go func() {
		ticker := time.NewTicker(unit / 10)
		for tick := 0; tick < 40; tick++ {
			<-ticker.C
		}
		ticker.Stop()
		said <- due("40 ticks", 4*unit)
	}()
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		client, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		// Nothing comes: the read has a deadline, and the connection can be used after it.
		client.SetReadDeadline(start.Add(5 * unit))
		_, err = client.Read(make([]byte, 1))
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			log.Fatalf("not a deadline: %v", err)
		}
		fmt.Fprintln(client, due("deadline", 5*unit))
		client.Close()
		said <- due("deadline", 5*unit)
	}()
	for range [5]int{} {
		fmt.Println(<-said)
	}
}
