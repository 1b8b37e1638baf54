// Listens at a Unix socket with github.com/stealthrocket/net, which makes WasmEdge's calls, and connects to it.
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

func main() {
	path := os.Args[1]
	listener, err := wasip1.Listen("unix", path)
	check(err)
	fmt.Println("listens there:", listener.Addr().Network(), listener.Addr().String() == path)

	_, err = wasip1.Listen("unix", path)
	fmt.Println("taken:", errors.Is(err, syscall.EADDRINUSE))

	go func() {
		server, err := listener.Accept()
		check(err)
		io.Copy(server, server)
		server.Close()
	}()
	connection, err := wasip1.Dial("unix", path)
	check(err)
	fmt.Println("connected there:", connection.RemoteAddr().(*net.UnixAddr).Name == path)
	_, err = connection.Write([]byte("hello"))
	check(err)
	check(connection.(interface{ CloseWrite() error }).CloseWrite())
	answer, err := io.ReadAll(connection)
	check(err)
	fmt.Println("echoed:", string(answer))

	_, err = wasip1.Dial("unix", path+"-elsewhere")
	fmt.Println("not granted:", errors.Is(err, syscall.EACCES))
}
