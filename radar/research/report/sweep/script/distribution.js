// How a metric is spread over all combinations.

const BINS = 48;

// Counts of equal steps from the least to the largest finite value.
function binsOf(values) {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  const step = (high - low) / BINS || 1;
  const counts = new Array(BINS).fill(0);
  for (const value of values) counts[Math.min(Math.floor((value - low) / step), BINS - 1)] += 1;
  return { low, high, step, counts };
}

function quantile(sorted, part) {
  const place = (sorted.length - 1) * part;
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

function drawDistribution(combinations, metric) {
  const host = document.getElementById("spread-plot");
  const note = document.getElementById("spread-note");
  const values = [...combinations.metric(metric.name)];
  const finite = values.filter(Number.isFinite).sort((one, other) => one - other);
  const unknown = values.filter((value) => !isKnown(value)).length;
  const infinite = values.length - finite.length - unknown;
  const apart = [];
  if (unknown > 0) apart.push(`for ${number(unknown, 0)} it is not defined`);
  if (infinite > 0) apart.push(`for ${number(infinite, 0)} it has no bound`);
  note.textContent = `${metric.title} of ${number(values.length, 0)} combinations${apart.length ? `; ${apart.join(", ")}` : ""}.`;
  if (finite.length === 0) {
    host.replaceChildren(make("p", { class: "quiet" }, "There is nothing to draw."));
    return;
  }
  const { low, high, step, counts } = binsOf(finite);
  const most = Math.max(...counts);
  const bars = counts.map((count, place) => {
    const from = low + place * step;
    const bar = make("div", { title: `${figure(from, metric)} to ${figure(from + step, metric)}: ${number(count, 0)}` });
    if (metric.signed) bar.classList.add(from + step / 2 < 0 ? "loss" : "gain");
    bar.style.height = `${((count / most) * 100).toFixed(2)}%`;
    return bar;
  });
  const tiles = [["Least", 0], ["First quarter", 0.25], ["Median", 0.5], ["Third quarter", 0.75], ["Most", 1]].map(([name, part]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, figure(quantile(finite, part), metric))),
  );
  if (metric.signed) {
    const above = finite.filter((value) => value > 0).length / values.length;
    tiles.push(make("div", {}, make("dt", {}, "Above zero"), make("dd", {}, percent(above * 100, 1, false))));
  }
  host.replaceChildren(
    make("div", { class: "bins", role: "img", "aria-label": `Distribution of ${metric.title}` }, ...bars),
    make("div", { class: "bin-labels" }, make("span", {}, figure(low, metric)), make("span", {}, figure(high, metric))),
    make("dl", { class: "tiles" }, ...tiles),
  );
}
