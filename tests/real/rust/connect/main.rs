//! connect HOST PORT: sends standard input to a server, then prints its answer.
use std::{env, io, process::ExitCode};
use wasmedge_wasi_socket::{Shutdown, TcpStream};

fn converse(address: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    io::copy(&mut io::stdin(), &mut stream)?;
    stream.shutdown(Shutdown::Write)?;
    io::copy(&mut stream, &mut io::stdout())?;
    Ok(())
}

fn main() -> ExitCode {
    let args: Vec<String> = env::args().collect();
    match converse(&format!("{}:{}", args[1], args[2])) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", args[1]);
            ExitCode::FAILURE
        }
    }
}
