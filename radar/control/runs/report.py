"""What a run has earned, as messages: from the plain data of its result, which a back-test has as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from radar.control.figures import metrics
from radar.control.runs.trading import known, set_decimals
from radar.engine.compare import Comparison
from radar.v1 import event_pb2, market_pb2, plan_pb2, report_pb2, trading_pb2, value_pb2

__all__ = ["chosen", "comparison_message", "report_message", "trade_messages"]


def report_message(run: str, mode: market_pb2.RunMode.ValueType, found: Mapping[str, Any]) -> report_pb2.RunReport:
    """Everything that a result says for itself, but for the long lists."""
    period = found["period"]
    accounts = found.get("accounts") or dict.fromkeys(found["exposure"], found["metrics"])
    message = report_pb2.RunReport(
        run=run,
        pipeline=found["pipeline"],
        mode=mode,
        clock=found["clock"],
        assets=found["assets"],
        period=value_pb2.Period(start=_time(period["from"]), end=_time(period["to"])),
        bars=period["bars"],
        warm_up_bars=period["warm_up_bars"],
        was_liquidated=found["was_liquidated"],
        metrics=metrics(found["metrics"]),
        entry_regimes=[_regime(one) for one in found["regimes"]["entry"]],
        exit_regimes=[_regime(one) for one in found["regimes"]["exit"]],
        refusals=[_refusal(one) for one in found["refusals"]],
        open_positions=[_open(one) for one in found["open_positions"]],
        warnings=found["warnings"],
        digests=plan_pb2.PlanDigests(
            **{name: found["digests"][name] for name in ("pipeline", "config", "plan", "kernel")}
        ),
        data_digest=found["digests"]["data"],
    )
    for field, values in (
        ("accounts", accounts),
        ("per_asset", found["per_asset"]),
        ("buy_and_hold", found["buy_and_hold"]),
    ):
        for name, one in values.items():
            getattr(message, field)[name].CopyFrom(metrics(one))
    for name, one in found["exposure"].items():
        message.exposure[name].CopyFrom(
            report_pb2.Exposure(**{key: value for key, value in one.items() if value is not None})
        )
    for asset, one in found["data_quality"].items():
        until = one["funding_until"]
        rest = {key: value for key, value in one.items() if key != "funding_until"}
        message.data_quality[asset].CopyFrom(
            report_pb2.DataQuality(**rest, funding_until=None if until is None else _time(until))
        )
    return message


def trade_messages(found: Mapping[str, Any]) -> list[trading_pb2.Trade]:
    """The closed trades of a result, in the order in which they closed."""
    return [_trade(one) for one in found["trades"]]


def comparison_message(found: Comparison) -> report_pb2.RunComparison:
    """Results side by side."""
    return report_pb2.RunComparison(
        runs=found.names,
        rows=[
            report_pb2.MetricRow(
                metric=row.metric,
                values=[
                    value_pb2.NamedNumber(name=name, value=value)
                    for name, value in zip(found.names, row.values, strict=True)
                ],
                spread=row.spread,
                best=row.best,
            )
            for row in found.rows
        ],
        warnings=found.warnings,
    )


def _trade(one: Mapping[str, Any]) -> trading_pb2.Trade:
    message = trading_pb2.Trade(
        trade=one["trade"],
        strategy=one["strategy"],
        asset=one["asset"],
        side=_side(one["side"]),
        entry_time=_time(one["entry_time"]),
        exit_time=_time(one["exit_time"]),
        reason=market_pb2.ExitReason.Value(f"EXIT_REASON_{one['reason'].upper()}"),
        levels=[_level(one, level) for level in one["levels"]],
        bars=one["bars"],
        worst_excursion=one["worst_excursion"],
        return_base=known(one["return_base"]),
        entry_regime=market_pb2.MarketRegime.Value(f"MARKET_REGIME_{one['entry_regime'].upper()}"),
        exit_regime=market_pb2.MarketRegime.Value(f"MARKET_REGIME_{one['exit_regime'].upper()}"),
    )
    set_decimals(message, one)
    return message


def _level(trade: Mapping[str, Any], level: Mapping[str, Any]) -> trading_pb2.Fill:
    long = trade["side"] == "long"
    return trading_pb2.Fill(
        strategy=trade["strategy"],
        asset=trade["asset"],
        side=market_pb2.ORDER_SIDE_BUY if long else market_pb2.ORDER_SIDE_SELL,
        opens=True,
        trade=trade["trade"],
        level=level["level"],
        reference_price=known(level["reference"]),
        price=known(level["price"]),
        quantity=known(level["quantity"]),
        time=_time(level["time"]),
    )


def _open(one: Mapping[str, Any]) -> trading_pb2.Position:
    return trading_pb2.Position(
        strategy=one["strategy"],
        asset=one["asset"],
        side=_side(one["side"]),
        quantity=known(one["quantity"]),
        average_entry=known(one["average_entry"]),
        mark_price=known(one["mark"]),
        stop=known(one["stop"]),
        stop_confirmed=True,
        fees=known(one["fees"]),
        funding=known(one["funding"]),
        net=known(one["unrealised"] - one["fees"] + one["funding"]),
        entry_time=_time(one["entry_time"]),
    )


def _refusal(one: Mapping[str, Any]) -> event_pb2.Refusal:
    cause = market_pb2.RefusalCause.Value(f"REFUSAL_CAUSE_{one['cause'].upper()}")
    rest = {name: one[name] for name in ("strategy", "meaning", "count", "asset")}
    return event_pb2.Refusal(cause=cause, **rest)


def _regime(one: Mapping[str, Any]) -> report_pb2.RegimeResult:
    return report_pb2.RegimeResult(
        regime=market_pb2.MarketRegime.Value(f"MARKET_REGIME_{one['regime'].upper()}"),
        trades=one["trades"],
        win_rate=one["win_rate"],
        net=known(one["net"]),
    )


def _side(name: str) -> market_pb2.Side.ValueType:
    return market_pb2.Side.Value(f"SIDE_{name.upper()}")


def _time(text: str) -> Timestamp:
    found = Timestamp()
    found.FromJsonString(text)
    return found


def chosen(items: Sequence[Any], strategies: Sequence[str], assets: Sequence[str]) -> list[Any]:
    """Those of some strategies and assets; none named: of all."""
    return [
        one for one in items if (not strategies or one.strategy in strategies) and (not assets or one.asset in assets)
    ]
