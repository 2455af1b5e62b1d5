//! Patterns of other ends of connections, for the lists of the settings.

use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};

/// A host's name, a pattern of names (`*.example.com`), an address, or a range of addresses (`10.0.0.0/8`); behind a `:`
/// possibly a port. An address of version 6 with a port stands in brackets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Contact {
    text: String,
    host: Host,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Any,
    Name(String),
    Range(IpAddr, u32),
}

impl TryFrom<String> for Contact {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = |what: &str| format!("{what} in `{text}`, expected a host, an address or a range, and `:port`");
        let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, "")) => (host, None),
            Some((host, rest)) => (host, Some(rest.strip_prefix(':').ok_or_else(|| wrong("no port"))?)),
            None if text.matches(':').count() > 1 => (text.as_str(), None),
            None => text.split_once(':').map_or((text.as_str(), None), |(host, port)| (host, Some(port))),
        };
        let port = port.filter(|port| *port != "*");
        let port = port.map(|port| port.parse::<u16>().map_err(|_| wrong("bad port"))).transpose()?;
        let host = match host.split_once('/') {
            Some((address, length)) => {
                let address: IpAddr = address.parse().map_err(|_| wrong("bad address"))?;
                let most = if address.is_ipv4() { 32 } else { 128 };
                let length = length.parse().ok().filter(|length| *length <= most);
                Host::Range(address, length.ok_or_else(|| wrong("bad length of the prefix"))?)
            }
            None => match host.parse::<IpAddr>() {
                Ok(address) => Host::Range(address, if address.is_ipv4() { 32 } else { 128 }),
                Err(_) if host == "*" => Host::Any,
                Err(_) => {
                    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._*".contains(&byte);
                    let numeric = host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
                    if host.is_empty() || numeric || !host.bytes().all(letter) {
                        return Err(wrong("no host"));
                    }
                    Host::Name(host.to_ascii_lowercase())
                }
            },
        };
        Ok(Self { host, port, text })
    }
}

impl From<Contact> for String {
    fn from(contact: Contact) -> Self {
        contact.text
    }
}

impl Contact {
    /// True when it means this address, which is known to have these names.
    pub fn is(&self, end: SocketAddr, names: &[&str]) -> bool {
        let host = match &self.host {
            Host::Any => true,
            Host::Name(_) => names.iter().any(|name| self.is_named(name)),
            Host::Range(address, length) => in_range(end.ip(), *address, *length),
        };
        host && self.port.is_none_or(|port| port == end.port())
    }

    /// True when it means the host of this name, on some port.
    pub fn is_named(&self, name: &str) -> bool {
        match &self.host {
            Host::Any => true,
            Host::Name(pattern) => super::glob::name_matches(pattern, name.trim_end_matches('.').as_bytes()),
            Host::Range(address, length) => name.parse().is_ok_and(|ip: IpAddr| in_range(ip, *address, *length)),
        }
    }

    /// The name, when it is one that can be looked up.
    pub fn name(&self) -> Option<&str> {
        match &self.host {
            Host::Name(name) if !name.contains('*') => Some(name),
            _ => None,
        }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn in_range(ip: IpAddr, base: IpAddr, length: u32) -> bool {
    let (ip, base, width) = match (ip, base) {
        (IpAddr::V4(ip), IpAddr::V4(base)) => (u128::from(ip.to_bits()), u128::from(base.to_bits()), 32),
        (IpAddr::V6(ip), IpAddr::V6(base)) => (ip.to_bits(), base.to_bits(), 128),
        _ => return false,
    };
    length == 0 || (ip ^ base).checked_shr(width - length) == Some(0)
}

#[cfg(test)]
mod tests {
    use super::Contact;

    fn is(pattern: &str, end: &str, names: &[&str]) -> bool {
        let contact = Contact::try_from(pattern.to_owned()).expect(pattern);
        contact.is(end.parse().expect(end), names)
    }

    #[test]
    fn addresses_ranges_names_and_ports() {
        assert!(is("10.0.0.0/8", "10.200.3.4:80", &[]) && !is("10.0.0.0/8", "11.0.0.1:80", &[]));
        assert!(is("0.0.0.0/0", "11.0.0.1:80", &[]) && !is("0.0.0.0/0", "[::1]:80", &[]));
        assert!(is("::/0", "[2001:db8::1]:80", &[]));
        assert!(is("2001:db8::/32", "[2001:db8::1]:80", &[]) && !is("2001:db8::/32", "[2001:db9::1]:80", &[]));
        assert!(is("192.0.2.1:53", "192.0.2.1:53", &[]) && !is("192.0.2.1:53", "192.0.2.1:54", &[]));
        assert!(is("*.example.com", "192.0.2.1:1", &["a.Example.com"]) && !is("*.example.com", "192.0.2.1:1", &[]));
        assert!(is("*:5432", "192.0.2.1:5432", &[]) && !is("*:5432", "192.0.2.1:5433", &[]));
        for wrong in ["", "a b", "10.0.0.0/33", "10.0.0", "x:y", "x:99999"] {
            assert!(Contact::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
