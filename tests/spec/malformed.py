"""Malformed pipelines: what is changed in the frame, and the code that must be given for the place between « and »."""

from __future__ import annotations

from tests.spec.frame import frame

SMA = "{indicator: sma, in: candles.close, period: 14}"
GRID = "strategy: grid_atr, in: {bar: candles, mean: mean, width: width}"

SYNTAX = {
    "bracket not closed": ("R1003", "radar: 1\nassets: «[»BTC, ETH\n"),
    "colon in plain text": ("R1003", "radar: 1\nabout: a grid«:» long only\n"),
    "uneven indentation": ("R1003", "radar: 1\nclock: 1h\n  nodes«:» 2\n"),
    "quote not closed": ("R1003", 'radar: 1\nabout: «"»open\n'),
    "reserved character": ("R1003", "radar: 1\nabout: «@»home\n"),
    "unknown escape": ("R1003", 'radar: 1\nabout: "a\\«q»b"\n'),
    "tab": ("R1004", "radar: 1\nnodes:\n«\t»candles: {source: candles}\n"),
    "key twice": ("R1005", "radar: 1\nclock: 1h\n«clock»: 4h\n"),
    "number as a key": ("R1006", "radar: 1\n«1»: one\n"),
    "truth value as a key": ("R1006", "«true»: one\n"),
    "list as a key": ("R1006", "? «[a]»\n: 1\n"),
    "empty key": ("R1006", "radar: 1\n«:» 2\n"),
    "custom tag": ("R1007", "radar: 1\nclock: «!duration 1h»\n"),
    "standard tag": ("R1007", "radar: «!!int 1»\n"),
    "two documents": ("R1008", "radar: 1\n«---»\nradar: 1\n"),
    "empty": ("R1009", "« »"),
    "only comments": ("R1009", "«#» nothing\n"),
    "too deep": ("R1010", "radar: " + "[" * 31 + "«[»" + "[" * 60 + "]" * 92 + "\n"),
    "alias without an anchor": ("R1011", "radar: 1\nclock: «*hour»\n"),
    "alias inside its anchor": ("R1011", "nodes: &all {a: «*all»}\n"),
    "merge key": ("R1012", "a: &a {b: 1}\nc: {«<<»: *a}\n"),
    "control character": ("R1013", "radar: 1\nabout: «\x07»\n"),
    "YAML 1.1": ("R1014", "«%YAML 1.1»\n---\nradar: 1\n"),
}

