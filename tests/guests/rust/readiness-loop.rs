//! A loop on one thread, as mio has it: every descriptor is non-blocking and has a token, and `Poll` is WASI's own
//! poll_oneoff, declared here, because the standard library has none, as it has no set_nonblocking for WASI in Rust 1.63.
//! Echoes until as many clients have come and gone as its argument says.
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::wasi::io::{AsRawFd, FromRawFd};

const LISTENER: u64 = 0;
const CLOCK: u64 = u64::MAX;
const MONOTONIC: u32 = 1;
const FD_READ: u8 = 1;
const FD_WRITE: u8 = 2;
const NONBLOCK: u16 = 4;

/// The witx's `subscription`: 48 bytes.
#[repr(C)]
struct Subscription {
    token: u64,
    tag: u8,
    of: Subject,
}

/// A clock's number and time, or a descriptor's number alone.
#[repr(C)]
struct Subject {
    id: u32,
    timeout: u64,
    precision: u64,
    flags: u16,
}

/// The witx's `event`: 32 bytes.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Event {
    token: u64,
    error: u16,
    kind: u8,
    bytes: u64,
    flags: u16,
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
extern "C" {
    fn fd_fdstat_set_flags(fd: u32, flags: u16) -> u16;
    fn poll_oneoff(subscriptions: *const Subscription, events: *mut Event, count: usize, got: *mut usize) -> u16;
}

fn checked(errno: u16) -> std::io::Result<()> {
    if errno == 0 { Ok(()) } else { Err(std::io::Error::from_raw_os_error(errno.into())) }
}

fn set_nonblocking(socket: &impl AsRawFd) -> std::io::Result<()> {
    checked(unsafe { fd_fdstat_set_flags(socket.as_raw_fd() as u32, NONBLOCK) })
}

fn subscription(token: u64, tag: u8, id: u32, timeout: u64) -> Subscription {
    Subscription { token, tag, of: Subject { id, timeout, precision: 0, flags: 0 } }
}

struct Connection {
    stream: TcpStream,
    /// What came and has not gone back yet.
    held: Vec<u8>,
}

impl Connection {
    /// Moves what can be moved. False when the client has gone.
    fn turn(&mut self) -> std::io::Result<bool> {
        let mut bytes = [0; 8192];
        loop {
            while !self.held.is_empty() {
                match self.stream.write(&self.held) {
                    Ok(went) => drop(self.held.drain(..went)),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
                    Err(error) => return Err(error),
                }
            }
            match self.stream.read(&mut bytes) {
                Ok(0) => return Ok(false),
                Ok(got) => self.held.extend_from_slice(&bytes[..got]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
                Err(error) => return Err(error),
            }
        }
    }
}

fn main() -> std::io::Result<()> {
    let mut left: usize = std::env::args().nth(1).map_or(1, |text| text.parse().expect("a number of clients"));
    let listener = unsafe { TcpListener::from_raw_fd(3) };
    set_nonblocking(&listener)?;
    let mut connections = BTreeMap::new();
    let mut next = LISTENER + 1;
    while left > 0 {
        // A clock that is due in a minute stands beside the others, and no test waits for it.
        let mut watched = vec![
            subscription(CLOCK, 0, MONOTONIC, 60_000_000_000),
            subscription(LISTENER, FD_READ, 3, 0),
        ];
        for (&token, Connection { stream, held }) in &connections {
            let tag = if held.is_empty() { FD_READ } else { FD_WRITE };
            watched.push(subscription(token, tag, stream.as_raw_fd() as u32, 0));
        }
        let mut events = vec![Event::default(); watched.len()];
        let mut got = 0;
        checked(unsafe { poll_oneoff(watched.as_ptr(), events.as_mut_ptr(), watched.len(), &mut got) })?;
        for event in &events[..got] {
            assert_eq!(event.error, 0, "token {}", event.token);
            assert_ne!(event.token, CLOCK, "nothing came for a minute");
            if event.token != LISTENER {
                let connection: &mut Connection = connections.get_mut(&event.token).expect("a token that is in use");
                if !connection.turn()? {
                    connections.remove(&event.token);
                    left -= 1;
                }
                continue;
            }
            loop {
                match listener.accept() {
                    Ok((stream, _)) => {
                        set_nonblocking(&stream)?;
                        connections.insert(next, Connection { stream, held: Vec::new() });
                        next += 1;
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(error) => return Err(error),
                }
            }
        }
    }
    println!("{} clients", next - 1);
    Ok(())
}
