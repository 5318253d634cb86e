//! Files as they lie on disk: plain, gzip (also several members) or Zstandard, told by their first bytes. Streaming,
//! with the SHA-256 of the bytes as read and of the content without its compression.

use crate::content::ContentHash;
use flate2::bufread::MultiGzDecoder;
use gnomon_types::digest::Digest;
use gnomon_types::sighting::Content;
use gnomon_types::time::Timestamp;
use sha2::{Digest as _, Sha256};
use std::io::{self, BufRead, BufReader, Read};

/// Most bytes that one file may give after decompression.
pub(crate) const DECODED_BYTES_MAX: u64 = 256 * 1024 * 1024 * 1024;
/// Largest window (2^27 bytes) a Zstandard frame may ask for; `zstd --long=27` is the largest that zstd itself accepts unasked.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;
const BUFFER_BYTES: usize = 64 * 1024;

type Raw<R> = BufReader<Hashed<R>>;

/// A byte source with its compression taken off, and the digest of what it gave.
pub(crate) struct Decoded<R: Read> {
    source: Source<R>,
    content: ContentHash,
}

enum Source<R: Read> {
    Plain(Raw<R>),
    Gzip(Box<Capped<MultiGzDecoder<Raw<R>>>>),
    Zstd(Box<Capped<zstd::stream::read::Decoder<'static, Raw<R>>>>),
}

impl<R: Read> Decoded<R> {
    /// Looks at the first bytes and takes the right decoder. `marks` are the lengths at which the content's digest is noted.
    pub(crate) fn open(reader: R, marks: &[u64]) -> io::Result<Self> {
        Ok(Self { source: Source::open(reader)?, content: ContentHash::new(marks) })
    }

    /// The reader under the decoder.
    pub(crate) fn raw(&self) -> &Hashed<R> {
        match &self.source {
            Source::Plain(raw) => raw.get_ref(),
            Source::Gzip(capped) => capped.inner.get_ref().get_ref(),
            Source::Zstd(capped) => capped.inner.get_ref().get_ref(),
        }
    }

    /// Reads what the decoder left, so that the digest is that of the whole file.
    pub(crate) fn finish(self) -> io::Result<Digests> {
        let Self { source, content } = self;
        let mut raw = match source {
            Source::Plain(raw) => raw,
            Source::Gzip(capped) => capped.inner.into_inner(),
            Source::Zstd(capped) => capped.inner.finish(),
        };
        io::copy(&mut raw, &mut io::sink())?;
        let raw = raw.into_inner();
        let bytes = raw.bytes;
        let content = content.finish();
        let file = raw.hash.map_or(content.digest, |hash| Digest(hash.finalize().into()));
        Ok(Digests { bytes, file, content })
    }
}

/// What was read, once it is read to its end.
#[derive(Debug)]
pub(crate) struct Digests {
    /// Bytes of the file.
    pub(crate) bytes: u64,
    /// SHA-256 of the file.
    pub(crate) file: Digest,
    /// What is in it.
    pub(crate) content: Content,
}

impl<R: Read> Source<R> {
    fn open(reader: R) -> io::Result<Self> {
        let mut raw = BufReader::with_capacity(BUFFER_BYTES, Hashed::new(reader));
        let head = peek(&mut raw)?;
        if head.starts_with(&[0x1f, 0x8b]) {
            raw.get_mut().written = gzip_time(head);
            return Ok(Self::Gzip(Box::new(Capped::new(MultiGzDecoder::new(raw), DECODED_BYTES_MAX))));
        }
        if is_zstd(&head) {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(raw)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
            return Ok(Self::Zstd(Box::new(Capped::new(decoder, DECODED_BYTES_MAX))));
        }
        // Without compression the content's digest is the file's.
        raw.get_mut().hash = None;
        Ok(Self::Plain(raw))
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.source {
            Source::Plain(raw) => raw.read(buffer),
            Source::Gzip(decoder) => decoder.read(buffer),
            Source::Zstd(decoder) => decoder.read(buffer),
        }?;
        self.content.add(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// The first ten bytes, or fewer when the file is shorter.
fn peek<R: Read>(raw: &mut Raw<R>) -> io::Result<[u8; 10]> {
    let available = raw.fill_buf()?;
    let mut head = [0; 10];
    for (to, from) in head.iter_mut().zip(available) {
        *to = *from;
    }
    Ok(head)
}

/// A Zstandard frame, or a skippable frame before one (RFC 8878, section 3.1).
fn is_zstd(head: &[u8]) -> bool {
    head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) || matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// The time a gzip header carries (RFC 1952, MTIME); 0 means none.
fn gzip_time(head: [u8; 10]) -> Option<Timestamp> {
    let [_, _, _, _, a, b, c, d, _, _] = head;
    let seconds = u32::from_le_bytes([a, b, c, d]);
    (seconds != 0).then(|| Timestamp::from_millis(i64::from(seconds) * 1000))
}

/// Stops a decompression bomb.
pub(crate) struct Capped<D> {
    inner: D,
    left: u64,
}

impl<D> Capped<D> {
    fn new(inner: D, bytes_max: u64) -> Self {
        Self { inner, left: bytes_max }
    }
}

impl<D: Read> Read for Capped<D> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "expands to more than 256 GiB"));
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.inner.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.left -= read as u64;
        Ok(read)
    }
}

