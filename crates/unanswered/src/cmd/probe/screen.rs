//! All known faults that can be asked about, one question after another.

use super::job::Job;
use super::known::Group;
use crate::failure::Failure;
use crate::shell;
use std::process::ExitCode;
use unanswered_probe::{Because, Conclusion, Decided, RivalsEvidence, Verdict};
use unanswered_report::experiment::{Kind, Screened, Screening, Standing, brief, screening};

/// How likely one of a group of known faults is where nothing is suspected (judgement).
const LATENT: f64 = 0.5;
/// Requests that one question may take, beside its share of the budget: more are asked with --for.
const EACH: u32 = 80;

pub(super) fn run(job: &Job<'_>, groups: &[Group]) -> Result<ExitCode, Failure> {
    if job.args.dry_run {
        let plan = job.intended(Kind::Rivals, Vec::new(), None);
        shell::print(&unanswered_report::experiment::plan(&plan, shell::columns()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut open = job.open()?;
    job.announce(Kind::Rivals, &open);
    let raw = open.plain.is_none();
    let (mut left, mut stopped) = (job.manners.budget, false);
    let mut faults = Vec::new();
    for group in groups {
        if stopped || left == 0 || group.needs_raw() && !raw {
            let standing = if group.needs_raw() && !raw { Standing::NeedsRights } else { Standing::NotAsked };
            faults.extend(each(group, |_| standing));
            continue;
        }
        let job = job.about(group, left.min(EACH));
        let asked = job.ask(&mut open, group.question(LATENT), &|answer| brief::decided(*answer))?;
        left = left.saturating_sub(asked.tally.sent);
        stopped = asked.stopped;
        faults.extend(each(group, |place| standing(&asked.conclusion, place)));
    }
    let written = job.close(open)?;
    let sent = job.manners.budget - left;
    let told = Screening {
        server: job.server.named.clone(),
        address: job.server.address,
        protocol: job.asking.words().to_owned(),
        sent,
        faults,
        written,
    };
    let page = if job.args.json { screening::json(&told) } else { screening::text(&told, shell::columns()) };
    shell::print(&page)?;
    Ok(ExitCode::SUCCESS)
}

fn each(group: &Group, standing: impl Fn(usize) -> Standing) -> Vec<Screened> {
    let of = group.ids.iter().zip(&group.words).enumerate();
    of.map(|(place, (id, title))| Screened {
        id: id.clone(),
        title: title.clone(),
        standing: standing(place),
    })
    .collect()
}

/// A fault that is as unlikely as this is excluded, whatever else is still possible.
const UNLIKELY: f64 = 0.01;

/// What a conclusion says of one of the faults.
fn standing(conclusion: &Conclusion<Decided, RivalsEvidence>, place: usize) -> Standing {
    let own = Decided::Rival(place);
    let because = match &conclusion.verdict {
        Verdict::Found(found) if found.answer == own => {
            return Standing::Confirmed { probability: found.probability };
        }
        Verdict::Found(_) => return Standing::Excluded,
        Verdict::CannotTell(Because::NothingFits) => return Standing::FailsOtherwise,
        Verdict::CannotTell(because) => *because,
    };
    let left = conclusion.remaining.iter().find(|weighed| weighed.answer == own);
    let asked = conclusion.evidence.tried.iter().any(|tried| tried.asked > 0);
    if asked && left.is_none_or(|weighed| weighed.probability < UNLIKELY) {
        return Standing::Excluded;
    }
    Standing::Undecided { because }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unanswered_probe::Weighed;

    fn came(verdict: Verdict<Decided>) -> Conclusion<Decided, RivalsEvidence> {
        Conclusion {
            verdict,
            remaining: Vec::new(),
            evidence: RivalsEvidence { tried: Vec::new() },
            limits: Vec::new(),
        }
    }

    #[test]
    fn one_fault_confirmed_excludes_its_neighbours() {
        let found = came(Verdict::Found(Weighed { answer: Decided::Rival(1), probability: 0.995 }));
        assert_eq!(standing(&found, 1), Standing::Confirmed { probability: 0.995 });
        assert_eq!(standing(&found, 0), Standing::Excluded);
        let otherwise = came(Verdict::CannotTell(Because::NothingFits));
        assert_eq!(standing(&otherwise, 0), Standing::FailsOtherwise);
        let silent = came(Verdict::CannotTell(Because::SilentFromTheStart));
        assert_eq!(standing(&silent, 0), Standing::Undecided { because: Because::SilentFromTheStart });
    }
}
