#!/usr/bin/env python3
"""Tables of incidents: counts of requests and failures per combination of attributes, with a known cause.

USAGE  incidents.py --bin PATH/TO/unanswered [--cases 100] [--first 0] [--rows N] [--keep FOLDER] [-v]
        [--before MINUTES [--baseline range|file]] [--uneven]

They stand for what a platform with many devices, networks and sites exports for some minutes of trouble: 4 to 6
attributes; attribute values differ in how often they fail at all times (a device of poor quality, a network that hardly
ever fails); one or two causes of one to three attributes add failures or multiply them, 5 to 60 % of all. Counts are drawn for each
combination, up to 3 million requests; with --rows a table has one line per request, thinned evenly to at most so many. With
--before normal minutes come first, without the cause: in the same table, whose last minute is the incident, or in a file of their own. With --uneven a
cause strikes the values of another attribute unevenly, the least struck with a fifth of what it adds to the most struck.

Judged from the clauses of the findings (schema unanswered.findings/1):
    exact    the first finding is the cause, no clause more or less (two causes: the first two findings, in any order)
    found    every cause is among the findings
A finding that lists values of one attribute ("cdn is one of a and b") says a cause for each of them.
"""
import argparse, csv, json, os, subprocess, sys, tempfile
from collections import Counter
import numpy as np

NAMES = ['province', 'operator', 'cdn', 'device', 'version', 'protocol']

