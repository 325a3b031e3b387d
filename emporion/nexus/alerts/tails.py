"""How likely it is that so many of a few calls fail by chance: exact, so that three calls can be judged as three million."""

import math


def binomial_at_least(hits: int, trials: int, share: float) -> float:
    """The chance of `hits` or more among `trials` that each hit with a chance of `share`."""
    if hits <= 0:
        return 1.0
    if hits > trials or share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    if hits <= trials * share:
        return 1.0 - _sum_down(hits - 1, trials, share)
    return _sum_up(hits, trials, share)


def poisson_at_least(count: int, mean: float) -> float:
    """The chance of `count` or more where `mean` come on average."""
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    if count <= mean:
        return 1.0 - poisson_at_most(count - 1, mean)
    term = total = math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
    step = count
    while term > total * 1e-17 and term > 0:
        step += 1
        term *= mean / step
        total += term
    return min(1.0, total)


def poisson_at_most(count: int, mean: float) -> float:
    """The chance of `count` or fewer where `mean` come on average; of none at all it is e^-mean."""
    if mean <= 0:
        return 1.0
    if count < 0:
        return 0.0
    if count > mean:
        return 1.0 - poisson_at_least(count + 1, mean)
    term = total = math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
    for step in range(count, 0, -1):
        term *= step / mean
        total += term
        if term <= total * 1e-17:
            break
    return min(1.0, total)


def negative_binomial_at_least(count: int, mean: float, variance: float) -> float:
    """The chance of `count` or more of something that comes in bursts; with no more variance than mean it is Poisson's."""
    if variance <= mean * 1.0001 or mean <= 0:
        return poisson_at_least(count, mean)
    if count <= 0:
        return 1.0
    size = mean * mean / (variance - mean)
    share = size / (size + mean)
    below, term = 0.0, math.exp(size * math.log(share))
    for step in range(count):
        below += term
        term *= (step + size) / (step + 1) * (1 - share)
    if below < 0.999:
        return max(0.0, 1.0 - below)
    # Near 1 the difference has no digits left: the tail itself is added up.
    tail, step = term, count
    while term > tail * 1e-15 and term > 0:
        term *= (step + size) / (step + 1) * (1 - share)
        tail += term
        step += 1
    return min(1.0, tail)


def _term(hits: int, trials: int, share: float) -> float:
    ways = math.lgamma(trials + 1) - math.lgamma(hits + 1) - math.lgamma(trials - hits + 1)
    return math.exp(ways + hits * math.log(share) + (trials - hits) * math.log1p(-share))


def _sum_up(hits: int, trials: int, share: float) -> float:
    term = total = _term(hits, trials, share)
    odds = share / (1 - share)
    for step in range(hits, trials):
        term *= (trials - step) / (step + 1) * odds
        total += term
        if term <= total * 1e-17:
            break
    return min(1.0, total)


def _sum_down(hits: int, trials: int, share: float) -> float:
    term = total = _term(hits, trials, share)
    odds = (1 - share) / share
    for step in range(hits, 0, -1):
        term *= step / (trials - step + 1) * odds
        total += term
        if term <= total * 1e-17:
            break
    return min(1.0, total)
