//! connect-tokio HOST PORT: sends standard input to a server, then prints its answer, on WasmEdge's port of tokio.
use std::{
    env,
    io::{self, Read, Write},
    process::ExitCode,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime,
};

async fn converse(address: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes)?;
    stream.write_all(&bytes).await?;
    stream.shutdown().await?;
    bytes.clear();
    stream.read_to_end(&mut bytes).await?;
    io::stdout().write_all(&bytes)
}

fn main() -> ExitCode {
    let args: Vec<String> = env::args().collect();
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match runtime.block_on(converse(&format!("{}:{}", args[1], args[2]))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", args[1]);
            ExitCode::FAILURE
        }
    }
}

// As in axum-server: the libc that Debian has for WASI is older than these two.
#[no_mangle]
extern "C" fn pthread_join(_thread: usize, _value: usize) -> i32 {
    unreachable!("no thread was made")
}

#[no_mangle]
extern "C" fn pthread_detach(_thread: usize) -> i32 {
    unreachable!("no thread was made")
}
