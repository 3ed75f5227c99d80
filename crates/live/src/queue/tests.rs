use super::*;
use crate::clock::monotonic;

fn push(queue: &mut Queue, place: usize, time: i64) {
    let byte = [time.to_le_bytes()[0]];
    let about = (Time::from_nanoseconds(time), 60, PacketFlags::default());
    queue.push(place, about, [&byte, &[9], &[8]], 2);
}

fn out(queue: &mut Queue, now: Instant) -> Vec<(usize, i64)> {
    let mut out = Vec::new();
    let done: Result<(), ()> = queue.release(now, |packet| {
        assert_eq!(packet.bytes, [packet.time.nanoseconds().to_le_bytes()[0], 9]);
        out.push((packet.place, packet.time.nanoseconds()));
        Ok(())
    });
    done.unwrap();
    out
}

#[test]
fn packets_of_several_places_come_out_in_order_of_time() {
    let (mut queue, start) = (Queue::default(), monotonic());
    queue.begin(start);
    push(&mut queue, 0, 10);
    push(&mut queue, 0, 30);
    push(&mut queue, 1, 20);
    assert_eq!(out(&mut queue, start), []);
    // Another place hands over late what was stamped earlier.
    queue.begin(start + HOLD / 2);
    push(&mut queue, 2, 15);
    push(&mut queue, 2, 40);
    assert_eq!(out(&mut queue, start + HOLD / 2), []);
    queue.begin(start + HOLD);
    assert_eq!(out(&mut queue, start + HOLD), [(0, 10), (2, 15), (1, 20), (0, 30)]);
    assert!(!queue.is_empty());
    queue.begin(start + HOLD * 2);
    assert_eq!(out(&mut queue, start + HOLD * 2), [(2, 40)]);
    assert!(queue.is_empty());
}

#[test]
fn a_clock_that_is_set_back_holds_nothing_for_long() {
    let (mut queue, start) = (Queue::default(), monotonic());
    queue.begin(start);
    push(&mut queue, 0, 1_000_000);
    queue.begin(start + HOLD / 4);
    push(&mut queue, 0, 50);
    assert_eq!(out(&mut queue, start + HOLD), [(0, 50), (0, 1_000_000)]);
    queue.begin(start + HOLD);
    push(&mut queue, 0, 60);
    assert_eq!(out(&mut queue, start + HOLD * 2), [(0, 60)]);
}

#[test]
fn at_the_end_all_come_out_and_memory_is_given_up() {
    let (mut queue, start) = (Queue::default(), monotonic());
    for turn in 0..100_i64 {
        queue.begin(start);
        push(&mut queue, 0, 100 - turn);
    }
    let mut times = Vec::new();
    let done: Result<(), ()> = queue.release_all(|packet| {
        times.push(packet.time.nanoseconds());
        Ok(())
    });
    done.unwrap();
    assert_eq!(times, (1..=100).collect::<Vec<_>>());
    assert!(queue.is_empty() && queue.chunks.is_empty());
}
