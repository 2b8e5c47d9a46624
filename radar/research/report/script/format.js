// Numbers and instants in words, as number.py writes them.

const THIN = "\u202f";
const NOTHING = "–";
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function number(value, digits = 2, sign = false) {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING;
  const text = Math.abs(value).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  if (!/[1-9]/.test(text)) return text;
  return (value < 0 ? "−" : sign ? "+" : "") + text;
}

function percent(value, digits = 2, sign = true) {
  const text = number(value, digits, sign);
  return text === NOTHING ? text : `${text}${THIN}%`;
}

function price(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING;
  if (value === 0) return "0";
  const digits = Math.min(12, Math.max(0, 6 - Math.floor(Math.log10(Math.abs(value)))));
  const text = number(value, digits);
  return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
}

function two(value) {
  return String(value).padStart(2, "0");
}

function day(time) {
  const date = new Date(time);
  return `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
}

function clock(time) {
  const date = new Date(time);
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
}

function instant(time) {
  return `${day(time)} ${clock(time)}`;
}

function duration(milliseconds) {
  const parts = [];
  let rest = Math.round(milliseconds);
  for (const [length, unit] of [[DAY, "d"], [HOUR, "h"], [MINUTE, "min"], [SECOND, "s"]]) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) parts.push(`${count}${THIN}${unit}`);
  }
  return parts.slice(0, 2).join(" ") || `0${THIN}min`;
}

function words(name) {
  return name.replaceAll("_", " ");
}

function timeframe(milliseconds) {
  if (milliseconds % (7 * DAY) === 0) return `${milliseconds / (7 * DAY)}w`;
  if (milliseconds % DAY === 0) return `${milliseconds / DAY}d`;
  if (milliseconds % HOUR === 0) return `${milliseconds / HOUR}h`;
  return `${milliseconds / MINUTE}m`;
}

// An element with text and attributes; text is never read as HTML.
function make(tag, attributes = {}, ...children) {
  const found = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    found.setAttribute(name, value === true ? "" : String(value));
  }
  found.append(...children);
  return found;
}
