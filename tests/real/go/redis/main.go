// A server of the Redis protocol on tidwall/redcon: a map, and how often it was asked for what.
package main

import (
	"log"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/tidwall/redcon"
)

func main() {
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		log.Fatal(err)
	}
	var lock sync.Mutex
	values := map[string][]byte{}
	calls := map[string]int{}
	handle := func(client redcon.Conn, command redcon.Command) {
		lock.Lock()
		defer lock.Unlock()
		name, args := strings.ToLower(string(command.Args[0])), command.Args[1:]
		calls[name]++
		switch {
		case name == "ping":
			client.WriteString("PONG")
		case name == "echo" && len(args) == 1:
			client.WriteBulk(args[0])
		case name == "set" && len(args) == 2:
			values[string(args[0])] = append([]byte(nil), args[1]...)
			client.WriteString("OK")
		case name == "get" && len(args) == 1:
			if value, ok := values[string(args[0])]; ok {
				client.WriteBulk(value)
			} else {
				client.WriteNull()
			}
		case name == "incr" && len(args) == 1:
			number, err := strconv.Atoi("0" + string(values[string(args[0])]))
			if err != nil {
				client.WriteError("ERR value is not an integer or out of range")
				return
			}
			values[string(args[0])] = []byte(strconv.Itoa(number + 1))
			client.WriteInt(number + 1)
		case name == "del" && len(args) == 1:
			_, ok := values[string(args[0])]
			delete(values, string(args[0]))
			client.WriteInt(map[bool]int{true: 1}[ok])
		case name == "keys":
			client.WriteArray(len(values))
			for key := range values {
				client.WriteBulkString(key)
			}
		case name == "calls" && len(args) == 1:
			client.WriteInt(calls[string(args[0])])
		case name == "config", name == "command": // redis-benchmark and redis-cli ask, and go on without
			client.WriteArray(0)
		case name == "shutdown":
			os.Exit(0)
		default:
			client.WriteError("ERR unknown command '" + name + "' with " + strconv.Itoa(len(args)) + " arguments")
		}
	}
	accept := func(redcon.Conn) bool { return true }
	closed := func(redcon.Conn, error) {}
	log.Fatal(redcon.Serve(listener, handle, accept, closed))
}