SHAPE = {
    "a list for a file": ("R2003", "«- radar»\n- pipeline\n"),
    "text for a file": ("R2003", "«radar»\n"),
    "unknown top-level key": ("R2001", frame(clock="1h\n«node»: {}")),
    "no clock": ("R2002", "«r»" + frame(clock=None)[1:]),
    "no assets": ("R2002", "«r»" + frame(assets=None)[1:]),
    "nodes is a list": ("R2003", frame(nodes="«[a, b]»")),
    "nodes is empty": ("R2003", frame(nodes="«{}»")),
    "about is a list": ("R2003", frame(about="«[a, b]»")),
    "another format": ("R2004", frame(radar="«2»")),
    "format as text": ("R2004", frame(radar='«"1"»')),
    "pipeline with a blank": ("R2005", frame(pipeline="«my grid»")),
    "node in capitals": ("R2005", frame(about="x").replace("  candles: {", "  «Candles»: {", 1)),
    "node without a kind": ("R2006", frame(**{"«average»": "{in: candles.close}"})),
    "misspelled role": ("R2006", frame(mean="{«indcator»: sma, in: candles.close}")),
    "two roles": ("R2006", frame(mean="{indicator: sma, «source»: candles}")),
    "unknown indicator": ("R2007", frame(mean="{indicator: «smaa», in: candles.close}")),
    "kind of another role": ("R2007", frame(mean="{indicator: «candles», in: candles.close}")),
    "node is text": ("R2003", frame(mean="«sma»")),
    "role is a list": ("R2003", frame(mean="{indicator: «[sma]»}")),
    "unknown parameter": ("R2008", frame(mean="{indicator: sma, in: candles.close, «perod»: 14}")),
    "parameter of a kind without any": ("R2008", frame(rates="{source: funding, «hours»: 8}")),
    "number in quotes": ("R2009", frame(mean='{indicator: sma, in: candles.close, period: «"14"»}')),
    "fraction for a whole number": ("R2009", frame(mean="{indicator: sma, in: candles.close, period: «14.5»}")),
    "truth value for a number": ("R2009", frame(mean="{indicator: sma, in: candles.close, period: «true»}")),
    "null for a number": ("R2009", frame(mean="{indicator: sma, in: candles.close, period: «null»}")),
    "list for a number": ("R2009", frame(mean="{indicator: sma, in: candles.close, period: «[14]»}")),
    "thousands separator": ("R2009", frame(sized="{risk: equal_allocation, in: grid, assets: «1_000»}")),
    "yes for true": ("R2009", frame(margin="{risk: margin_guard, in: sized, free_equity: «yes»}")),
    "number for text": ("R2009", frame(journal="{sink: journal, in: [broker, guard.refused], path: «1»}")),
    "word for a list": ("R2009", frame(grid=f"{{{GRID}, leverage: 3, sides: «long»}}")),
    "below a bound": ("R2010", frame(mean="{indicator: sma, in: candles.close, period: «0»}")),
    "above a bound": ("R2010", frame(grid=f"{{{GRID}, leverage: «200»}}")),
    "stop of zero": ("R2010", frame(grid=f"{{{GRID}, leverage: 3, sl_percent: «0»}}")),
    "infinite": ("R2010", frame(grid=f"{{{GRID}, leverage: «.inf»}}")),
    "no sides": ("R2010", frame(grid=f"{{{GRID}, leverage: 3, sides: «[]»}}")),
    "not a choice": ("R2011", frame(sized="{risk: equal_allocation, in: grid, base: «equty»}")),
    "not a choice in a list": ("R2011", frame(grid=f"{{{GRID}, leverage: 3, sides: [long, «shrt»]}}")),
    "percent of a fraction": ("R2012", frame(margin="{risk: margin_guard, in: sized, max_margin_ratio: «70%»}")),
    "hours for percent": ("R2012", frame(grid=f"{{{GRID}, leverage: 3, sl_percent: «20h»}}")),
    "percent for bars": ("R2012", frame(mean="{indicator: sma, in: candles.close, period: «14%»}")),
    "reference in another unit": (
        "R2012",
        frame(sized='{risk: equal_allocation, in: grid, cap_percent: "«${guard.freeze_hours}»"}'),
    ),
    "clock that does not divide a day": ("R2013", frame(clock="«7h»")),
    "clock as a number": ("R2013", frame(clock="«60»")),
    "timeframe of a strategy": ("R2013", frame(grid=f"{{{GRID}, leverage: 3, timeframe: «1hour»}}")),
    "unknown key of clock": ("R2001", frame(clock="{decide: 1h, «fills»: 1m}")),
    "clock without decide": ("R2002", frame(clock="«{fill: 1m}»")),
    "fill slower than decide": ("R2029", frame(clock="{decide: 1h, fill: «4h»}")),
    "unknown block": ("R2014", frame(broker="{executor: account, in: guard, with: «risk.acount»}")),
    "a file for a block": ("R2014", frame(broker="{executor: account, in: guard, with: «risk»}")),
    "a value for a block": ("R2014", frame(broker="{executor: account, in: guard, with: «risk.sizing.base»}")),
    "environment": ("R2016", frame(about='"say «${env:RADAR_ABSENT}»"')),
    "secret where it shows": ("R2017", frame(journal='{sink: journal, in: broker, path: "«${secret:TOKEN}»"}')),
    "reference not closed": ("R2018", frame(about='"«${env:HOME»"')),
    "unknown reference": ("R2018", frame(about='"«${HOME}»"')),
    "parameter outside parameters": ("R2018", frame(clock='«"${grid.timeframe}"»')),
    "parameter of an unknown node": (
        "R2019",
        frame(mean='{indicator: sma, in: candles.close, period: "«${gird.ma_period}»"}'),
    ),
    "unknown parameter of a node": (
        "R2019",
        frame(mean='{indicator: sma, in: candles.close, period: "«${grid.period}»"}'),
    ),
    "parameter of itself": ("R2020", frame(mean='{indicator: sma, in: candles.close, period: "«${mean.period}»"}')),
    "chain of parameters": ("R2020", frame(width='{indicator: atr, in: candles, period: "«${mean.period}»"}')),
    "reference too long": ("R2022", frame(mean="{indicator: sma, in: «candles.bar.close», period: 14}")),
    "reference in capitals": ("R2022", frame(mean="{indicator: sma, in: «Candles», period: 14}")),
    "mapping in an input": ("R2022", frame(mean="{indicator: sma, in: {in: «{a: b}»}, period: 14}")),
    "reference in a key": ("R2023", frame(mean='{indicator: sma, in: candles.close, «"${env:HOME}"»: 14}')),
    "side twice": ("R2024", frame(grid=f"{{{GRID}, leverage: 3, sides: [long, «long»]}}")),
    "asset twice": ("R2024", frame(assets="[BTC, «BTC»]")),
    "was a node that exists": ("R2027", frame(mean="{indicator: sma, in: candles.close, was: «candles»}")),
    "was itself": ("R2027", frame(mean="{indicator: sma, in: candles.close, was: «mean»}")),
    "per_asset of an account": (
        "R2028",
        frame(broker="{executor: account, in: guard, per_asset: «{BTC: {taker_fee_percent: 0.05}}»}"),
    ),
    "per_asset of a clock": (
        "R2028",
        frame(grid=f"{{{GRID}, leverage: 3, per_asset: {{BTC: {{«timeframe»: 4h}}}}}}"),
    ),
    "per_asset of an unknown asset": (
        "R4001",
        frame(grid=f"{{{GRID}, leverage: 3, per_asset: {{«BTX»: {{sl_percent: 15}}}}}}"),
    ),
    "per_asset with an unknown parameter": (
        "R2008",
        frame(grid=f"{{{GRID}, leverage: 3, per_asset: {{BTC: {{«sl»: 15}}}}}}"),
    ),
    "per_asset out of bounds": (
        "R2010",
        frame(grid=f"{{{GRID}, leverage: 3, per_asset: {{BTC: {{num_levels: «9»}}}}}}"),
    ),
    "per_asset is a list": ("R2003", frame(grid=f"{{{GRID}, leverage: 3, per_asset: «[BTC]»}}")),
    "unknown asset": ("R4001", frame(assets="[BTC, «ETHER»]")),
    "unknown group": ("R4002", frame(assets="«topten»")),
    "no asset in the list": ("R4002", frame(assets="«[]»")),
    "assets is a mapping": ("R2003", frame(assets="«{BTC: 1}»")),
}

