//! As much of an HTTP/1.1 server as the client needs: one request a connection, a thread each.
//!
//! Hand-made because of one demand that small server crates don't meet: a request that waits for another
//! conversation must never keep a third one from being read.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A client that stops in the middle of a request is gone.
const READ_LIMIT: Duration = Duration::from_secs(30);

/// One request, read to its end.
pub(super) struct HttpRequest {
    pub(super) method: String,
    /// Path without the query.
    pub(super) path: String,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// One answer.
pub(super) struct HttpResponse {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) body: String,
}

/// A listener on loopback; stops when dropped.
pub(super) struct HttpServer {
    pub(super) address: SocketAddr,
    stopping: Arc<AtomicBool>,
    listener: Option<JoinHandle<()>>,
}

impl HttpServer {
    /// Answers each request with `answer`, which may block; `sent` hears whether the answer went out.
    pub(super) fn start<T: 'static>(
        answer: impl Fn(&HttpRequest) -> (HttpResponse, T) + Send + Sync + 'static,
        sent: impl Fn(io::Result<T>) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .expect("the scripted API could not listen on loopback");
        let address = listener
            .local_addr()
            .expect("a listener on loopback has an address");
        let stopping = Arc::new(AtomicBool::new(false));
        let handlers = Arc::new((answer, sent));
        let listener = std::thread::spawn({
            let stopping = Arc::clone(&stopping);
            move || {
                for stream in listener.incoming() {
                    if stopping.load(Ordering::SeqCst) {
                        return;
                    }
                    let (Ok(stream), handlers) = (stream, Arc::clone(&handlers)) else {
                        continue;
                    };
                    std::thread::spawn(move || {
                        if let Some(result) = serve(&stream, &handlers.0).transpose() {
                            (handlers.1)(result);
                        }
                    });
                }
            }
        });
        Self {
            address,
            stopping,
            listener: Some(listener),
        }
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // The listener looks at the flag when somebody connects.
        let woken = TcpStream::connect(self.address).is_ok();
        if let (true, Some(listener)) = (woken, self.listener.take()) {
            // A listener that panicked has nothing more to say here.
            drop(listener.join());
        }
    }
}

impl HttpRequest {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Answers the one request of a connection; none came when the peer closed it at once.
fn serve<T>(
    stream: &TcpStream,
    answer: &impl Fn(&HttpRequest) -> (HttpResponse, T),
) -> io::Result<Option<T>> {
    stream.set_read_timeout(Some(READ_LIMIT))?;
    let Some(request) = read_request(stream)? else {
        return Ok(None);
    };
    let (response, done) = answer(&request);
    write_response(stream, &response)?;
    Ok(Some(done))
}

fn read_request(stream: &TcpStream) -> io::Result<Option<HttpRequest>> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let (method, target) = (words.next(), words.next());
    let (Some(method), Some(target)) = (method.map(str::to_owned), target.map(str::to_owned))
    else {
        return Err(io::Error::other(format!("no request line: {line:?}")));
    };
    let mut request = HttpRequest {
        method,
        path: target.split('?').next().unwrap_or_default().to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => {
                let header = (name.to_owned(), value.trim().to_owned());
                request.headers.push(header);
            }
            None => break,
        }
    }
    if request.header("transfer-encoding").is_some() {
        return Err(io::Error::other("a body without content-length"));
    }
    let length = request.header("content-length").unwrap_or("0");
    let length = length.parse().map_err(io::Error::other)?;
    request.body.resize(length, 0);
    reader.read_exact(&mut request.body)?;
    Ok(Some(request))
}

fn write_response(mut stream: &TcpStream, response: &HttpResponse) -> io::Result<()> {
    let HttpResponse {
        status,
        content_type,
        body,
    } = response;
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} Scripted\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    )?;
    stream.flush()
}
