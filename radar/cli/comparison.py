"""What applying a pipeline would do, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radar.cli import screen

if TYPE_CHECKING:
    from radar.v1 import plan_pb2

__all__ = ["show_comparison"]


def show_comparison(found: plan_pb2.PlanComparison) -> None:
    """Print what becomes of every node that does not stay as it is, and of the assets."""
    from radar.v1 import plan_pb2

    base = found.base_revision.removeprefix("pipelines/").replace("/revisions/", "@")
    if not found.changed:
        screen.say(f"nothing changes against {base}")
        return
    rows, kept = [], 0
    for node in found.nodes:
        effect = plan_pb2.NodeEffect.Name(node.effect).removeprefix("NODE_EFFECT_").lower().replace("_", " ")
        if effect == "keep" and not node.was:
            kept += 1
            continue
        name = f"{node.node} (was {node.was})" if node.was else node.node
        why = "\n".join(node.reasons)
        warm = f"{node.rewarm_bars:,}" if node.rewarm_bars else ""
        rows.append((name, node.kind, effect, warm, why))
    screen.show_table(
        ("node", "kind", "effect", "bars to warm", "why"), rows, title=f"against {base}:", right=("bars to warm",)
    )
    if kept:
        screen.say(f"{screen.count(kept, 'node')} kept as {'it is' if kept == 1 else 'they are'}")
    for words, assets in (("new assets", found.added_assets), ("assets that go", found.removed_assets)):
        if assets:
            screen.say(f"{words}: {', '.join(assets)}")
    for obstacle in found.obstacles:
        screen.say(f"obstacle: {obstacle}")
