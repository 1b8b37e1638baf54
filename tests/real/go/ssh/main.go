// An SSH server on gliderlabs/ssh. Its one argument is the public key that may come in, as authorized_keys has it; it prints
// its own. A session echoes its input, says what it was told, or exits with a status.
package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/gliderlabs/ssh"
	gossh "golang.org/x/crypto/ssh"
)

func main() {
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		log.Fatal(err)
	}
	allowed, _, _, _, err := ssh.ParseAuthorizedKey([]byte(os.Args[1]))
	if err != nil {
		log.Fatal(err)
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := gossh.NewSignerFromKey(private)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print("host key ", string(gossh.MarshalAuthorizedKey(signer.PublicKey())))

	server := &ssh.Server{
		Handler: func(session ssh.Session) {
			command := session.Command()
			switch {
			case len(command) == 1 && command[0] == "cat":
				io.Copy(session, session)
			case len(command) > 1 && command[0] == "say":
				fmt.Fprintln(session, session.User(), strings.Join(command[1:], " "))
			case len(command) == 2 && command[0] == "exit":
				status, _ := strconv.Atoi(command[1])
				fmt.Fprintln(session.Stderr(), "exiting with", status)
				session.Exit(status)
			case len(command) == 1 && command[0] == "shutdown":
				session.Exit(0)
				session.Close()
				os.Exit(0)
			default:
				session.Exit(127)
			}
		},
		PublicKeyHandler: func(_ ssh.Context, key ssh.PublicKey) bool { return ssh.KeysEqual(key, allowed) },
	}
	server.AddHostKey(signer)
	log.Fatal(server.Serve(listener))
}
