// A WebSocket server on gorilla/websocket and net/http: every message comes back, and a close with its code and reason.
package main

import (
	"log"
	"net"
	"net/http"
	"os"

	"github.com/gorilla/websocket"
)

func main() {
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		log.Fatal(err)
	}
	upgrader := websocket.Upgrader{Subprotocols: []string{"echo"}}
	http.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		socket, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			log.Print(err)
			return
		}
		defer socket.Close()
		socket.SetCloseHandler(func(code int, reason string) error {
			return socket.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason))
		})
		for {
			kind, message, err := socket.ReadMessage()
			if err != nil {
				return
			}
			if err := socket.WriteMessage(kind, message); err != nil {
				log.Print(err)
				return
			}
		}
	})
	http.HandleFunc("/end", func(http.ResponseWriter, *http.Request) { os.Exit(0) })
	log.Fatal(http.Serve(listener, nil))
}
