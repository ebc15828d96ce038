// The picture: gray values through a window, overlays, boxes; zoom, pan and window by mouse, touch and keyboard.

import { contour, cssColour, interpolate, paint, regions } from './heatmap.js';

const MAX_ZOOM = 12;
const STEP = 1.25;
const PAN = 60;

/** Space between the two pictures of the side-by-side view, as a share of their width. */
const GAP = 0.012;

/** Areas below this share of the largest get no box of their own, here as everywhere: they are specks. */
const SMALLEST = 0.05;

/** How strongly a layer is drawn, by what the bundle's calibration says of it. */
const STRENGTH = { low_confidence: 0.7, no_region: 0.5 };

/** A map without a region has no colour: it is there to be inspected, not to be believed. */
const NO_COLOUR = [190, 190, 190];

export class Viewer {
  #canvas;
  #context;
  #picture = null;
  #gray = null;
  #pointers = new Map();
  #onWindow;
  #frame = 0;

  /** What is shown besides the picture; changed through set(). */
  #look = { opacity: 0.65, threshold: 0.5, level: 0.5, window: 1, invert: false, boxes: true, mode: 'heat' };
  #view = { zoom: 1, x: 0, y: 0 };
  #layers = [];

  constructor(canvas, onWindow) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d', { alpha: false });
    this.#onWindow = onWindow;
    new ResizeObserver(() => this.#resize()).observe(canvas);
    canvas.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    canvas.addEventListener('pointerdown', (event) => this.#down(event));
    canvas.addEventListener('pointermove', (event) => this.#move(event));
    for (const end of ['pointerup', 'pointercancel']) canvas.addEventListener(end, (event) => this.#pointers.delete(event.pointerId));
    canvas.addEventListener('keydown', (event) => this.#key(event));
  }

  /** Shows a radiograph: 16-bit samples, their size, and the size and field of view in the image's own pixels. */
  show(picture) {
    this.#picture = picture;
    this.#layers = [];
    this.#gray = null;
    this.fit();
  }

  /** Layers: { map, colour, visible, verdict, token, phrase, askedThreshold }; those without a map are not drawn. */
  setLayers(layers) {
    this.#layers = layers;
    this.#redraw();
  }

  set(change) {
    const gray = ['level', 'window', 'invert'].some((name) => name in change && change[name] !== this.#look[name]);
    Object.assign(this.#look, change);
    if (gray) this.#gray = null;
    this.#redraw();
  }

  get invert() {
    return this.#look.invert;
  }

  fit() {
    this.#view = { zoom: 1, x: 0, y: 0 };
    this.#redraw();
  }

  zoom(factor, at = null) {
    const { width, height } = this.#canvas;
    const [x, y] = at ?? [width / 2, height / 2];
    const zoom = Math.min(MAX_ZOOM, Math.max(1, this.#view.zoom * factor));
    const change = zoom / this.#view.zoom;
    this.#view = {
      zoom,
      x: (this.#view.x - (x - width / 2)) * change + (x - width / 2),
      y: (this.#view.y - (y - height / 2)) * change + (y - height / 2),
    };
    this.#clamp();
    this.#redraw();
  }

  pan(x, y) {
    this.#view.x += x;
    this.#view.y += y;
    this.#clamp();
    this.#redraw();
  }

  /** Draws what is seen into a context, at a scale: one picture, or the bare one and the one with the overlays. */
  paint(context, left, top, scale) {
    if (this.#isSplit) {
      this.#paintGray(context, left, top, scale);
      this.#paintOne(context, left + (this.#picture.width * (1 + GAP)) * scale, top, scale);
    } else {
      this.#paintOne(context, left, top, scale);
    }
  }

  get #isSplit() {
    return this.#look.mode === 'side';
  }

  #paintGray(context, left, top, scale) {
    context.imageSmoothingQuality = 'high';
    context.drawImage(this.#grayCanvas(), left, top, this.#picture.width * scale, this.#picture.height * scale);
  }

  #paintOne(context, left, top, scale) {
    const { width, fieldOfView, image } = this.#picture;
    this.#paintGray(context, left, top, scale);
    const unit = (width * scale) / image.width;
    const [viewX, viewY, viewSide] = fieldOfView;
    const shown = this.#layers.filter((each) => each.visible && each.map);
    for (const layer of shown) {
      if (this.#look.mode === 'contour') {
        this.#drawContours(context, layer, left, top, unit);
        continue;
      }

      context.globalAlpha = this.#look.opacity * (layer.token ? 1 : STRENGTH[layer.verdict] ?? 1);
      context.drawImage(
        this.#prepared(layer).painted, left + viewX * unit, top + viewY * unit, viewSide * unit, viewSide * unit);
      context.globalAlpha = 1;
    }

    if (shown.length > 0) this.#drawFieldOfView(context, left, top, unit);
    if (this.#look.boxes) {
      for (const layer of shown) this.#drawBoxes(context, layer, left, top, unit);
    }
  }

  /** The boxes of a layer, [x, y, width, height] in the image's pixels, largest first: those of the answer, and for another threshold found anew. */
  boxesOf(layer) {
    return layer.map && !layer.token ? this.#prepared(layer).boxes : [];
  }

  /** Whether the model sees a part of the picture only. */
  get isPartlySeen() {
    const { fieldOfView: [, , width, height], image } = this.#picture;
    return width < image.width || height < image.height;
  }

  /** Size of what is painted in the picture's own samples. */
  get size() {
    const { width, height } = this.#picture;
    return { width: this.#isSplit ? width * (2 + GAP) : width, height };
  }

  /** A layer as it is drawn for the threshold of now; kept until that changes. */
  #prepared(layer) {
    const { threshold } = this.#look;
    if (layer.paintedAt === threshold) return layer;
    const hasRegion = layer.token !== null || layer.verdict !== 'no_region';
    layer.fine = interpolate(layer.map);
    layer.painted = paint(layer.fine, hasRegion ? layer.colour : NO_COLOUR, threshold);
    layer.contours = [threshold, threshold + 0.4 * (1 - threshold), threshold + 0.8 * (1 - threshold)].map((level) => contour(layer.fine, level));
    layer.boxes = hasRegion && !layer.token ? this.#found(layer, threshold) : [];
    layer.paintedAt = threshold;
    return layer;
  }

  #found(layer, threshold) {
    if (threshold === layer.askedThreshold) return layer.phrase.boxes;
    const [viewX, viewY, viewSide] = this.#picture.fieldOfView;
    const cell = viewSide / layer.map.width;
    const found = regions(layer.map, threshold);
    return found
      .filter(({ count }) => count >= SMALLEST * found[0].count)
      .map(({ box: [x, y, width, height] }) => [viewX + x * cell, viewY + y * cell, width * cell, height * cell]);
  }

  #drawContours(context, layer, left, top, unit) {
    const [viewX, viewY, viewSide] = this.#picture.fieldOfView;
    const { contours, fine, verdict, token, colour } = this.#prepared(layer);
    const cell = (viewSide / fine.width) * unit;
    const line = this.#lineWidth(context, unit);
    context.save();
    context.translate(left + viewX * unit, top + viewY * unit);
    context.scale(cell, cell);
    context.lineCap = 'round';
    contours.forEach((path, index) => {
      const width = (line * (index === 0 ? 1.3 : 0.8)) / cell;
      for (const [stroke, share] of [['rgb(0 0 0 / 55%)', 2], [cssColour(verdict === 'no_region' && !token ? NO_COLOUR : colour), 1]]) {
        context.strokeStyle = stroke;
        context.lineWidth = width * share;
        context.stroke(path);
      }
    });
    context.restore();
  }

  /** Dotted lines where the model's field of view ends: a map that ends there would look cut off. */
  #drawFieldOfView(context, left, top, unit) {
    if (!this.isPartlySeen) return;
    const [x, y, width, height] = this.#picture.fieldOfView;
    const line = this.#lineWidth(context, unit) * 0.6;
    context.setLineDash([line, line * 4]);
    context.strokeStyle = 'rgb(255 255 255 / 60%)';
    context.lineWidth = line;
    context.strokeRect(left + x * unit, top + y * unit, width * unit, height * unit);
    context.setLineDash([]);
  }

  #lineWidth(context, unit) {
    return Math.max(1.5, Math.min(3, unit * 2)) * (context.canvas === this.#canvas ? devicePixelRatio : 1);
  }

  #drawBoxes(context, layer, left, top, unit) {
    const line = this.#lineWidth(context, unit);
    const dashes = layer.verdict === 'supported' ? [] : [line * 3, line * 2];
    for (const [x, y, width, height] of this.boxesOf(layer)) {
      const box = [left + x * unit, top + y * unit, width * unit, height * unit];
      context.setLineDash(dashes);
      context.strokeStyle = 'rgb(0 0 0 / 60%)';
      context.lineWidth = line * 2;
      context.strokeRect(...box);
      context.strokeStyle = cssColour(layer.colour);
      context.lineWidth = line;
      context.strokeRect(...box);
    }

    context.setLineDash([]);
    if (layer.phrase.peak && !layer.token && layer.verdict !== 'no_region') this.#drawPeak(context, layer.phrase.peak, left, top, unit, line);
  }

  /** A cross with a free middle: the place itself stays visible. */
  #drawPeak(context, peak, left, top, unit, line) {
    const [x, y] = [left + peak.x * unit, top + peak.y * unit];
    for (const [stroke, width] of [['rgb(0 0 0 / 60%)', line * 2], ['#fff', line]]) {
      context.strokeStyle = stroke;
      context.lineWidth = width;
      context.beginPath();
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        context.moveTo(x + dx * line * 2.5, y + dy * line * 2.5);
        context.lineTo(x + dx * line * 7, y + dy * line * 7);
      }

      context.stroke();
    }
  }

  #grayCanvas() {
    if (this.#gray) return this.#gray;
    const { samples, width, height } = this.#picture;
    const { level, window, invert } = this.#look;
    const table = new Uint8ClampedArray(65536);
    for (let i = 0; i < table.length; i++) {
      const value = 255 * ((i / 65535 - level) / window + 0.5);
      table[i] = invert ? 255 - value : value;
    }

    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    const image = context.createImageData(width, height);
    for (let i = 0; i < samples.length; i++) {
      const gray = table[samples[i]];
      image.data[i * 4] = gray;
      image.data[i * 4 + 1] = gray;
      image.data[i * 4 + 2] = gray;
      image.data[i * 4 + 3] = 255;
    }

    context.putImageData(image, 0, 0);
    this.#gray = canvas;
    return canvas;
  }

  #resize() {
    this.#canvas.width = Math.max(1, Math.round(this.#canvas.clientWidth * devicePixelRatio));
    this.#canvas.height = Math.max(1, Math.round(this.#canvas.clientHeight * devicePixelRatio));
    this.#draw();
  }

  #redraw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    const { width, height } = this.#canvas;
    this.#context.fillStyle = '#000';
    this.#context.fillRect(0, 0, width, height);
    if (!this.#picture) return;
    const scale = this.#scale();
    this.paint(
      this.#context,
      (width - this.size.width * scale) / 2 + this.#view.x,
      (height - this.#picture.height * scale) / 2 + this.#view.y,
      scale);
  }

  #scale() {
    return Math.min(this.#canvas.width / this.size.width, this.#canvas.height / this.#picture.height) * this.#view.zoom;
  }

  /** The picture cannot be pushed out of sight. */
  #clamp() {
    if (!this.#picture) return;
    const scale = this.#scale();
    const roomX = Math.max(0, (this.size.width * scale - this.#canvas.width) / 2);
    const roomY = Math.max(0, (this.#picture.height * scale - this.#canvas.height) / 2);
    this.#view.x = Math.min(roomX, Math.max(-roomX, this.#view.x));
    this.#view.y = Math.min(roomY, Math.max(-roomY, this.#view.y));
  }

  #at(event) {
    const bounds = this.#canvas.getBoundingClientRect();
    return [(event.clientX - bounds.left) * devicePixelRatio, (event.clientY - bounds.top) * devicePixelRatio];
  }

  #wheel(event) {
    if (!this.#picture) return;
    event.preventDefault();
    this.zoom(event.deltaY < 0 ? STEP : 1 / STEP, this.#at(event));
  }

  #down(event) {
    this.#canvas.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, this.#at(event));
  }

  #move(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before || !this.#picture) return;
    const now = this.#at(event);
    const [dx, dy] = [now[0] - before[0], now[1] - before[1]];
    if (this.#pointers.size === 2) {
      const [other] = [...this.#pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      const distance = (at) => Math.hypot(at[0] - other[0], at[1] - other[1]);
      this.zoom(distance(now) / Math.max(1, distance(before)), other);
    } else if (event.shiftKey || event.buttons === 2) {
      const limit = (value, least) => Math.min(1, Math.max(least, value));
      this.#onWindow(
        limit(this.#look.level - dy / this.#canvas.height, 0),
        limit(this.#look.window + dx / this.#canvas.width, 0.01));
    } else {
      this.pan(dx, dy);
    }

    this.#pointers.set(event.pointerId, now);
  }

  #key(event) {
    const step = PAN * devicePixelRatio;
    const action = {
      '+': () => this.zoom(STEP),
      '=': () => this.zoom(STEP),
      '-': () => this.zoom(1 / STEP),
      0: () => this.fit(),
      ArrowLeft: () => this.pan(step, 0),
      ArrowRight: () => this.pan(-step, 0),
      ArrowUp: () => this.pan(0, step),
      ArrowDown: () => this.pan(0, -step),
    }[event.key];
    if (!action || event.ctrlKey || event.metaKey || !this.#picture) return;
    event.preventDefault();
    action();
  }
}
