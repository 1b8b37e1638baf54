// Reads standard input and sockets at once, each in a goroutine of its own: a line of the input goes to every client, a line
// of a client to standard output. Ends when the input does, and closes every connection then.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"os"
	"sync"
)

var (
	lock    sync.Mutex
	clients = map[net.Conn]bool{}
)

func serve(client net.Conn) {
	lock.Lock()
	clients[client] = true
	fmt.Printf("client %d\n", len(clients))
	lock.Unlock()
	for lines := bufio.NewScanner(client); lines.Scan(); {
		fmt.Printf("< %s\n", lines.Text())
	}
	lock.Lock()
	delete(clients, client)
	fmt.Printf("gone, %d left\n", len(clients))
	lock.Unlock()
	client.Close()
}

func main() {
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				log.Fatal(err)
			}
			go serve(client)
		}
	}()
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		lock.Lock()
		for client := range clients {
			fmt.Fprintf(client, "> %s\n", lines.Text())
		}
		lock.Unlock()
	}
	lock.Lock()
	for client := range clients {
		client.Close()
	}
	fmt.Printf("end of input, %d clients\n", len(clients))
}
