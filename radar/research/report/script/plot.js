// A drawing over time that can be zoomed: canvas below, crosshair above, pointer and keyboard.

const MARGIN = { left: 4, right: 72, top: 8, bottom: 24 };

function colours() {
  const style = getComputedStyle(document.documentElement);
  const found = {};
  for (const name of ["card", "ink", "soft", "faint", "line", "grid", "gain", "loss", "accent", "held", "rising", "falling", "pick"]) {
    found[name] = style.getPropertyValue(`--${name}`).trim();
  }
  return found;
}

class Plot {
  // `first` and `last` bound the time axis, `least` is the shortest span that can be shown (all milliseconds).
  constructor(name, first, last, least) {
    this.host = document.getElementById(`${name}-plot`);
    this.readout = document.getElementById(`${name}-readout`);
    [this.canvas, this.overlay] = this.host.querySelectorAll("canvas");
    this.setBounds(first, last, least);
    this.pointer = null;
    this.drag = null;
    this.waiting = false;
    this.listen();
  }

  setBounds(first, last, least) {
    this.first = first;
    this.last = Math.max(last, first + least);
    this.least = least;
    this.from = this.first;
    this.to = this.last;
  }

  get isWhole() {
    return this.from <= this.first && this.to >= this.last;
  }

  listen() {
    const host = this.host;
    host.addEventListener("pointerdown", (event) => this.press(event));
    host.addEventListener("pointermove", (event) => this.move(event));
    host.addEventListener("pointerup", (event) => this.release(event));
    host.addEventListener("pointercancel", () => this.leave());
    host.addEventListener("pointerleave", () => this.leave());
    host.addEventListener("dblclick", () => this.command("reset"));
    host.addEventListener("keydown", (event) => this.key(event));
    const controls = host.closest("section").querySelectorAll("[data-zoom]");
    for (const button of controls) button.addEventListener("click", () => this.command(button.dataset.zoom));
    new ResizeObserver(() => this.redraw()).observe(host);
    addEventListener("print-colours", () => this.repaint());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
  }

  command(name) {
    const span = this.to - this.from;
    const middle = (this.from + this.to) / 2;
    if (name === "reset") this.show(this.first, this.last);
    if (name === "in") this.show(middle - span / 4, middle + span / 4);
    if (name === "out") this.show(middle - span, middle + span);
    if (name === "left") this.show(this.from - span / 4, this.to - span / 4);
    if (name === "right") this.show(this.from + span / 4, this.to + span / 4);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const names = { ArrowLeft: "left", ArrowRight: "right", "+": "in", "=": "in", "-": "out", 0: "reset", Escape: "reset", Home: "reset" };
    const name = names[event.key];
    if (name === undefined) return;
    event.preventDefault();
    this.command(name);
  }

  // Show a span, moved and widened to fit what there is.
  show(from, to) {
    const span = Math.min(Math.max(to - from, this.least), this.last - this.first);
    const middle = (from + to) / 2;
    const start = Math.min(Math.max(middle - span / 2, this.first), this.last - span);
    this.from = start;
    this.to = start + span;
    this.redraw();
  }

  press(event) {
    if (event.button !== 0) return;
    this.drag = { from: event.offsetX, to: event.offsetX };
    this.host.setPointerCapture(event.pointerId);
  }

  move(event) {
    this.pointer = { x: event.offsetX, y: event.offsetY };
    if (this.drag !== null) this.drag.to = event.offsetX;
    this.drawOverlay();
  }

  release(event) {
    const drag = this.drag;
    this.drag = null;
    if (drag === null) return;
    const [left, right] = [Math.min(drag.from, event.offsetX), Math.max(drag.from, event.offsetX)];
    if (right - left > 6) this.show(this.time(left), this.time(right));
    else this.click(event.offsetX, event.offsetY);
    this.drawOverlay();
  }

  leave() {
    this.pointer = null;
    this.drag = null;
    this.drawOverlay();
  }

  click() {}

  x(time) {
    return MARGIN.left + ((time - this.from) / (this.to - this.from)) * this.inner;
  }

  time(x) {
    return this.from + ((x - MARGIN.left) / this.inner) * (this.to - this.from);
  }

  redraw() {
    if (this.waiting || document.documentElement.classList.contains("printing")) return;
    this.waiting = true;
    requestAnimationFrame(() => this.paint());
  }

