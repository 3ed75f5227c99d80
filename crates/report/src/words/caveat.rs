//! What captures cannot show.

use super::listed;
use crate::{number, text};
use unanswered_exchange::{Caveat, PlaceCount};
use unanswered_time::Span;
use unanswered_time::spans::measured;

/// A caveat as a sentence without a full stop.
#[must_use]
pub fn caveat(caveat: &Caveat) -> String {
    match caveat {
        Caveat::OneDirection { place } => format!(
            "{} shows requests and none of their replies, which other places see: it captures one direction only",
            text::safe(place)
        ),
        Caveat::NoReplies { place, requests } => format!(
            "{} shows {requests} requests and not a single reply: either all of them failed, or it captures one \
             direction only",
            text::safe(place)
        ),
        Caveat::NoRequests { place, replies } => format!(
            "{} shows {replies} replies and not a single request: it captures one direction only",
            text::safe(place)
        ),
        Caveat::ClockDiffers { place, clock } => {
            let side = if clock.ahead.nanoseconds() > 0 { "ahead of" } else { "behind" };
            format!(
                "the clock of {} is {} {side} the others (give or take {}, from {} exchanges); its times are corrected",
                text::safe(place),
                measured(Span::from_nanoseconds(clock.ahead.nanoseconds().saturating_abs())),
                measured(clock.within),
                clock.agreeing
            )
        }
        Caveat::RecordedTwice { copy, original } if copy == original => {
            format!("{} is in the input twice; its frames count once", text::safe(copy))
        }
        Caveat::RecordedTwice { copy, original } => format!(
            "{} and {} hold the same frames: they are one recording, and {} is set aside",
            text::safe(copy),
            text::safe(original),
            text::safe(copy)
        ),
        Caveat::Lost { vantage, packets, unanswered, doubted } => {
            lost(vantage, *packets, *unanswered, *doubted)
        }
        Caveat::OrphanReplies { replies } => {
            let (replies, answer) = if *replies == 1 {
                ("1 reply".to_owned(), "answers a request that is")
            } else {
                (format!("{replies} replies"), "answer requests that are")
            };
            format!("{replies} {answer} not in the captures")
        }
        Caveat::TooManyOpen { requests } => format!(
            "{} settled before their time, since more were open at once than are remembered: a reply that came later \
             is not theirs",
            number::count(*requests, "request")
        ),
        Caveat::ReplyPassedHere { by_place } => passed_here(by_place),
        Caveat::SentAgainAfterReply { by_place } => sent_again(by_place),
    }
}

/// What a reader must know of the inputs, one sentence each: what holds of several places or files is said once, with the first
/// few of them.
#[must_use]
pub fn caveats(all: &[Caveat]) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut told: Vec<&str> = Vec::new();
    for one in all.iter() {
        if told.contains(&one.code()) {
            continue;
        }
        told.push(one.code());
        let alike: Vec<&Caveat> = all.iter().filter(|other| other.code() == one.code()).collect();
        match together(&alike) {
            Some(sentence) => sentences.push(sentence),
            None => sentences.extend(alike.into_iter().map(caveat)),
        }
    }
    sentences
}

/// Several caveats of one kind in one sentence; `None` where they are few enough to be said singly.
fn together(alike: &[&Caveat]) -> Option<String> {
    let (first, count) = (alike.first()?, alike.len());
    let names = first_few(alike.iter().filter_map(|one| in_short(one)));
    match first {
        Caveat::OneDirection { .. } if count > 1 => Some(format!(
            "{names} show requests and none of their replies, which other places see: they capture one direction only"
        )),
        Caveat::NoReplies { .. } if count > 1 => Some(format!(
            "{names} show requests and not a single reply: either all of them failed, or they capture one direction \
             only"
        )),
        Caveat::NoRequests { .. } if count > 1 => {
            Some(format!("{names} show replies and not a single request: they capture one direction only"))
        }
        Caveat::ClockDiffers { .. } if count > 1 => {
            Some(format!("the clocks of {count} places differ and are corrected: {names}"))
        }
        Caveat::RecordedTwice { .. } if count > 1 => {
            Some(format!("{count} recordings hold the same frames as others and are set aside: {names}"))
        }
        Caveat::OneDirection { .. }
        | Caveat::NoReplies { .. }
        | Caveat::NoRequests { .. }
        | Caveat::ClockDiffers { .. }
        | Caveat::RecordedTwice { .. }
        | Caveat::Lost { .. }
        | Caveat::OrphanReplies { .. }
        | Caveat::TooManyOpen { .. }
        | Caveat::ReplyPassedHere { .. }
        | Caveat::SentAgainAfterReply { .. } => None,
    }
}

/// The place or file that a caveat is about, as one of a list.
fn in_short(one: &Caveat) -> Option<String> {
    match one {
        Caveat::OneDirection { place } => Some(text::safe(place).into_owned()),
        Caveat::NoReplies { place, requests: count } | Caveat::NoRequests { place, replies: count } => {
            Some(format!("{} ({count})", text::safe(place)))
        }
        Caveat::ClockDiffers { place, clock } => {
            let by = measured(Span::from_nanoseconds(clock.ahead.nanoseconds().saturating_abs()));
            let side = if clock.ahead.nanoseconds() > 0 { "ahead" } else { "behind" };
            Some(format!("{} ({by} {side})", text::safe(place)))
        }
        Caveat::RecordedTwice { copy, original } if copy == original => {
            Some(format!("{} (in the input twice)", text::safe(copy)))
        }
        Caveat::RecordedTwice { copy, original } => {
            Some(format!("{} (as {})", text::safe(copy), text::safe(original)))
        }
        Caveat::Lost { .. }
        | Caveat::OrphanReplies { .. }
        | Caveat::TooManyOpen { .. }
        | Caveat::ReplyPassedHere { .. }
        | Caveat::SentAgainAfterReply { .. } => None,
    }
}

