//! Addresses of sockets as a call passes them, and calls on sockets with an address that is known (connect(2), sendmsg(2)).

use nix::errno::Errno;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

/// Room for any address (`struct sockaddr_storage`).
pub const LONGEST_ADDRESS: usize = 128;

/// An address of the internet in the bytes of a `struct sockaddr`; `None` for other families. A datagram's address of no
/// family is one of version 4 (Linux `udp_sendmsg`); an address of version 4 in the clothes of version 6 is what it means.
pub fn internet_address(bytes: &[u8], of_datagram: bool) -> Option<SocketAddr> {
    let family = i32::from(u16::from_ne_bytes([*bytes.first()?, *bytes.get(1)?]));
    let port = u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]);
    let ip = match family {
        libc::AF_UNSPEC if !of_datagram => return None,
        libc::AF_INET | libc::AF_UNSPEC => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(bytes.get(4..8)?).ok()?)),
        libc::AF_INET6 => {
            let ip = Ipv6Addr::from(<[u8; 16]>::try_from(bytes.get(8..24)?).ok()?);
            ip.to_ipv4_mapped().map_or(IpAddr::V6(ip), IpAddr::V4)
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

/// The other end a socket is connected to, if that lies in the internet.
pub fn internet_peer(socket: &OwnedFd) -> Option<SocketAddr> {
    let mut bytes = [0_u8; LONGEST_ADDRESS];
    let mut length = LONGEST_ADDRESS as libc::socklen_t;
    // SAFETY: the kernel writes at most `length` bytes to the buffer and how many there are to `length`; both are ours
    // for the length of the call.
    #[expect(unsafe_code, reason = "nix reads addresses into types of its own")]
    let result =
        unsafe { libc::getpeername(socket.as_raw_fd(), bytes.as_mut_ptr().cast::<libc::sockaddr>(), &raw mut length) };
    Errno::result(result).ok()?;
    internet_address(bytes.get(..length as usize)?, false)
}

/// True when calls on it return at once.
pub fn does_not_wait(socket: &OwnedFd) -> bool {
    let flags = nix::fcntl::fcntl(socket.as_fd(), nix::fcntl::FcntlArg::F_GETFL).unwrap_or(0);
    flags & libc::O_NONBLOCK != 0
}

/// Connects a socket to the address in these bytes.
pub fn connect_to(socket: &OwnedFd, address: &[u8]) -> io::Result<()> {
    // SAFETY: the kernel reads `address.len()` bytes from the pointer, which are ours for the length of the call.
    #[expect(unsafe_code, reason = "nix takes addresses of types of its own")]
    let result = unsafe {
        libc::connect(socket.as_raw_fd(), address.as_ptr().cast::<libc::sockaddr>(), address.len() as libc::socklen_t)
    };
    Errno::result(result).map(drop).map_err(io::Error::from)
}

/// Sends one message to the address in these bytes; gives how many bytes went. Never raises SIGPIPE.
pub fn send_to(socket: &OwnedFd, address: &[u8], payload: &[u8], control: &[u8], flags: i32) -> io::Result<usize> {
    let mut part = libc::iovec { iov_base: payload.as_ptr().cast_mut().cast(), iov_len: payload.len() };
    // Aligned as `struct cmsghdr` has to be.
    let mut words = vec![0_u64; control.len().div_ceil(8)];
    for (word, bytes) in words.iter_mut().zip(control.chunks(8)) {
        let mut whole = [0; 8];
        whole[..bytes.len()].copy_from_slice(bytes);
        *word = u64::from_ne_bytes(whole);
    }
    // SAFETY: integers and pointers, for all of which zero is a value.
    #[expect(unsafe_code, reason = "a zeroed structure, because some C libraries pad it")]
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_name = address.as_ptr().cast_mut().cast();
    message.msg_namelen = address.len() as libc::socklen_t;
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    if !control.is_empty() {
        message.msg_control = words.as_mut_ptr().cast();
        message.msg_controllen = control.len() as _;
    }
    // SAFETY: every pointer of the structure leads to memory of ours that outlives the call, with the lengths beside
    // them; the kernel only reads it.
    #[expect(unsafe_code, reason = "nix takes addresses and control messages of types of its own")]
    let result = unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const message, flags | libc::MSG_NOSIGNAL) };
    Errno::result(result).map(|count| count as usize).map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use super::{connect_to, internet_address, internet_peer, send_to};
    use std::net::UdpSocket;
    use std::os::fd::OwnedFd;

    fn bytes(port: u16) -> Vec<u8> {
        let mut bytes = (libc::AF_INET as u16).to_ne_bytes().to_vec();
        bytes.extend(port.to_be_bytes());
        bytes.extend([127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    #[test]
    fn addresses_are_read_and_used() {
        let receiver = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let address = receiver.local_addr().expect("an address");
        let raw = bytes(address.port());
        assert_eq!(internet_address(&raw, false), Some(address));
        let mut unspecified = raw.clone();
        unspecified[..2].copy_from_slice(&(libc::AF_UNSPEC as u16).to_ne_bytes());
        assert_eq!(
            (internet_address(&unspecified, true), internet_address(&unspecified, false)),
            (Some(address), None)
        );
        assert_eq!(internet_address(&raw[..7], false), None);
        let sender: OwnedFd = UdpSocket::bind("127.0.0.1:0").expect("a socket").into();
        assert_eq!(send_to(&sender, &raw, b"hello", &[], 0).ok(), Some(5));
        let mut buffer = [0; 16];
        assert_eq!(receiver.recv(&mut buffer).ok(), Some(5));
        connect_to(&sender, &raw).expect("connects");
        assert_eq!(internet_peer(&sender), Some(address));
    }
}
