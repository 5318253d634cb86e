//! Reads a request's body whole, within limits of size and time.
//!
//! Pingora's own buffer ends at 64 KiB and its HTTP/2 reads have no timeout; so the gateway keeps the body itself.

use crate::client::Client;
use crate::head;
use crate::live::Limits;
use crate::memory::Share;
use crate::refusal::{Refusal, Stop};
use bytes::{Bytes, BytesMut};
use gnomon_types::code::Code;
use http::{HeaderMap, Version, header};
use pingora::http::ResponseHeader;
use pingora::{Error, ErrorType};
use std::time::Duration;

/// Memory set aside for a body before its first byte came: a length that is only claimed costs no more than this.
const RESERVED_BYTES_MAX: usize = 64 * 1024;

/// What is read and thrown away of a body that will not be used, so that the client gets to read the denial rather
/// than a reset connection.
const DISCARDED_BYTES_MAX: usize = 1024 * 1024;
const DISCARD_TIME: Duration = Duration::from_secs(2);

/// Reads the body.
///
/// # Errors
/// [`Code::TooLarge`], [`Code::InvalidRequest`] for an encoded or late body; [`Stop::Gone`] when the client left.
pub(crate) async fn read(
    client: &mut Client,
    bytes_max: usize,
    limits: &Limits,
    mut share: Share,
) -> Result<(Bytes, Share), Stop> {
    let claimed = check(&client.request().headers, bytes_max)?;
    invite(client).await?;
    let mut body = BytesMut::with_capacity(claimed.min(RESERVED_BYTES_MAX));
    let reading = async {
        while let Some(piece) = client.session().read_request_body().await.map_err(|error| interrupted(&error))? {
            if body.len().saturating_add(piece.len()) > bytes_max {
                return Err(Stop::from(too_large(bytes_max)));
            }
            share.grow(piece.len()).await;
            body.extend_from_slice(&piece);
        }
        Ok(())
    };
    match tokio::time::timeout(Duration::from_millis(limits.body_ms), reading).await {
        Ok(done) => done.map(|()| (body.freeze(), share)),
        Err(_) => Err(late()),
    }
}

/// Pingora's own timeout of a single read may fire before ours of the whole.
fn interrupted(error: &Error) -> Stop {
    if error.etype == ErrorType::ReadTimedout { late() } else { Stop::Gone }
}

fn late() -> Stop {
    Refusal::new(Code::InvalidRequest, "request-body", "the body did not arrive in time").closing().into()
}

/// Reads and drops a bounded part of a body that nobody wants.
pub(crate) async fn discard(client: &mut Client) {
    let mut left = DISCARDED_BYTES_MAX;
    let reading = async {
        while let Ok(Some(piece)) = client.session().read_request_body().await {
            left = left.saturating_sub(piece.len());
            if left == 0 {
                break;
            }
        }
    };
    // Whatever is left over ends with the connection.
    let _ = tokio::time::timeout(DISCARD_TIME, reading).await;
}

fn check(headers: &HeaderMap, bytes_max: usize) -> Result<usize, Refusal> {
    // A compressed body would have to be opened to be judged, and then other bytes than the received ones would leave.
    if let Some(coding) = headers.get_all(header::CONTENT_ENCODING).iter().find(|coding| head::is_coding(coding)) {
        let known = coding.to_str().ok().filter(|coding| coding.len() < 20).unwrap_or("this");
        let message =
            format!("compressed request bodies ({known}) are not taken: send the body without content-encoding");
        return Err(Refusal::new(Code::InvalidRequest, "request-body", message).closing());
    }
    let claimed = head::text(headers, "content-length").and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    if claimed > bytes_max { Err(too_large(bytes_max)) } else { Ok(claimed) }
}

fn too_large(bytes_max: usize) -> Refusal {
    Refusal::new(
        Code::TooLarge,
        "request-body",
        format!("the body is larger than the {bytes_max} bytes that this route takes"),
    )
    .closing()
}

/// Answers `Expect: 100-continue`, which Pingora leaves to whoever reads the body.
async fn invite(client: &mut Client) -> Result<(), Stop> {
    let request = client.request();
    let expects = head::text(&request.headers, header::EXPECT.as_str())
        .is_some_and(|value| value.eq_ignore_ascii_case("100-continue"));
    if !expects || request.version != Version::HTTP_11 {
        return Ok(());
    }
    let session = client.session();
    // Without this Pingora takes the interim answer for one that came before the body's end and closes afterwards.
    session.set_close_on_response_before_downstream_finish(false);
    let head = ResponseHeader::build(100, Some(0)).map_err(|_| Stop::Gone)?;
    session.write_response_header(Box::new(head)).await.map_err(|_| Stop::Gone)?;
    session.set_close_on_response_before_downstream_finish(true);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_str(value).unwrap());
        headers
    }

    #[test]
    fn refuses_by_the_head_what_need_not_be_read() {
        for (name, value, expected) in [
            ("content-length", "11", Err(Code::TooLarge)),
            ("content-length", "10", Ok(10)),
            ("content-encoding", "zstd", Err(Code::InvalidRequest)),
            ("content-encoding", "identity", Ok(0)),
        ] {
            let result = check(&headers(name, value), 10).map_err(|refusal| refusal.code);
            assert_eq!(result, expected, "{name}: {value}");
        }
    }

    #[test]
    fn a_coding_does_not_hide_behind_another_or_behind_odd_bytes() {
        let mut both = headers("content-encoding", "identity");
        both.append("content-encoding", HeaderValue::from_static("gzip"));
        assert!(check(&both, 10).is_err());
        both.insert("content-encoding", HeaderValue::from_bytes(b"gzip, \xff").unwrap());
        assert!(check(&both, 10).is_err());
    }
}
