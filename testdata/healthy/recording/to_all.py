"""Questions to all on the link, as desktops send them: SSDP, LLMNR, NetBIOS, mDNS. Nobody has to answer."""
import socket
import sys

from_address = sys.argv[1]
SSDP = (b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\n"
        b"ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n\r\n")
WPAD = b"\x12\x34\0\0\0\1\0\0\0\0\0\0\4wpad\0\0\1\0\1"
NETBIOS = (b"\x56\x78\x01\x10\0\1\0\0\0\0\0\0\x20" + b"FHFAEBEECACACACACACACACACACACAAA" + b"\0\0\x20\0\1")
PRINTER = b"\0\0\0\0\0\1\0\0\0\0\0\0\4_ipp\4_tcp\5local\0\0\x0c\0\1"
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.bind((from_address, 0))
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(from_address))
s.sendto(SSDP, ("239.255.255.250", 1900))
s.sendto(WPAD, ("224.0.0.252", 5355))
s.sendto(NETBIOS, ("10.77.0.255", 137))
s.sendto(PRINTER, ("224.0.0.251", 5353))
