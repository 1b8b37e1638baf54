//! A server on axum, hyper and tokio, on the listener that it inherits.
use std::{io, net::TcpListener, os::fd::FromRawFd, process, time::Duration};

use axum::{
    body::Bytes,
    extract::{DefaultBodyLimit, Path},
    routing::{get, post},
    Router,
};

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = unsafe { TcpListener::from_raw_fd(3) };
        listener.set_nonblocking(true)?;
        let app = Router::new()
            .route("/hello", get(|| async { "hello, world\n" }))
            .route("/echo", post(|body: Bytes| async { body }))
            .route("/after/{milliseconds}", get(after))
            .route("/end", get(end))
            .layer(DefaultBodyLimit::disable());
        axum::serve(tokio::net::TcpListener::from_std(listener)?, app).await
    })
}

async fn after(Path(milliseconds): Path<u64>) -> String {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    format!("after {milliseconds} ms\n")
}

async fn end() -> &'static str {
    process::exit(0)
}

// The standard library of Rust 1.96 has pthread_join and pthread_detach beside threads that WASI does not have, and the libc
// that Debian has for it is older than these two.
#[no_mangle]
extern "C" fn pthread_join(_thread: usize, _value: usize) -> i32 {
    unreachable!("no thread was made")
}

#[no_mangle]
extern "C" fn pthread_detach(_thread: usize) -> i32 {
    unreachable!("no thread was made")
}