GRAPH = {
    "unknown node": ("R3001", frame(mean="{indicator: sma, in: «candels.close», period: 14}")),
    "unknown output": ("R3002", frame(mean="{indicator: sma, in: «candles.closing», period: 14}")),
    "output of a sink": ("R3002", frame(mean="{indicator: sma, in: «journal», period: 14}")),
    "unknown input": ("R3003", frame(mean="{indicator: sma, in: {«input»: candles.close}, period: 14}")),
    "input not wired": ("R3004", frame(**{"mean": None, "«mean»": "{indicator: sma, period: 14}"})),
    "bar for a series": ("R3005", frame(mean="{indicator: sma, in: «candles», period: 14}")),
    "series for a bar": ("R3005", frame(width="{indicator: atr, in: «candles.close», period: 14}")),
    "intent for an account": ("R3005", frame(broker="{executor: account, in: «grid»}")),
    "two wires into one input": ("R3006", frame(mean="{indicator: sma, in: [candles.close, «candles.open»]}")),
    "circle of two": ("R3007", frame(mean="{indicator: sma, in: slow}", slow="{indicator: sma, in: «mean»}")),
    "circle of one": ("R3007", frame(mean="{indicator: sma, in: «mean»}")),
    "unused indicator": ("R3008", frame(**{"«slow»": "{indicator: sma, in: candles.close}"})),
    "unused strategy": (
        "R3008",
        frame(**{"«other»": "{strategy: grid_atr, in: {bar: candles, mean: mean, width: width}, sides: [short]}"}),
    ),
    "two executors": ("R3009", frame(second="{executor: account, in: «guard»}")),
    "one wire twice": ("R3010", frame(journal="{sink: journal, in: [broker, «broker.fills»]}")),
    "source with an input": ("R3011", frame(candles="{source: candles, «in»: mean}")),
}

MEANING = {
    "no sizing": (
        "R4003",
        frame(
            sized=None,
            margin="{risk: margin_guard, in: grid}",
            guard="{risk: kill_switch, in: margin}",
            broker="{executor: account, in: {in: «guard», regime: regime}}",
        ),
    ),
    "no gate": ("R4004", frame(broker="{executor: account, in: {in: «sized», regime: regime}}")),
    "stop behind liquidation": (
        "R4006",
        frame(
            grid=f"{{{GRID}, leverage: 6, sl_percent: «20»}}",
            broker="{executor: account, in: {in: guard, regime: regime}, margin_mode: isolated}",
        ),
    ),
    "stop behind liquidation of one asset": (
        "R4006",
        frame(
            grid=f"{{{GRID}, leverage: 3, per_asset: {{BTC: {{sl_percent: «50»}}}}}}",
            broker="{executor: account, in: {in: guard, regime: regime}, margin_mode: isolated}",
        ),
    ),
    "stop above the margin": ("R4007", frame(grid=f"{{{GRID}, leverage: 6, sl_percent: «20»}}")),
    "stop near the margin": ("R4008", frame(grid=f"{{{GRID}, leverage: 4.5, sl_percent: «20»}}")),
    "resampled to a finer clock": (
        "R4009",
        frame(slow="{indicator: resample, in: candles, to: «15m»}", width="{indicator: atr, in: slow}"),
    ),
    "candles finer than the pipeline": ("R4009", frame(candles="{source: candles, timeframe: «5m»}")),
    "resampled to no multiple": (
        "R4010",
        frame(clock="4h", slow="{indicator: resample, in: candles, to: «6h»}", width="{indicator: atr, in: slow}"),
    ),
    "timeframe of another clock": ("R4011", frame(grid=f"{{{GRID}, leverage: 3, timeframe: «4h»}}")),
    "no regime": ("R4013", frame(regime=None, **{"broker": None, "«broker»": "{executor: account, in: guard}"})),
    "sized twice": (
        "R4016",
        frame(**{"«again»": "{risk: equal_allocation, in: sized}", "margin": "{risk: margin_guard, in: again}"}),
    ),
}

CASES = {**SYNTAX, **SHAPE, **GRAPH, **MEANING}
"""Every case by name: the code and the text with its marks."""
