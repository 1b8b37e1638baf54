// A server on net/http, with nothing in it that would not be there on any other system, but for the listener that it
// inherits. It ends when /end is asked for, after the answer.
package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{}
	ended := make(chan struct{})
	http.HandleFunc("/hello", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "hello, world\n")
	})
	http.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("X-Sha256", fmt.Sprintf("%x", sha256.Sum256(body)))
		w.Write(body)
	})
	// Three parts, each sent when it is written, and a timer between them.
	http.HandleFunc("/parts", func(w http.ResponseWriter, r *http.Request) {
		for part := 1; part <= 3; part++ {
			fmt.Fprintf(w, "part %d of %s\n", part, r.URL.Query().Get("name"))
			w.(http.Flusher).Flush()
			time.Sleep(5 * time.Millisecond)
		}
	})
	http.HandleFunc("/end", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "good bye\n")
		go func() {
			if err := server.Shutdown(context.Background()); err != nil {
				log.Fatal(err)
			}
			close(ended)
		}()
	})
	if err := server.Serve(listener); err != http.ErrServerClosed {
		log.Fatal(err)
	}
	<-ended
	fmt.Println("served")
}
