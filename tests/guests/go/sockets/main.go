// Listens and connects by itself with github.com/stealthrocket/net, which makes WasmEdge's calls: at a port that the system has
// chosen, at one that is taken, and as datagrams.
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/stealthrocket/net/wasip1"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func echo(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			io.Copy(connection, connection)
			connection.Close()
		}()
	}
}

func main() {
	listener, err := wasip1.Listen("tcp", "127.0.0.1:0")
	check(err)
	address := listener.Addr().(*net.TCPAddr)
	fmt.Println("chosen:", address.Port != 0)
	go echo(listener)

	_, err = wasip1.Listen("tcp", address.String())
	fmt.Println("taken:", errors.Is(err, syscall.EADDRINUSE))

	connection, err := wasip1.Dial("tcp", address.String())
	check(err)
	fmt.Println("from a port:", connection.LocalAddr().(*net.TCPAddr).Port != 0)
	_, err = connection.Write([]byte("hello"))
	check(err)
	check(connection.(interface{ CloseWrite() error }).CloseWrite())
	answer, err := io.ReadAll(connection)
	check(err)
	fmt.Println("echoed:", string(answer))

	one, err := wasip1.ListenPacket("udp", "127.0.0.1:0")
	check(err)
	other, err := wasip1.ListenPacket("udp", "127.0.0.1:0")
	check(err)
	_, err = other.WriteTo([]byte("a datagram"), one.LocalAddr())
	check(err)
	buffer := make([]byte, 64)
	count, from, err := one.ReadFrom(buffer)
	check(err)
	fmt.Println("received:", string(buffer[:count]), from.String() == other.LocalAddr().String())
}
