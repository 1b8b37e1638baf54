// A server on net/http that says hello: what a host costs, when the program costs as little as Go allows. The listener is made
// non-blocking here because some hosts hand it over blocking, and Go can wait for no such descriptor without stopping.
package main

import (
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"syscall"
)

func main() {
	if err := syscall.SetNonblock(3, true); err != nil {
		log.Fatal(err)
	}
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/hello", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "hello, world\n")
	})
	log.Fatal(http.Serve(listener, nil))
}
