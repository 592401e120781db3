"""Makes every step of the features known to every feature."""

from pathlib import Path

_STEPS = Path(__file__).parent / "features" / "steps"

pytest_plugins = [f"features.steps.{path.stem}" for path in sorted(_STEPS.glob("*.py"))]
