//! What the packets after a request showed, and who said no.

use unanswered_exchange::{SaidNo, Sign, Speaker};

/// What a place saw besides the request and its reply.
#[must_use]
pub fn sign(sign: Sign) -> &'static str {
    match sign {
        Sign::RequestAcknowledged => "the server's host acknowledged the request",
        Sign::AskedAgain => "the client asked again after the reply",
        Sign::ReplySentAgain => "the server sent its reply again",
        Sign::SeveralReplies => "more than one reply came",
        Sign::PartArrived => "some of the reply was acknowledged",
        Sign::ReplyArrived => "the client acknowledged the reply",
        Sign::TurnedAway => "the client's host turned the reply away",
        Sign::ClientGaveUp => "the client ended the connection before any answer",
        Sign::ServerClosed => "the server ended the connection without an answer",
        Sign::CrossedClose => "the server was closing the connection already",
    }
}

/// Who said no, and whether that is the server: `said by 10.71.1.1, which is on the path and not the server`.
#[must_use]
pub fn said_no(said: &SaidNo) -> String {
    let about = if said.about_reply { "said about the reply" } else { "said" };
    let address = said.address.map_or_else(|| "an unknown address".to_owned(), |address| address.to_string());
    match said.speaker {
        Speaker::Service => format!("{about} by the service itself ({address})"),
        Speaker::ServersHost => format!("{about} by the server's host ({address})"),
        Speaker::InServersName => format!("{about} in the server's name ({address})"),
        Speaker::OnThePath => format!("{about} by {address}, which is on the path and not the server"),
        Speaker::ClientsHost => format!("{about} by the client's own host ({address})"),
    }
}
