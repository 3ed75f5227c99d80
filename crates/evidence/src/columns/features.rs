//! Features that are not header fields: where requests came from, what a translation made of them, and
//! their past.

use unanswered_registry::{CaptureTerm, Direction, DisplayTerm, Layer, Price, Quantity, Role, features};
use unanswered_wire::features::{DESTINATION, SOURCE};

features! {
    SOURCE_NETWORK = code("ip.src/24", "source network").layer(Layer::Network).says_where().shown_as(&SOURCE)
        .displayed(DisplayTerm::Address { v4: "ip.src", v6: "ipv6.src" }).price(Price::Near)
        .captured(CaptureTerm::Address(Direction::Source)).tells(Role::ClientNetwork);
    DESTINATION_NETWORK = code("ip.dst/24", "destination network").layer(Layer::Network).says_where().shown_as(&DESTINATION)
        .displayed(DisplayTerm::Address { v4: "ip.dst", v6: "ipv6.dst" }).price(Price::Near)
        .captured(CaptureTerm::Address(Direction::Destination));
    TRANSLATED = flag("nat.translated", "source's translation").layer(Layer::Translation)
        .says("source was translated", "source was not translated");
    REWRITTEN = flag("nat.rewritten", "translation of the source port").layer(Layer::Translation)
        .says("source port was rewritten", "source port was not rewritten");
    MOVED = flag("nat.moved", "change of this flow's translated source").layer(Layer::Translation)
        .says("translated source had changed", "translated source had not changed");
    NEW = flag("nat.new", "first use of this translation by the flow").layer(Layer::Translation)
        .says("translation was new", "translation was not new");
    CLIENTS = amount("nat.clients", "number of clients behind the source address").layer(Layer::Translation);
    REUSE_OUTSIDE_PORT = amount("reuse.outside_port",
        "time since another flow last had this translated source port towards this server (s)")
        .layer(Layer::Translation).measures(Quantity::Pause);
    FROM = code("path.from", "place nearest to the client").layer(Layer::Path);
    VIA = code("path.via", "branch of the path").layer(Layer::Path);
    REPLY_LENGTH = amount("reply.len", "length of the reply").layer(Layer::Network).measures(Quantity::Length).of_reply();
    REPLY_TIME = amount("reply.time", "time that the server took (s)").layer(Layer::Application).measures(Quantity::Pause)
        .of_reply();
    PAIR = code("client>server", "pair of client and server").layer(Layer::Network).says_where().price(Price::Pair);
    FLOW = code("flow", "flow").layer(Layer::Transport).says_where().price(Price::Flow);
    XOR_2 = code("hash.xor%2", "bucket of addresses and ports xored, of 2").layer(Layer::Transport);
    XOR_3 = code("hash.xor%3", "bucket of addresses and ports xored, of 3").layer(Layer::Transport);
    XOR_4 = code("hash.xor%4", "bucket of addresses and ports xored, of 4").layer(Layer::Transport);
    XOR_8 = code("hash.xor%8", "bucket of addresses and ports xored, of 8").layer(Layer::Transport);
    CRC_2 = code("hash.crc32%2", "bucket of the CRC-32 of addresses, ports and protocol, of 2").layer(Layer::Transport);
    CRC_4 = code("hash.crc32%4", "bucket of the CRC-32 of addresses, ports and protocol, of 4").layer(Layer::Transport);
    CRC_8 = code("hash.crc32%8", "bucket of the CRC-32 of addresses, ports and protocol, of 8").layer(Layer::Transport);
    GAP_CLIENT = amount("gap.client", "time since this client's last request (s)").layer(Layer::History)
        .price(Price::Near).measures(Quantity::Pause).settable();
    GAP_PAIR = amount("gap.client_server", "time since this client's last request to this server (s)").layer(Layer::History)
        .price(Price::Near).measures(Quantity::Pause).settable();
    GAP_FLOW = amount("gap.flow", "time since the last packet of this flow (s)").layer(Layer::History)
        .price(Price::Near).measures(Quantity::Pause).settable();
    GAP_OTHER_CLIENT = amount("gap.other_client",
        "time since another client's request through the same address to this server (s)")
        .layer(Layer::History).price(Price::Near).measures(Quantity::Pause);
    REUSE_PORT = amount("reuse.port", "time since this client last used this source port (s)").layer(Layer::History)
        .measures(Quantity::Pause).settable();
    BURST = amount("burst.position", "position in a burst of this client's requests").layer(Layer::History).settable();
    RATE_CLIENT_1 = amount("rate.client.requests_last_1s", "number of this client's requests in the last second")
        .layer(Layer::History).measures(Quantity::Load).settable();
    RATE_CLIENT_10 = amount("rate.client.requests_last_10s", "number of this client's requests in the last 10 s")
        .layer(Layer::History).measures(Quantity::Load).settable();
    RATE_SERVER_1 = amount("rate.server.requests_last_1s", "number of requests to this server in the last second")
        .layer(Layer::History).measures(Quantity::Load);
    RATE_SERVER_10 = amount("rate.server.requests_last_10s", "number of requests to this server in the last 10 s")
        .layer(Layer::History).measures(Quantity::Load);
    IN_FLIGHT_CLIENT = amount("in_flight.client", "number of this client's requests in the last 2 s")
        .layer(Layer::History).measures(Quantity::Load).settable();
    IN_FLIGHT_SERVER = amount("in_flight.server", "number of requests to this server in the last 2 s")
        .layer(Layer::History).measures(Quantity::Load);
    OPEN = amount("in_flight.open_connections", "number of connections open to this server")
        .layer(Layer::History).measures(Quantity::Load);
    HELD_1 = amount("in_flight.open_connections.held_1s", "number of connections to this server open or closed within 1 s")
        .layer(Layer::History).measures(Quantity::Load);
    HELD_3 = amount("in_flight.open_connections.held_3s", "number of connections to this server open or closed within 3 s")
        .layer(Layer::History).measures(Quantity::Load);
    HELD_10 = amount("in_flight.open_connections.held_10s", "number of connections to this server open or closed within 10 s")
        .layer(Layer::History).measures(Quantity::Load);
    HELD_120 = amount("in_flight.open_connections.held_120s", "number of connections to this server open or closed within 2 min")
        .layer(Layer::History).measures(Quantity::Load);
    OVERDUE = amount("unanswered.backlog.server", "number of earlier requests to this server unanswered for 1 to 10 s")
        .layer(Layer::History).measures(Quantity::Load);
}
