"""What the tests of revenue arrange with."""

from emporion.insights.revenue.tests.scene import scene

__all__ = ["scene"]
