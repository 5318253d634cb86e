//! Clients that speak HTTP/2 without TLS.

use crate::house::{House, chat, key, live};
use crate::upstream::{Upstream, chat_answer, chat_event};
use bytes::Bytes;
use h2::client::SendRequest;
use http::Request;
use tokio::net::TcpStream;

async fn connect(house: &House) -> SendRequest<Bytes> {
    let stream = TcpStream::connect(house.address).await.unwrap();
    let (sender, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    sender.ready().await.unwrap()
}

fn send(sender: &mut SendRequest<Bytes>, body: &str) -> h2::client::ResponseFuture {
    let request = Request::post("http://gateway.test/v1/chat/completions").header("x-api-key", key());
    let (response, mut stream) = sender.send_request(request.body(()).unwrap(), false).unwrap();
    stream.send_data(Bytes::from(body.to_owned()), true).unwrap();
    response
}

#[tokio::test]
async fn requests_share_a_connection_and_a_reset_cancels_the_upstream() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let mut sender = connect(&house).await;
    let first = send(&mut sender, &chat("first", false));
    let exchange = upstream.next().await;
    let second = send(&mut sender, &chat("second", true));
    let mut streaming = upstream.next().await;
    exchange.answer(200, "application/json", &chat_answer("one")).await;
    let response = first.await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(response.into_body().data().await.unwrap().unwrap(), chat_answer("one"));
    streaming.begin_events().await;
    streaming.chunk(chat_event("some words flowing ")).await;
    let mut body = second.await.unwrap().into_body();
    assert_eq!(body.data().await.unwrap().unwrap(), chat_event("some words flowing "));
    drop(body);
    streaming.closed().await;
    let mut ends: Vec<String> = house.outcomes(2).await.into_iter().map(|outcome| outcome.end).collect();
    ends.sort();
    assert_eq!(ends, ["client_gone", "complete"]);
}

#[tokio::test]
async fn a_stream_whose_upstream_dies_is_reset() {
    let mut upstream = Upstream::start().await;
    let house = House::start(live(upstream.address));
    let mut sender = connect(&house).await;
    let response = send(&mut sender, &chat("hello", true));
    let mut exchange = upstream.next().await;
    exchange.begin_events().await;
    exchange.chunk(chat_event("some words flowing ")).await;
    let mut body = response.await.unwrap().into_body();
    body.data().await.unwrap().unwrap();
    drop(exchange);
    assert!(body.data().await.unwrap().is_err());
    assert_eq!(house.outcome().await.end, "upstream_error");
}
