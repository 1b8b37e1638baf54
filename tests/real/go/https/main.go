// net/http over TLS 1.3, by HTTP/1.1 and HTTP/2. It prints its certificate, which is its own authority.
package main

import (
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"guests/real/certificate"
)

func main() {
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		log.Fatal(err)
	}
	own, pem, err := certificate.New()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(pem)
	http.HandleFunc("/hello", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "hello %s over %s, %s\n", r.URL.Query().Get("name"), r.Proto, tls.VersionName(r.TLS.Version))
	})
	http.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		hash := sha256.New()
		body, err := io.ReadAll(io.TeeReader(r.Body, hash))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("X-Sha256", fmt.Sprintf("%x", hash.Sum(nil)))
		w.Write(body)
	})
	http.HandleFunc("/parts", func(w http.ResponseWriter, r *http.Request) {
		for part := 1; part <= 3; part++ {
			fmt.Fprintln(w, "part", part)
			w.(http.Flusher).Flush()
			time.Sleep(5 * time.Millisecond)
		}
	})
	http.HandleFunc("/end", func(http.ResponseWriter, *http.Request) { os.Exit(0) })
	server := &http.Server{TLSConfig: &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS13}}
	log.Fatal(server.ServeTLS(listener, "", ""))
}