def case(seed, with_causes=True, uneven=False):
    r = np.random.default_rng(seed)
    k = int(r.integers(4, 7)); names = list(r.permutation(NAMES)[:k])
    sizes = [int(round(np.exp(r.uniform(np.log(3), np.log(40))))) for _ in names]
    shares, factors = [], []
    for size in sizes:
        p = 1 / np.arange(1, size + 1) ** r.uniform(.3, 1.3); shares.append(r.permutation(p / p.sum()))
        standing = r.random() < .5                    # devices and networks differ, versions hardly
        f = np.exp(r.normal(0, r.uniform(.3, .8) if standing else .08, size))
        if standing and size > 2: f[r.choice(size, p=shares[-1])] *= r.uniform(.02, .15)
        factors.append(f)
    total = int(np.exp(r.uniform(np.log(2e4), np.log(3e6)))); base = np.exp(r.uniform(np.log(.002), np.log(.04)))
    # Combinations that occur: far fewer than possible.
    kinds = min(20000, max(300, total // 20))
    combos = np.column_stack([r.choice(s, kinds, p=p) for s, p in zip(sizes, shares)])
    weight = r.gamma(.7, 1, kinds) + 1e-9
    combos, index = np.unique(combos, axis=0, return_inverse=True); w = np.bincount(index.ravel(), weight)
    count = r.poisson(w / w.sum() * total)
    rate = base * np.prod([f[combos[:, i]] for i, f in enumerate(factors)], axis=0)
    if not with_causes: return names, combos[count > 0], count[count > 0], np.clip(rate, 0, .98)[count > 0], []
    causes = []; want = r.uniform(.05, .6); several = r.random() < .25
    want = max(want, .1) if several else want          # each explains 5 % at least
    inside_any = np.zeros(len(combos), bool)
    for _ in range(2 if several else 1):
        for _ in range(1000):
            attrs = sorted(r.choice(k, int(r.choice([1, 2, 3], p=[.4, .4, .2])), replace=False))
            row = combos[r.choice(len(combos), p=count / count.sum())]
            inside = np.all(combos[:, attrs] == row[attrs], axis=1)
            share = count[inside].sum() / count.sum()
            if .002 < share < .25 and not (inside & inside_any).any() and count[inside].sum() > 100: break
        else: continue
        causes.append({str(names[a]): f'{names[a]}_{row[a]}' for a in attrs}); inside_any |= inside
        background = (count * rate).sum()
        extra = want / (1 - want) * background / (2 if several else 1) / max(1, count[inside].sum())
        # A cause may add failures to everything inside, or multiply what fails there: a device that hardly ever fails then
        # hardly ever fails inside, too.
        added = rate + min(extra, .95)
        lift = 1 + extra * count[inside].sum() / max(1e-9, (count * rate)[inside].sum())
        struck = np.minimum(rate * lift, .97) if r.random() < .7 else added
        if uneven and len(attrs) < k:
            u = np.random.default_rng(seed + 10**7 * len(causes)); other = int(u.choice([i for i in range(k) if i not in attrs]))
            struck = rate + (struck - rate) * u.uniform(.2, 1, sizes[other])[combos[:, other]]
        rate = np.where(inside, struck, rate)
    failed = r.binomial(count, np.clip(rate, 0, .98))
    keep = count > 0
    return names, combos[keep], count[keep], failed[keep], causes

START = 1709546400                                    # 2024-03-04 10:00 UTC

def write_counts(path, seed, before=0, apart=None, uneven=False):
    names, combos, count, failed, causes = case(seed, uneven=uneven); r = np.random.default_rng(seed + 10**6)
    rows = [(before, i, count[i], failed[i]) for i in range(len(combos))]
    normal = case(seed, with_causes=False)
    normal = [(minute, i, c, r.binomial(c, normal[3][i])) for minute in range(before) for i in range(len(combos)) if (c := r.poisson(count[i]))]
    def to(path, rows):
        with open(path, 'w', newline='') as f:
            w = csv.writer(f); w.writerow([*(['minute'] if before and not apart else []), *names, 'requests', 'failures'])
            for k in r.permutation(len(rows)):
                minute, i, c, b = rows[k]
                w.writerow([*([START + 60 * minute] if before and not apart else []), *(f'{n}_{v}' for n, v in zip(names, combos[i])), c, b])
    if apart: to(path, rows); to(apart, normal)
    else: to(path, normal + rows)
    return causes

def write(path, seed, rows, uneven):
    names, combos, count, failed, causes = case(seed, uneven=uneven); r = np.random.default_rng(seed + 10**6)
    share = min(1, rows / count.sum()); bad = r.binomial(failed, share); good = r.binomial(count - failed, share)
    with open(path, 'w', newline='') as f:
        w = csv.writer(f); w.writerow([*names, 'result'])
        lines = []
        for c, b, g in zip(combos, bad, good):
            line = [f'{n}_{v}' for n, v in zip(names, c)]
            lines += [line + ['failed']] * b + [line + ['ok']] * g
        w.writerows(lines[i] for i in r.permutation(len(lines)))    # as they came, not by combination
    return causes

def clauses(finding):
    """The finding as {attribute: value}, or None where it says anything else."""
    out = {}
    for c in [*finding.get('among', []), *finding['clauses']]:
        if len(c.get('in') or []) != 1 or 'modulus' in c: return None
        out[c['feature']] = str(c['in'][0])
    return out

def singles(finding):
    """The finding as attribute-value pairs; one that lists values of one attribute is a cause for each."""
    lists = [c for c in [*finding.get('among', []), *finding['clauses']] if len(c.get('in') or []) > 1]
    if len(lists) != 1: return [clauses(finding)]
    rest = [c for c in finding['clauses'] if c is not lists[0]]
    return [clauses({'clauses': [*rest, {**lists[0], 'in': [v]}]}) for v in sorted(map(str, lists[0]['in']))]

def main():
    p = argparse.ArgumentParser(); p.add_argument('--bin', required=True); p.add_argument('--cases', type=int, default=100)
    p.add_argument('--first', type=int, default=0); p.add_argument('--rows', type=int, default=0); p.add_argument('--keep'); p.add_argument('--before', type=int, default=0); p.add_argument('--baseline', choices=['range', 'file']); p.add_argument('--uneven', action='store_true'); p.add_argument('-v', action='store_true')
    a = p.parse_args(); tally = Counter()
    folder = a.keep or tempfile.mkdtemp(); os.makedirs(folder, exist_ok=True)
    for seed in range(a.first, a.first + a.cases):
        path = os.path.join(folder, f'incident-{seed}.csv'); apart = path.replace('.csv', '-before.csv') if a.baseline == 'file' else None
        causes = write(path, seed, a.rows, a.uneven) if a.rows else write_counts(path, seed, a.before, apart, a.uneven)
        outcome = ['--outcome', 'result', '--failed', 'failed'] if a.rows else ['--count', 'requests', '--failed-count', 'failures']
        if a.baseline: outcome += ['--baseline', apart or f'10:00..10:{a.before:02}']
        out = subprocess.run([a.bin, 'explain', '--table', path, *outcome, '--json'], capture_output=True, text=True)
        if not a.keep: [os.remove(p) for p in (path, apart) if p]
        if out.returncode not in (0, 1): tally['not run to the end'] += 1; print(seed, out.stderr[:200]); continue
        said = [one for f in json.loads(out.stdout)['findings'] for one in singles(f)]; first = said[:len(causes)]
        exact = len(first) == len(causes) and all(c in first for c in causes); among = all(c in said for c in causes)
        tally['exact'] += exact; tally['found'] += among; tally['cases'] += 1
        if a.v and not exact:
            print(f'{seed}: truth {causes}'); [print('     ', f['words'], f['inside']['failed'], f['inside']['requests'], f['standing']) for f in json.loads(out.stdout)['findings'][:3]]
    n = max(1, tally['cases'])
    print(f"incidents: exact {100 * tally['exact'] / n:.0f} % of {n}, every cause among the findings {100 * tally['found'] / n:.0f} %")
    if tally['not run to the end']: sys.exit(1)
if __name__ == '__main__': main()
