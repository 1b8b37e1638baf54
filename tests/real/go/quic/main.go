// QUIC on quic-go, both ends. `server` prints its certificate and where it listens, and echoes every stream until a client
// closes its connection with the code 7. `client PORT` trusts the certificate on its standard input, sends so many bytes as
// each further argument says, all streams at once, and compares what comes back.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"

	"github.com/quic-go/quic-go"
	"guests/real/certificate"
	"guests/real/udp"
)

const (
	protocol = "echo"
	goodbye  = 7
)

func main() {
	log.SetFlags(0)
	var err error
	if os.Args[1] == "server" {
		err = serve()
	} else {
		err = visit(os.Args[2], os.Args[3:])
	}
	if err != nil {
		log.Fatal(err)
	}
}

func serve() error {
	own, pem, err := certificate.New()
	if err != nil {
		return err
	}
	conn, err := udp.Listen(&net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	transport := &quic.Transport{Conn: conn}
	listener, err := transport.Listen(&tls.Config{Certificates: []tls.Certificate{own}, NextProtos: []string{protocol}}, nil)
	if err != nil {
		return err
	}
	fmt.Printf("%slistening on %s\n", pem, conn.LocalAddr())
	for {
		connection, err := listener.Accept(context.Background())
		if err != nil {
			return err
		}
		go echo(connection)
	}
}

func echo(connection *quic.Conn) {
	for {
		stream, err := connection.AcceptStream(context.Background())
		var closed *quic.ApplicationError
		if errors.As(err, &closed) && closed.ErrorCode == goodbye {
			fmt.Println("closed:", closed.ErrorMessage)
			os.Exit(0)
		}
		if err != nil {
			log.Print(err)
			return
		}
		go func() {
			if _, err := io.Copy(stream, stream); err != nil {
				log.Print(err)
			}
			stream.Close()
		}()
	}
}

func visit(port string, sizes []string) error {
	pem, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return errors.New("no certificate on standard input")
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	conn, err := udp.Listen(nil)
	if err != nil {
		return err
	}
	transport := &quic.Transport{Conn: conn}
	address := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: number}
	config := &tls.Config{RootCAs: roots, ServerName: "127.0.0.1", NextProtos: []string{protocol}}
	connection, err := transport.Dial(context.Background(), address, config, nil)
	if err != nil {
		return err
	}
	var streams sync.WaitGroup
	for index, text := range sizes {
		size, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		streams.Go(func() {
			if err := exchange(connection, uint64(index), size); err != nil {
				log.Fatalf("stream %d of %d bytes: %v", index, size, err)
			}
		})
	}
	streams.Wait()
	fmt.Printf("%d streams, %s\n", len(sizes), tls.VersionName(connection.ConnectionState().TLS.Version))
	return connection.CloseWithError(goodbye, "good bye")
}

func exchange(connection *quic.Conn, seed uint64, size int) error {
	stream, err := connection.OpenStreamSync(context.Background())
	if err != nil {
		return err
	}
	sent := make([]byte, size)
	random := rand.NewPCG(seed, 1)
	for at := range sent {
		sent[at] = byte(random.Uint64())
	}
	go func() {
		if _, err := stream.Write(sent); err != nil {
			log.Fatal(err)
		}
		stream.Close()
	}()
	back, err := io.ReadAll(stream)
	if err == nil && !bytes.Equal(sent, back) {
		err = fmt.Errorf("%d other bytes came back", len(back))
	}
	return err
}
