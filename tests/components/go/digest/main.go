// Goroutines over what preview1 has without sockets: standard input, timers, files, environment, arguments, random bytes.
package main

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"
)

func main() {
	log.SetFlags(0)
	folder := os.Args[1]
	fmt.Println("hello,", os.Getenv("NAME"))
	start := time.Now()
	ticks := make(chan int)
	go func() {
		ticker := time.NewTicker(5 * time.Millisecond)
		for tick := 1; tick <= 10; tick++ {
			<-ticker.C
		}
		ticks <- int(time.Since(start) / (50 * time.Millisecond))
	}()
	lines := make(chan string)
	go func() {
		for scanner := bufio.NewScanner(os.Stdin); scanner.Scan(); {
			lines <- scanner.Text()
		}
		close(lines)
	}()
	count := 0
	for line := range lines {
		count++
		name := filepath.Join(folder, fmt.Sprintf("line-%03d", count))
		if err := os.WriteFile(name, []byte(line), 0o644); err != nil {
			log.Fatal(err)
		}
	}
	if waited := <-ticks; waited < 1 {
		log.Fatal("the ticks came early")
	}
	sum := sha256.New()
	entries, err := os.ReadDir(folder)
	if err != nil {
		log.Fatal(err)
	}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			log.Fatal(err)
		}
		sum.Write(content)
	}
	fmt.Printf("%d files, %x\n", len(entries), sum.Sum(nil))
	some := make([]byte, 32)
	if _, err := rand.Read(some); err != nil || string(some) == string(make([]byte, 32)) {
		log.Fatal("not random")
	}
	if _, err := os.ReadFile(filepath.Join(folder, "../secret")); err == nil {
		log.Fatal("out of its folder")
	}
}
