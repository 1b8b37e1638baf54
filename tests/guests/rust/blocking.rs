//! A server of the standard library's, one client after the other, every call of which may sleep: takes all that a client
//! says until it has finished, and gives it back in reverse. Ends after as many clients as its argument says.
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::wasi::io::FromRawFd;

fn main() -> std::io::Result<()> {
    let clients: usize = std::env::args().nth(1).map_or(1, |text| text.parse().expect("a number of clients"));
    // Descriptor 3 is the listener that the host opened, and nobody else's.
    let listener = unsafe { TcpListener::from_raw_fd(3) };
    for stream in listener.incoming().take(clients) {
        let mut stream = stream?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        bytes.reverse();
        stream.write_all(&bytes)?;
        println!("{} bytes", bytes.len());
    }
    Ok(())
}