/// Counts and hashes what passes, and remembers whether the source itself failed (the decoders do not say whose fault it is).
pub(crate) struct Hashed<R> {
    inner: R,
    hash: Option<Sha256>,
    pub(crate) bytes: u64,
    pub(crate) broken: bool,
    /// When the file says it was written.
    pub(crate) written: Option<Timestamp>,
}

impl<R> Hashed<R> {
    fn new(inner: R) -> Self {
        Self { inner, hash: Some(Sha256::new()), bytes: 0, broken: false, written: None }
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(read) => {
                if let Some(hash) = &mut self.hash {
                    hash.update(buffer.get(..read).unwrap_or_default());
                }
                self.bytes += read as u64;
                Ok(read)
            }
            Err(cause) => {
                self.broken = cause.kind() != io::ErrorKind::Interrupted;
                Err(cause)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_at_the_limit_and_not_before() {
        let all = |limit| {
            let mut text = String::new();
            Capped::new(&b"0123456789"[..], limit).read_to_string(&mut text).map(|_| text)
        };
        assert_eq!(all(11).unwrap(), "0123456789");
        assert_eq!(all(9).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn tells_compression_by_the_first_bytes() {
        assert!(is_zstd(&[0x28, 0xb5, 0x2f, 0xfd, 0]));
        assert!(is_zstd(&[0x5a, 0x2a, 0x4d, 0x18, 0]));
        assert!(!is_zstd(b"1795426200"));
        assert!(matches!(Source::open(&b"\x1f\x8b\x08"[..]).unwrap(), Source::Gzip(_)));
        assert!(matches!(Source::open(&b""[..]).unwrap(), Source::Plain(_)));
    }

    #[test]
    fn the_digest_is_that_of_the_whole_file() {
        let packed = [zstd::encode_all(&b"abc"[..], 1).unwrap(), b"trailing bytes that are no frame".to_vec()].concat();
        let mut decoded = Decoded::open(packed.as_slice(), &[2]).unwrap();
        let mut first = [0; 3];
        decoded.read_exact(&mut first).unwrap();
        let digests = decoded.finish().unwrap();
        assert_eq!(digests.file, Digest(Sha256::digest(&packed).into()));
        assert_eq!(digests.bytes, packed.len() as u64);
        assert_eq!((digests.content.bytes, digests.content.digest), (3, Digest(Sha256::digest(b"abc").into())));
        assert_eq!(digests.content.beginnings, [(2, Digest(Sha256::digest(b"ab").into()))]);
    }

    #[test]
    fn without_compression_the_content_is_the_file() {
        let mut decoded = Decoded::open(&b"abc"[..], &[]).unwrap();
        decoded.read_to_end(&mut Vec::new()).unwrap();
        let digests = decoded.finish().unwrap();
        assert_eq!(digests.file, Digest(Sha256::digest(b"abc").into()));
        assert_eq!(digests.file, digests.content.digest);
    }
}
