package main

import (
	"io"
	"log"
	"net"
	"os"
)

func main() {
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	for err == nil {
		var client net.Conn
		if client, err = listener.Accept(); err == nil {
			go func() {
				io.Copy(client, client)
				client.Close()
			}()
		}
	}
	log.Fatal(err)
}
