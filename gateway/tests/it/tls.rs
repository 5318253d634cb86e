//! Upstreams behind TLS: who is trusted, and both protocols.

use crate::house::{Change, House, chat, live};
use crate::upstream::chat_answer;
use bytes::Bytes;
use gnomon_gateway::{Live, Origin};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// A certificate authority, in memory.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A server's configuration for `localhost`.
fn server(authority: &CertifiedIssuer<'static, KeyPair>, alpn: &[&str]) -> TlsAcceptor {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let mut config = builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}

/// An HTTP/1.1 server that answers every request alike.
async fn http1(acceptor: TlsAcceptor) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = Vec::new();
            while !request.ends_with(b"}") && stream.read_buf(&mut request).await.unwrap_or(0) > 0 {}
            let body = chat_answer("over TLS");
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    address
}

/// An HTTP/2 server that answers every request alike.
async fn http2(acceptor: TlsAcceptor) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve_http2(acceptor.clone(), stream, address));
        }
    });
    address
}

async fn serve_http2(acceptor: TlsAcceptor, stream: TcpStream, address: SocketAddr) {
    let mut connection = h2::server::handshake(acceptor.accept(stream).await.unwrap()).await.unwrap();
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        let expected = format!("https://localhost:{}/v1/chat/completions?x=1", address.port());
        assert_eq!(request.uri().to_string(), expected);
        let head = http::Response::builder().header("content-type", "application/json").body(()).unwrap();
        let mut body = respond.send_response(head, false).unwrap();
        body.send_data(Bytes::from(chat_answer("over HTTP/2")), true).unwrap();
    }
}

fn over_tls(address: SocketAddr, ca_file: Option<&Path>) -> Live {
    let mut live = live(address);
    live.upstream().origin = Origin::parse(&format!("https://localhost:{}", address.port())).unwrap();
    live.upstream().ca_file = ca_file.map(Path::to_owned);
    live
}

#[tokio::test]
async fn an_upstream_is_trusted_by_its_own_authority_only() {
    let (right, wrong) = (authority(), authority());
    let folder = tempfile::tempdir().unwrap();
    let (right_file, wrong_file) = (folder.path().join("right.pem"), folder.path().join("wrong.pem"));
    std::fs::write(&right_file, right.pem()).unwrap();
    std::fs::write(&wrong_file, wrong.pem()).unwrap();
    for (ca_file, status) in [(Some(right_file.as_path()), 200), (Some(wrong_file.as_path()), 400), (None, 400)] {
        let address = http1(server(&right, &[])).await;
        let house = House::start(over_tls(address, ca_file));
        let reply = house.post("/v1/chat/completions", &chat("hello", false)).await;
        assert_eq!(reply.status.as_u16(), status, "{ca_file:?}");
    }
}

#[tokio::test]
async fn an_upstream_may_speak_http2() {
    let authority = authority();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, authority.pem()).unwrap();
    let address = http2(server(&authority, &["h2"])).await;
    let mut live = over_tls(address, Some(&file));
    live.upstream().http2 = true;
    let house = House::start(live);
    for _ in 0..2 {
        let reply = house.post("/v1/chat/completions?x=1", &chat("hello", false)).await;
        assert_eq!(reply.status.as_u16(), 200);
        assert!(reply.text().await.contains("over HTTP/2"));
    }
}