/// `a, b, c and 9 more`.
fn first_few(names: impl Iterator<Item = String>) -> String {
    const FEW: usize = 3;
    let mut names: Vec<String> = names.collect();
    if names.len() > FEW + 1 {
        let more = names.len() - FEW;
        names.truncate(FEW);
        names.push(format!("{more} more"));
    }
    listed(&names, "and")
}

fn all_of(by_place: &[PlaceCount]) -> u64 {
    by_place.iter().map(|count| count.requests).sum()
}

/// The places; with their numbers of requests where there are several.
fn places(by_place: &[PlaceCount], last_word: &str) -> String {
    let several = by_place.len() > 1;
    let name = |count: &PlaceCount| match several {
        true => format!("{} ({})", text::safe(&count.place), count.requests),
        false => text::safe(&count.place).into_owned(),
    };
    listed(&by_place.iter().map(name).collect::<Vec<_>>(), last_word)
}

fn passed_here(by_place: &[PlaceCount]) -> String {
    let of = number::count(all_of(by_place), "answered request");
    let see = if by_place.len() > 1 { "see" } else { "sees" };
    format!(
        "of {of} it is not known whether the reply arrived: {} {see} it pass and nothing that follows",
        places(by_place, "and")
    )
}

fn sent_again(by_place: &[PlaceCount]) -> String {
    let requests = all_of(by_place);
    let (were, clients) = if requests == 1 { ("was", "client") } else { ("were", "clients") };
    format!(
        "{} {were} sent again although a reply had passed: replies get lost behind {}, on the path to the {clients}; \
         whether the last reply arrived is not known",
        number::count(requests, "request"),
        places(by_place, "and")
    )
}

fn lost(vantage: &str, packets: u64, unanswered: u64, doubted: u64) -> String {
    let packet = if packets == 1 { "packet" } else { "packets" };
    let begin = format!("the capture at {} lost {packets} {packet}", text::safe(vantage));
    let replies = |count: u64| if count == 1 { "reply that is" } else { "replies that are" };
    match (unanswered, doubted) {
        (0, 0) => format!("{begin}; no reply is missing there, but requests may not have been seen"),
        (unanswered, 0) => format!(
            "{begin}: up to {} of the {unanswered} {} missing there may be among them",
            packets.min(unanswered),
            replies(unanswered)
        ),
        (_, doubted) => format!(
            "{begin}: {doubted} {} missing there may be among them and count as unknown",
            replies(doubted)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unanswered_exchange::ClockEstimate;

    #[test]
    fn what_a_capture_lost_is_said_with_what_that_means_for_missing_replies() {
        let words = |packets, unanswered, doubted| {
            caveat(&Caveat::Lost { vantage: "tap".into(), packets, unanswered, doubted })
        };
        assert_eq!(
            words(2, 0, 4),
            "the capture at tap lost 2 packets: 4 replies that are missing there may be among them and count as unknown"
        );
        assert_eq!(
            words(1, 120, 0),
            "the capture at tap lost 1 packet: up to 1 of the 120 replies that are missing there may be among \
             them"
        );
        assert_eq!(
            words(7, 0, 0),
            "the capture at tap lost 7 packets; no reply is missing there, but requests may not have been seen"
        );
    }

    #[test]
    fn a_clock_is_said_with_how_well_it_is_known() {
        let ahead = Span::from_milliseconds(300);
        let clock = ClockEstimate { ahead, within: Span::from_milliseconds(1), agreeing: 20 };
        assert_eq!(
            caveat(&Caveat::ClockDiffers { place: "far".into(), clock }),
            "the clock of far is 300 ms ahead of the others (give or take 1.00 ms, from 20 exchanges); its times are \
             corrected"
        );
    }

    #[test]
    fn replies_that_passed_are_said_with_the_places_that_saw_them() {
        let at = |place: &str, requests| PlaceCount { place: place.to_owned(), requests };
        assert_eq!(
            caveat(&Caveat::ReplyPassedHere { by_place: vec![at("tap", 38)] }),
            "of 38 answered requests it is not known whether the reply arrived: tap sees it pass and nothing that \
             follows"
        );
        let several = caveat(&Caveat::ReplyPassedHere { by_place: vec![at("tap", 38), at("spy", 2)] });
        assert!(
            several.ends_with(": tap (38) and spy (2) see it pass and nothing that follows"),
            "{several}"
        );
        let again = caveat(&Caveat::SentAgainAfterReply { by_place: vec![at("tap", 13)] });
        assert!(
            again.starts_with("13 requests were sent again although a reply had passed: replies get lost")
        );
    }

    #[test]
    fn one_reply_is_said_as_one() {
        let words = |replies| caveat(&Caveat::OrphanReplies { replies });
        assert_eq!(words(1), "1 reply answers a request that is not in the captures");
        assert_eq!(words(2), "2 replies answer requests that are not in the captures");
    }
}