  paint() {
    this.waiting = false;
    const box = this.host.getBoundingClientRect();
    if (box.width < 40) return;
    this.width = box.width;
    this.height = box.height;
    this.inner = this.width - MARGIN.left - MARGIN.right;
    // At least two dots a pixel, for paper.
    const ratio = Math.max(devicePixelRatio || 1, 2);
    for (const canvas of [this.canvas, this.overlay]) {
      const [width, height] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
      canvas.width = width;
      canvas.height = height;
      canvas.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    this.colours = colours();
    this.font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const context = this.canvas.getContext("2d");
    context.font = this.font;
    this.draw(context);
    this.drawOverlay();
  }

  // The same again in other colours. A canvas whose size changes while a page is printed comes out empty.
  repaint() {
    if (this.inner === undefined) return;
    this.colours = colours();
    this.draw(this.canvas.getContext("2d"));
  }

  // Vertical lines and texts of the time axis, over panes from `top` to `bottom`.
  drawTimes(context, top, bottom) {
    context.textBaseline = "middle";
    context.textAlign = "center";
    for (const tick of timeTicks(this.from, this.to, Math.max(2, Math.floor(this.inner / 66)))) {
      const x = Math.round(this.x(tick.time)) + 0.5;
      context.fillStyle = tick.strong ? this.colours.line : this.colours.grid;
      context.fillRect(x - 0.5, top, 1, bottom - top);
      context.fillStyle = tick.strong ? this.colours.ink : this.colours.soft;
      if (x > 16 && x < this.width - MARGIN.right + 8) context.fillText(tick.text, x, bottom + 14);
    }
  }

  // Horizontal lines and texts of a pane.
  drawValues(context, scale, text) {
    context.textBaseline = "middle";
    context.textAlign = "left";
    for (const value of scale.ticks) {
      const y = Math.round(scale.place(value));
      context.fillStyle = this.colours.grid;
      context.fillRect(MARGIN.left, y, this.inner, 1);
      context.fillStyle = this.colours.soft;
      context.fillText(text(value), this.width - MARGIN.right + 8, y);
    }
  }

  inside(context, top, bottom, draw) {
    context.save();
    context.beginPath();
    context.rect(MARGIN.left, top, this.inner, bottom - top);
    context.clip();
    draw();
    context.restore();
  }

  drawOverlay() {
    if (this.inner === undefined) return;
    const context = this.overlay.getContext("2d");
    context.clearRect(0, 0, this.width, this.height);
    context.font = this.font;
    if (this.drag !== null && Math.abs(this.drag.to - this.drag.from) > 3) {
      context.fillStyle = this.colours.pick;
      context.fillRect(Math.min(this.drag.from, this.drag.to), MARGIN.top, Math.abs(this.drag.to - this.drag.from), this.height - MARGIN.top - MARGIN.bottom);
    }
    const over = this.pointer !== null && this.pointer.x >= MARGIN.left && this.pointer.x <= this.width - MARGIN.right;
    this.drawCrosshair(context, over ? this.pointer : null);
  }

  // A value on a plate at the right edge.
  plate(context, y, text, colour) {
    context.textBaseline = "middle";
    context.textAlign = "left";
    // What the axis says just beside would be half covered: cover it whole.
    context.fillStyle = this.colours.card;
    context.fillRect(this.width - MARGIN.right + 3, y - 15, MARGIN.right - 3, 30);
    context.fillStyle = colour;
    context.fillRect(this.width - MARGIN.right + 3, y - 9, MARGIN.right - 3, 18);
    context.fillStyle = this.colours.card;
    context.fillText(text, this.width - MARGIN.right + 8, y);
  }

  crossLines(context, x, y, top, bottom) {
    context.strokeStyle = this.colours.faint;
    context.lineWidth = 1;
    context.setLineDash([3, 3]);
    context.beginPath();
    context.moveTo(Math.round(x) + 0.5, top);
    context.lineTo(Math.round(x) + 0.5, bottom);
    if (y !== null) {
      context.moveTo(MARGIN.left, Math.round(y) + 0.5);
      context.lineTo(this.width - MARGIN.right, Math.round(y) + 0.5);
    }
    context.stroke();
    context.setLineDash([]);
  }
}

// Fill a readout with items: [colour or null, label, value, class or null].
function write(readout, items) {
  readout.replaceChildren(
    ...items.map(([colour, label, value, kind]) => {
      const item = make("span");
      if (colour !== null) {
        const mark = make("i");
        mark.style.color = colour;
        item.append(mark);
      }
      if (label) item.append(`${label} `);
      item.append(make("b", { class: kind }, value));
      return item;
    }),
  );
}
