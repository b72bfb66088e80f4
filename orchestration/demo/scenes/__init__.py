"""The scenes that the cast plays: one small function per rule, grouped as the notice is."""

from orchestration.demo.scenes import dishonesty, finance, joint, pairs, positive, repair
from orchestration.demo.script import Script


def write_script(script: Script) -> None:
    """Every scene, in an order that does not change."""
    dishonesty.play(script)
    repair.play(script)
    positive.play(script)
    finance.play(script)
    joint.play(script)
    pairs.play(script)
