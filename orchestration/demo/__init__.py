"""Made-up deliveries in the agreed formats: nobody in them exists."""

from orchestration.demo.feeds import DemoSummary, write_demo_feeds

__all__ = ["DemoSummary", "write_demo_feeds"]
