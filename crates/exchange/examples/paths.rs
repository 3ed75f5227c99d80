//! Prints the paths of the first requests of some captures: where they and their replies passed.

use unanswered_capture::InputSpec;
use unanswered_exchange::follow::Follow;
use unanswered_exchange::{PairerConfig, read_captures};

#[expect(clippy::print_stdout, reason = "an example prints")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let inputs: Vec<InputSpec> = std::env::args_os().skip(1).map(InputSpec::new).collect();
    let all = read_captures(&inputs, &PairerConfig::default(), &mut |_| {})?;
    let follow = Follow::new(&all);
    for row in (0_u32..).take(all.len().min(12)) {
        let path = follow.path(row);
        let stop = |s: &unanswered_exchange::follow::Stop<'_>| {
            let mark = if s.reply_at.is_some() { "<>" } else { ">" };
            format!("{}{mark}", all.place_name(s.place))
        };
        let stops: Vec<String> = path.stops.iter().map(stop).collect();
        println!("{row} {} {}", path.exchange.outcome(), stops.join(" "));
    }
    for link in follow.links() {
        let (near, far) = (all.place_name(link.near), all.place_name(link.far));
        let doubt = if link.order_doubtful { " (order doubtful)" } else { "" };
        println!("{near} - {far}{doubt}: {:?} {:?}", link.requests, link.replies);
    }
    Ok(())
}
