use std::{io, net::TcpListener, os::wasi::io::FromRawFd};

fn main() -> io::Result<()> {
    let listener = unsafe { TcpListener::from_raw_fd(3) };
    for client in listener.incoming() {
        let client = client?;
        io::copy(&mut &client, &mut &client)?;
    }
    Ok(())
}
