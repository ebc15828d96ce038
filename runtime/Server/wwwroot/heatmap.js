// Heatmaps in the browser: decoding, colours, and the boxes of a threshold.

/** One colour per phrase; far apart also for red-green colour blindness (after Okabe and Ito), bright enough for black ground. */
const COLOURS = [
  [255, 138, 61], [86, 180, 233], [240, 228, 66], [0, 200, 150], [224, 130, 190], [150, 150, 255], [230, 90, 70], [200, 200, 200],
];

export const colourOf = (index) => COLOURS[index % COLOURS.length];

export const cssColour = ([red, green, blue]) => `rgb(${red} ${green} ${blue})`;

/** Decodes a heatmap: a PNG of gray and alpha as data URI. Returns values in [0,1], row by row. */
export async function decode(dataUri) {
  const bytes = Uint8Array.from(atob(dataUri.slice(dataUri.indexOf(',') + 1)), (letter) => letter.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }), { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const data = context.getImageData(0, 0, bitmap.width, bitmap.height).data;
  const values = new Float32Array(bitmap.width * bitmap.height);
  for (let i = 0; i < values.length; i++) values[i] = data[i * 4] / 255;
  return { values, width: bitmap.width, height: bitmap.height };
}

/** Opacity at the peak and just above the threshold: what lies beneath stays visible also with the slider at its end. */
const STRONGEST = 0.8;
const LEAST_ABOVE = 0.4;

/** Cells of a drawn map per cell of the model's. */
const FINER = 4;

/** Weights of four neighbouring cells for a place between the middle two (Keys 1981, a = -1/2). */
const cubic = (t) => [0.5 * t * (-1 + t * (2 - t)), 1 + 0.5 * t * t * (-5 + 3 * t), 0.5 * t * (1 + t * (4 - 3 * t)), 0.5 * t * t * (-1 + t)];

/** The map as it is drawn: cubic between the centres of the model's cells. Numbers are never taken from it. */
export function interpolate({ values, width, height }) {
  const fine = { values: new Float32Array(values.length * FINER * FINER), width: width * FINER, height: height * FINER };
  const taps = Array.from({ length: FINER }, (_, part) => {
    const at = (part + 0.5) / FINER - 0.5;
    return { first: Math.floor(at) - 1, weights: cubic(at - Math.floor(at)) };
  });
  const within = (index, most) => Math.min(most, Math.max(0, index));

  // Across first, then down; beyond the last cell its value goes on.
  const wide = new Float32Array(height * fine.width);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < fine.width; column++) {
      const { first, weights } = taps[column % FINER];
      const left = Math.floor(column / FINER) + first;
      let sum = 0;
      for (let i = 0; i < 4; i++) sum += weights[i] * values[row * width + within(left + i, width - 1)];
      wide[row * fine.width + column] = sum;
    }
  }

  for (let row = 0; row < fine.height; row++) {
    const { first, weights } = taps[row % FINER];
    const top = Math.floor(row / FINER) + first;
    for (let column = 0; column < fine.width; column++) {
      let sum = 0;
      for (let i = 0; i < 4; i++) sum += weights[i] * wide[within(top + i, height - 1) * fine.width + column];

      // The cubic overshoots beside steep edges.
      fine.values[row * fine.width + column] = Math.min(1, Math.max(0, sum));
    }
  }

  return fine;
}

/** The line of one level through a map, in its cells: a Path2D of short pieces (marching squares). */
export function contour({ values, width, height }, level) {
  const path = new Path2D();
  for (let y = 0; y < height - 1; y++) {
    for (let x = 0; x < width - 1; x++) {
      const corners = [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1]];
      const strengths = corners.map(([column, row]) => values[row * width + column]);
      const cuts = [];
      for (let side = 0; side < 4; side++) {
        const [from, to] = [strengths[side], strengths[(side + 1) % 4]];
        if ((from > level) === (to > level)) continue;
        const share = (level - from) / (to - from);
        const [[x0, y0], [x1, y1]] = [corners[side], corners[(side + 1) % 4]];
        cuts.push([x0 + share * (x1 - x0) + 0.5, y0 + share * (y1 - y0) + 0.5]);
      }

      // Where the corners alternate, their mean decides which of them are joined.
      const joined = strengths.reduce((sum, value) => sum + value, 0) / 4 > level === strengths[0] > level;
      const pairs = cuts.length === 4 && !joined ? [[0, 3], [2, 1]] : cuts.length === 4 ? [[0, 1], [2, 3]] : cuts.length === 2 ? [[0, 1]] : [];
      for (const [from, to] of pairs) {
        path.moveTo(...cuts[from]);
        path.lineTo(...cuts[to]);
      }
    }
  }

  return path;
}

/** A picture of a heatmap in one colour: clear below the threshold, denser and lighter towards the peak, and never opaque. */
export function paint({ values, width, height }, [red, green, blue], threshold) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  const image = context.createImageData(width, height);
  // Below the threshold a faint rest shows how the map goes on; at half the threshold it ends.
  const floor = threshold * 0.5;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value <= floor) continue;
    const above = value > threshold;
    const strength = above ? (value - threshold) / (1 - threshold) : (value - floor) / Math.max(threshold - floor, 1e-6);
    const white = above ? 0.3 * strength * strength : 0;
    image.data[i * 4] = red + (255 - red) * white;
    image.data[i * 4 + 1] = green + (255 - green) * white;
    image.data[i * 4 + 2] = blue + (255 - blue) * white;
    image.data[i * 4 + 3] = 255 * (above ? LEAST_ABOVE + (STRONGEST - LEAST_ABOVE) * strength : 0.2 * strength * strength);
  }

  context.putImageData(image, 0, 0);
  return canvas;
}

/** The connected areas (8 neighbours) above a threshold, largest first: box [x, y, width, height] and number of cells. */
export function regions({ values, width, height }, threshold) {
  const seen = new Uint8Array(values.length);
  const found = [];
  const stack = [];
  for (let start = 0; start < values.length; start++) {
    if (seen[start] || !(values[start] > threshold)) continue;
    let [left, top, right, bottom, count] = [width, height, 0, 0, 0];
    stack.push(start);
    seen[start] = 1;
    while (stack.length > 0) {
      const cell = stack.pop();
      const x = cell % width;
      const y = (cell - x) / width;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
      count++;
      for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
        for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
          const next = row * width + column;
          if (!seen[next] && values[next] > threshold) {
            seen[next] = 1;
            stack.push(next);
          }
        }
      }
    }

    found.push({ box: [left, top, right - left, bottom - top], count });
  }

  return found.sort((a, b) => b.count - a.count);
}
