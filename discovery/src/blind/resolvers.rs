//! Well-known public resolvers over HTTPS or TLS, relays and ECH fronts: who uses them hides names from our sources.
//! A short list of our own; any other resolver shows by its path `/dns-query` or its content type where requests are visible.

use crate::event::{Event, Seen};
use crate::host;
use std::collections::HashMap;

const DOH: &str = "DNS over HTTPS or TLS";

/// Host (and all names below it) and what it does.
const HOSTS: [(&str, &str); 50] = [
    ("dns.google", DOH),
    ("dns64.dns.google", DOH),
    ("8888.google", DOH),
    ("cloudflare-dns.com", DOH),
    ("one.one.one.one", DOH),
    ("1dot1dot1dot1.cloudflare-dns.com", DOH),
    ("cloudflare-gateway.com", DOH),
    ("dns.quad9.net", DOH),
    ("dns9.quad9.net", DOH),
    ("dns10.quad9.net", DOH),
    ("dns11.quad9.net", DOH),
    ("doh.opendns.com", DOH),
    ("doh.familyshield.opendns.com", DOH),
    ("doh.umbrella.com", DOH),
    ("dns.nextdns.io", DOH),
    ("doh.cleanbrowsing.org", DOH),
    ("dns.adguard.com", DOH),
    ("dns.adguard-dns.com", DOH),
    ("d.adguard-dns.com", DOH),
    ("unfiltered.adguard-dns.com", DOH),
    ("family.adguard-dns.com", DOH),
    ("freedns.controld.com", DOH),
    ("dns.controld.com", DOH),
    ("doh.mullvad.net", DOH),
    ("dns.mullvad.net", DOH),
    ("base.dns.mullvad.net", DOH),
    ("doh.dns.sb", DOH),
    ("dot.sb", DOH),
    ("doh.sb", DOH),
    ("doh.libredns.gr", DOH),
    ("dns.digitale-gesellschaft.ch", DOH),
    ("doh.li", DOH),
    ("dns.switch.ch", DOH),
    ("odvr.nic.cz", DOH),
    ("dns.njal.la", DOH),
    ("doh.applied-privacy.net", DOH),
    ("doh.ffmuc.net", DOH),
    ("dnsforge.de", DOH),
    ("dns.alidns.com", DOH),
    ("doh.pub", DOH),
    ("dot.pub", DOH),
    ("doh.360.cn", DOH),
    ("common.dot.dns.yandex.net", DOH),
    ("dns0.eu", DOH),
    ("doh.xfinity.com", DOH),
    ("rethinkdns.com", DOH),
    ("mask.icloud.com", "iCloud Private Relay"),
    ("mask-h2.icloud.com", "iCloud Private Relay"),
    ("mask-api.icloud.com", "iCloud Private Relay"),
    ("cloudflare-ech.com", "Encrypted Client Hello"),
];

/// Addresses of the same resolvers.
const ADDRESSES: [&str; 14] = [
    "1.1.1.1",
    "1.0.0.1",
    "8.8.8.8",
    "8.8.4.4",
    "9.9.9.9",
    "149.112.112.112",
    "208.67.222.222",
    "208.67.220.220",
    "94.140.14.14",
    "94.140.15.15",
    "2606:4700:4700::1111",
    "2606:4700:4700::1001",
    "2001:4860:4860::8888",
    "2620:fe::fe",
];

/// The list, ready for lookup.
#[derive(Debug)]
pub(super) struct Resolvers {
    hosts: HashMap<&'static str, &'static str>,
}

impl Resolvers {
    pub(super) fn new() -> Self {
        Self { hosts: HOSTS.into_iter().chain(ADDRESSES.map(|address| (address, DOH))).collect() }
    }

    /// Why this line hides others from us.
    pub(super) fn reason(&self, event: &Event<'_>) -> Option<String> {
        let visible = event.seen == Seen::Http;
        if visible && !event.secure && event.port.is_none() && !asks_dns(event) {
            return None;
        }
        if let Some(what) = self.what(&event.host) {
            return Some(hidden(what, &event.host));
        }
        (visible && asks_dns(event)).then(|| hidden(DOH, &host::normal(&event.host)))
    }

    fn what(&self, host: &str) -> Option<&'static str> {
        let mut suffix = host;
        // The longest known name has five labels; a name without a dot is none of them.
        loop {
            if let Some(what) = self.hosts.get(suffix) {
                return Some(what);
            }
            suffix = suffix.split_once('.').map(|(_, parent)| parent).filter(|parent| parent.contains('.'))?;
        }
    }
}

fn asks_dns(event: &Event<'_>) -> bool {
    let path = event.path.as_deref().unwrap_or_default();
    path.starts_with("/dns-query") || event.content_type.contains("application/dns-message")
}

fn hidden(what: &str, host: &str) -> String {
    format!("uses {what} at {host}: the names it looks up or contacts are hidden from the logs")
}
