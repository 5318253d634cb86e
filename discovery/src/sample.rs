//! A bundled month of logs of an invented company, for `gnomon demo` and for trying out an import. Made by `sample/make_sample.py`.

/// One log of the sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleFile {
    /// File name.
    pub name: &'static str,
    /// The file, gzip; its header carries the moment that lines without a year need.
    pub bytes: &'static [u8],
}

/// The sample month: a proxy, the resolver of a branch office and the resolver of the servers.
#[must_use]
pub fn sample_files() -> &'static [SampleFile] {
    &[
        SampleFile { name: "proxy-squid.log.gz", bytes: include_bytes!("../sample/proxy-squid.log.gz") },
        SampleFile { name: "branch-dnsmasq.log.gz", bytes: include_bytes!("../sample/branch-dnsmasq.log.gz") },
        SampleFile { name: "servers-bind.log.gz", bytes: include_bytes!("../sample/servers-bind.log.gz") },
    ]
}
