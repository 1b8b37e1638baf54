// Package udp is a net.PacketConn over WasmEdge's calls: Go's own net package opens no sockets on wasip1.
//
// The descriptor is NONBLOCK, and Go's poller waits for it: os.File has deadlines and a RawConn whose callbacks try again.
package udp

import (
	"net"
	"os"
	"syscall"
	"time"
	"unsafe"
)

const (
	inet4    = 1
	datagram = 1
)

// A Go pointer has 64 bits in memory, WASI's have 32.
type slice struct{ at, length uint32 }

type tagged struct {
	family uint16
	ip     [126]byte
}

//go:wasmimport wasi_snapshot_preview1 sock_open
func sock_open(family, kind int32, fd unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 sock_bind
func sock_bind(fd int32, address unsafe.Pointer, port uint32) uint32

//go:wasmimport wasi_snapshot_preview1 sock_getlocaladdr
func sock_getlocaladdr(fd int32, address, port unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 sock_send_to
func sock_send_to(fd int32, buffers unsafe.Pointer, count int32, address unsafe.Pointer, port, flags int32, sent unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 sock_recv_from
func sock_recv_from(fd int32, buffers unsafe.Pointer, count int32, address unsafe.Pointer, flags int32, port, got, out unsafe.Pointer) uint32

// half is what the calls of one direction are given: on the heap, where nothing moves.
type half struct {
	address tagged
	pointer slice
	buffer  slice
	port    uint32
	count   uint32
	flags   uint16
}

// Conn is a socket for datagrams.
type Conn struct {
	file             *os.File
	raw              syscall.RawConn
	receive, sending half
}

// Listen opens a socket; with an address it is bound to that, else it has the name that its first datagram gives it.
func Listen(address *net.UDPAddr) (*Conn, error) {
	var fd int32
	if errno := sock_open(inet4, datagram, unsafe.Pointer(&fd)); errno != 0 {
		return nil, os.NewSyscallError("sock_open", syscall.Errno(errno))
	}
	conn := &Conn{}
	for _, half := range []*half{&conn.receive, &conn.sending} {
		half.pointer = slice{uint32(uintptr(unsafe.Pointer(&half.address))), 128}
	}
	if address != nil {
		conn.sending.address.set(address.IP)
		if errno := sock_bind(fd, unsafe.Pointer(&conn.sending.pointer), uint32(address.Port)); errno != 0 {
			return nil, os.NewSyscallError("sock_bind", syscall.Errno(errno))
		}
	}
	if err := syscall.SetNonblock(int(fd), true); err != nil {
		return nil, err
	}
	conn.file = os.NewFile(uintptr(fd), "udp")
	raw, err := conn.file.SyscallConn()
	conn.raw = raw
	return conn, err
}

func (address *tagged) set(ip net.IP) {
	address.family = inet4
	copy(address.ip[:], ip.To4())
}

func (address *tagged) get(port int) *net.UDPAddr {
	return &net.UDPAddr{IP: net.IPv4(address.ip[0], address.ip[1], address.ip[2], address.ip[3]), Port: port}
}

func (half *half) place(bytes []byte) {
	half.buffer = slice{uint32(uintptr(unsafe.Pointer(unsafe.SliceData(bytes)))), uint32(len(bytes))}
}

func (c *Conn) ReadFrom(bytes []byte) (int, net.Addr, error) {
	half := &c.receive
	var errno uint32
	err := c.raw.Read(func(fd uintptr) bool {
		half.place(bytes)
		errno = sock_recv_from(int32(fd), unsafe.Pointer(&half.buffer), 1, unsafe.Pointer(&half.pointer), 0,
			unsafe.Pointer(&half.port), unsafe.Pointer(&half.count), unsafe.Pointer(&half.flags))
		return syscall.Errno(errno) != syscall.EAGAIN
	})
	if err == nil && errno != 0 {
		err = os.NewSyscallError("sock_recv_from", syscall.Errno(errno))
	}
	if err != nil {
		return 0, nil, err
	}
	return int(half.count), half.address.get(int(uint16(half.port))), nil
}

func (c *Conn) WriteTo(bytes []byte, to net.Addr) (int, error) {
	half, address := &c.sending, to.(*net.UDPAddr)
	var errno uint32
	err := c.raw.Write(func(fd uintptr) bool {
		half.place(bytes)
		half.address.set(address.IP)
		errno = sock_send_to(int32(fd), unsafe.Pointer(&half.buffer), 1, unsafe.Pointer(&half.pointer), int32(address.Port), 0,
			unsafe.Pointer(&half.count))
		return syscall.Errno(errno) != syscall.EAGAIN
	})
	if err == nil && errno != 0 {
		err = os.NewSyscallError("sock_send_to", syscall.Errno(errno))
	}
	if err != nil {
		return 0, err
	}
	return int(half.count), nil
}

// LocalAddr is called by any goroutine: it has its own memory.
func (c *Conn) LocalAddr() net.Addr {
	name := &half{}
	name.pointer = slice{uint32(uintptr(unsafe.Pointer(&name.address))), 128}
	c.raw.Control(func(fd uintptr) {
		if errno := sock_getlocaladdr(int32(fd), unsafe.Pointer(&name.pointer), unsafe.Pointer(&name.port)); errno != 0 {
			panic(os.NewSyscallError("sock_getlocaladdr", syscall.Errno(errno)))
		}
	})
	return name.address.get(int(name.port))
}

func (c *Conn) Close() error                       { return c.file.Close() }
func (c *Conn) SetDeadline(t time.Time) error      { return c.file.SetDeadline(t) }
func (c *Conn) SetReadDeadline(t time.Time) error  { return c.file.SetReadDeadline(t) }
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.file.SetWriteDeadline(t) }
