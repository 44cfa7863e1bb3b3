//! Where a request comes from: the peer, or, where the peer is a proxy of ours, whom it names.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use axum::http::HeaderMap;
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Who asks, as limits count: in a request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct Client(pub IpAddr);

/// The proxies whose word on where a request comes from is taken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Proxies(Vec<IpNet>);

impl FromStr for Proxies {
    type Err = String;

    /// Addresses and networks, separated by commas or blanks; `none` for none.
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(Vec::new()));
        }
        let parts = text.split([',', ' ']).filter(|part| !part.is_empty());
        let networks = parts.map(|part| {
            let address = part.parse::<IpAddr>().map(IpNet::from);
            address.or_else(|_| part.parse::<IpNet>()).map_err(|_| {
                format!("must be addresses or networks such as 10.0.0.0/8, separated by commas, or none; not {part:?}")
            })
        });
        networks.collect::<Result<_, _>>().map(Self)
    }
}

impl Proxies {
    /// Whether the address is one of theirs.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whom a request comes from. Each proxy adds whom it heard from at the end of `X-Forwarded-For`, so the last one there that
    /// is no proxy of ours is the client; what stands before him is his own word.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let mut lines = headers.get_all(FORWARDED_FOR).iter().collect::<Vec<_>>();
        while self.contains(client)
            && let Some(line) = lines.pop()
        {
            for hop in line.to_str().unwrap_or_default().rsplit(',') {
                let Some(hop) = parse(hop.trim()) else { return client };
                client = hop;
                if !self.contains(client) {
                    break;
                }
            }
        }
        client
    }
}

/// An address as proxies write it: bare, in brackets, or with a port.
fn parse(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .map(|(address, _)| address);
    let address = bare
        .unwrap_or(text)
        .parse::<IpAddr>()
        .ok()
        .or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip()));
    address.map(|address| address.to_canonical())
}

/// What counts as one client: an address, or the /64 network that one IPv6 subscriber has to himself.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(proxies: &str, peer: &str, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        let proxies: Proxies = proxies.parse().unwrap();
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_a_proxy_of_ours_is_believed() {
        assert_eq!(client("127.0.0.0/8", "203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(client("127.0.0.0/8", "127.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("none", "127.0.0.1", &["198.51.100.1"]), "127.0.0.1");
    }

    #[test]
    fn what_a_client_writes_before_the_proxys_word_does_not_count() {
        let proxies = "127.0.0.1, 10.0.0.0/8";
        for lines in [
            &["127.0.0.1, 1.2.3.4, 198.51.100.1"][..],
            &["1.2.3.4", "198.51.100.1"],
            &["<script>, 198.51.100.1, 10.1.2.3"],
            &["1.2.3.4, 198.51.100.1", "10.1.2.3, 10.3.2.1"],
        ] {
            assert_eq!(client(proxies, "127.0.0.1", lines), "198.51.100.1", "{lines:?}");
        }
    }

    #[test]
    fn what_is_no_address_leaves_the_last_one_that_is() {
        assert_eq!(client("127.0.0.1", "127.0.0.1", &["1.2.3.4, unknown"]), "127.0.0.1");
        assert_eq!(client("127.0.0.1", "127.0.0.1", &[""]), "127.0.0.1");
        assert_eq!(client("127.0.0.1", "127.0.0.1", &[]), "127.0.0.1");
        let many = vec!["127.0.0.1"; 5_000].join(",");
        assert_eq!(client("127.0.0.1", "127.0.0.1", &[&many]), "127.0.0.1");
    }

    #[test]
    fn addresses_are_read_as_proxies_write_them() {
        for (written, address) in [
            ("198.51.100.1:4711", "198.51.100.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("::ffff:198.51.100.1", "198.51.100.1"),
        ] {
            assert_eq!(client("::1", "::1", &[written]), address, "{written}");
        }
        assert_eq!(client("10.0.0.1", "::ffff:10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
    }

    #[test]
    fn an_ipv6_subscriber_is_one_client() {
        let one = network("2001:db8:1:2:aaaa::1".parse().unwrap());
        assert_eq!(one, network("2001:db8:1:2:bbbb::2".parse().unwrap()));
        assert_ne!(one, network("2001:db8:1:3:aaaa::1".parse().unwrap()));
    }

    #[test]
    fn a_list_that_cannot_be_read_is_refused() {
        for text in ["10.0.0.0/33", "proxy.example.com", "10.0.0.1;10.0.0.2"] {
            assert!(text.parse::<Proxies>().unwrap_err().contains("must be"), "{text}");
        }
    }
}
