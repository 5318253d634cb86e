//! One question to the model: a chat completion over the pooled connections that requests are forwarded on. Nothing of the
//! answer is followed, kept or shown; it is an opinion or none.

use super::bench::Bench;
use super::{Asker, Cause, JudgeModel};
use crate::exchange::{self, Answer, ExchangeError, ReadError};
use crate::identify;
use bytes::{Bytes, BytesMut};
use gnomon_policy::{Opinion, Question};
use http::header;
use pingora::http::{RequestHeader, ResponseHeader};
use tokio::time::{Instant, timeout_at};

/// Bytes of an answer. An opinion is a few words; a model that thinks aloud first needs some kilobytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Asks one question, within the deadline.
pub(super) async fn ask(
    asker: &Asker<'_>,
    bench: &Bench,
    question: &Question,
    deadline: Instant,
) -> Result<Opinion, Cause> {
    let place = timeout_at(deadline, bench.places.acquire()).await.map_err(|_| Cause::Busy)?;
    let _place = place.map_err(|_| Cause::Busy)?;
    timeout_at(deadline, talk(asker, question)).await.map_err(|_| Cause::TimeLimit)?
}

async fn talk(asker: &Asker<'_>, question: &Question) -> Result<Opinion, Cause> {
    let model = asker.model;
    let nonce = format!("{:032x}", rand::random::<u128>());
    let body = Bytes::from(model.prompt.body(question, &nonce));
    let head = request(model, body.len()).map_err(|_| Cause::Unreachable)?;
    let mut answer = exchange::call(asker.peers, &model.upstream, head, body).await.map_err(unanswered)?;
    match read(&mut answer).await {
        Ok(body) => {
            answer.release().await;
            model.prompt.read(&body, &nonce).map_err(|_| Cause::Unreadable)
        }
        Err(cause) => {
            answer.cut().await;
            Err(cause)
        }
    }
}

fn request(model: &JudgeModel, body_bytes: usize) -> pingora::Result<RequestHeader> {
    let path = completions_path(&model.upstream.origin.base_path);
    let mut head = RequestHeader::build("POST", path.as_bytes(), None)?;
    head.insert_header(header::HOST, model.upstream.origin.authority())?;
    head.insert_header(header::CONTENT_TYPE, "application/json")?;
    head.insert_header(header::ACCEPT, "application/json")?;
    head.insert_header(header::ACCEPT_ENCODING, "identity")?;
    head.insert_header(header::CONTENT_LENGTH, body_bytes)?;
    identify::insert_credential(&mut head, &model.upstream.auth)?;
    Ok(head)
}

/// Operators write the base of the API in the three ways in which its clients take it.
fn completions_path(base_path: &str) -> String {
    if base_path.ends_with("/chat/completions") {
        base_path.to_owned()
    } else if base_path.ends_with("/v1") {
        format!("{base_path}/chat/completions")
    } else {
        format!("{base_path}/v1/chat/completions")
    }
}

fn unanswered(error: ExchangeError) -> Cause {
    match error {
        ExchangeError::ClientGone | ExchangeError::Unreachable(_) => Cause::Unreachable,
        ExchangeError::Timeout(_) => Cause::TimeLimit,
    }
}

async fn read(answer: &mut Answer) -> Result<Bytes, Cause> {
    check(answer.head())?;
    let mut body = BytesMut::new();
    while let Some(piece) = answer.read().await.map_err(broken)? {
        if body.len() + piece.len() > ANSWER_BYTES_MAX {
            return Err(Cause::TooLarge);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body.freeze())
}

fn check(head: &ResponseHeader) -> Result<(), Cause> {
    if head.status.as_u16() != 200 {
        return Err(Cause::Status);
    }
    let field = |name: header::HeaderName| head.headers.get(name).map(|value| value.to_str().unwrap_or("?").trim());
    let media_type = field(header::CONTENT_TYPE).unwrap_or_default();
    let is_json = media_type.split(';').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("application/json"));
    let is_plain = field(header::CONTENT_ENCODING).is_none_or(|coding| coding.eq_ignore_ascii_case("identity"));
    if is_json && is_plain { Ok(()) } else { Err(Cause::ContentType) }
}

fn broken(error: ReadError) -> Cause {
    match error {
        ReadError::Broken => Cause::Broken,
        ReadError::Timeout => Cause::TimeLimit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_completions_wherever_the_configured_base_ends() {
        for (base, expected) in [
            ("", "/v1/chat/completions"),
            ("/v1", "/v1/chat/completions"),
            ("/openai/v1", "/openai/v1/chat/completions"),
            ("/v1/chat/completions", "/v1/chat/completions"),
            ("/proxy", "/proxy/v1/chat/completions"),
        ] {
            assert_eq!(completions_path(base), expected);
        }
    }

    #[test]
    fn an_answer_is_plain_json_with_status_200() {
        let head = |status: u16, fields: &[(&'static str, &str)]| {
            let mut head = ResponseHeader::build(status, None).unwrap();
            for (name, value) in fields {
                head.insert_header(*name, *value).unwrap();
            }
            check(&head)
        };
        let json = ("content-type", "application/json");
        assert_eq!(head(200, &[json]), Ok(()));
        assert_eq!(head(200, &[("content-type", "Application/JSON; charset=utf-8")]), Ok(()));
        assert_eq!(head(200, &[json, ("content-encoding", "identity")]), Ok(()));
        for status in [201, 204, 301, 302, 307, 400, 401, 429, 500, 503] {
            assert_eq!(head(status, &[json]), Err(Cause::Status), "{status}");
        }
        assert_eq!(head(200, &[]), Err(Cause::ContentType));
        assert_eq!(head(200, &[("content-type", "text/html")]), Err(Cause::ContentType));
        assert_eq!(head(200, &[("content-type", "text/event-stream")]), Err(Cause::ContentType));
        assert_eq!(head(200, &[json, ("content-encoding", "gzip")]), Err(Cause::ContentType));
    }
}
