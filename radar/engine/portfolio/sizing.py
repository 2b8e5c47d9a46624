"""How the entries of each strategy were sized, in the words of the settings that a user compares."""

from __future__ import annotations

from typing import Any

from radar.engine.run import Run

MODES = {
    ("equal_allocation", "equity"): "equal_compound",
    ("equal_allocation", "initial"): "equal_fixed",
    ("weighted_allocation", "equity"): "weights",
    ("weighted_allocation", "initial"): "weights",
    ("risk_sizing", "equity"): "risk_per_stop",
    ("risk_sizing", "initial"): "risk_per_stop",
}
"""The sizing modes of the research specification (4.2) that a kind and its base are; another kind is its own mode."""


def sizing(run: Run) -> list[dict[str, Any]]:
    """The sizing node of every strategy: its mode, its kind, and the base that it allocates.

    ``base`` is ``equity`` (of the account: profits are put to work again) or ``initial`` (its initial capital, so sizes
    never grow), ``assets`` the number of assets that share the account.
    """
    found = []
    for chain in run.plan.chains:
        for risk in chain.risks:
            node = run.plan.node(risk)
            if node.kind.sizes:
                params = node.params.model_dump()
                mode = MODES.get((node.kind.name, params["base"]), node.kind.name)
                assets = params.get("assets") or int(run.account(chain.executor)["assets"])
                found.append(
                    {
                        "strategy": chain.strategy,
                        "account": chain.executor,
                        "node": risk,
                        "mode": mode,
                        "kind": node.kind.name,
                        "base": params["base"],
                        "assets": assets,
                    }
                )
    return found
