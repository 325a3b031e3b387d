"""`python -m bench` measures everything, `python -m bench store` what is named; both renew docs/benchmarks.md."""

import sys

from bench import harness, report


def main() -> int:
    """Runs the benchmarks; fails when a figure is not as good as what is due."""
    known, asked = harness.names(), sys.argv[1:]
    unknown = sorted(set(asked) - set(known))
    if unknown:
        print(f"There is no benchmark named {', '.join(unknown)}; there are: {', '.join(known)}")
        return 2
    reports = [harness.run(name) for name in asked or known]
    report.write()
    return 0 if all(figure.holds for one in reports for figure in one.figures) else 1


if __name__ == "__main__":
    sys.exit(main())
