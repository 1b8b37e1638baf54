//go:build getaddrinfo

// connect HOST PORT: sends standard input to a server, then prints its answer.
package main

import (
	"fmt"
	"io"
	"net"
	"os"

	"github.com/stealthrocket/net/wasip1"
)

func converse(address string) error {
	connection, err := wasip1.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer connection.Close()
	if _, err := io.Copy(connection, os.Stdin); err != nil {
		return err
	}
	if err := connection.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		return err
	}
	_, err = io.Copy(os.Stdout, connection)
	return err
}

func main() {
	if err := converse(net.JoinHostPort(os.Args[1], os.Args[2])); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
