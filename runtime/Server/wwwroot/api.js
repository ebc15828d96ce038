// Talks to the service. Every failure is a Problem with a title and a detail that can be shown as they are.

export class Problem extends Error {
  constructor(document) {
    super(document.detail ?? 'no reason given');
    this.title = document.title ?? 'The request failed';
    this.status = document.status ?? 0;
    this.kind = (document.type ?? '').split(':').pop();
  }
}

const KEY = 'cxr-api-key';

/** Set by the page: asks the user for an API key and resolves when there is one. */
let askForKey = async () => {};

export function onKeyNeeded(ask) {
  askForKey = ask;
}

export function setKey(key) {
  sessionStorage.setItem(KEY, key);
}

async function send(path, options = {}) {
  const headers = new Headers(options.headers);
  const key = sessionStorage.getItem(KEY);
  if (key) headers.set('Authorization', `Bearer ${key}`);
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem({ title: 'The server does not answer', detail: 'It may be stopping, or the network is down. Try again.' });
  }

  if (response.status === 401) {
    await askForKey();
    return send(path, options);
  }

  if (!response.ok) throw await problemOf(response);
  return response;
}

async function problemOf(response) {
  try {
    return new Problem(await response.json());
  } catch {
    return new Problem({ title: 'The request failed', detail: `The server answered with status ${response.status}.`, status: response.status });
  }
}

export async function readiness() {
  // Not through send: "not ready" is an answer, not a failure.
  const response = await fetch('/v2/health/ready');
  return response.json();
}

export const models = async () => (await send('/v1/models/')).json();

/** The standard prompts that a model knows. */
export const knownPhrases = async (name) => (await (await send(`/v1/models/${encodeURIComponent(name)}/phrases`)).json()).phrases;

export const samples = async () => (await send('/v1/samples/')).json();

export const sampleBlob = async (name) => (await send(`/v1/samples/${encodeURIComponent(name)}`)).blob();

export async function upload(file, signal) {
  const form = new FormData();
  // The file's own name stays here: it may be a patient's.
  form.append('image', file, 'image');
  return (await send('/v1/images', { method: 'POST', body: form, signal })).json();
}

/** The picture for display: 16-bit samples and their size. */
export async function pixels(id, maxSide, signal) {
  const response = await send(`/v1/images/${id}/pixels?max_side=${maxSide}`, { signal });
  return {
    samples: new Uint16Array(await response.arrayBuffer()),
    width: Number(response.headers.get('X-Image-Width')),
    height: Number(response.headers.get('X-Image-Height')),
  };
}

/** Posts JSON and follows the lines of progress to the result. */
export async function follow(path, body, onProgress, signal) {
  const response = await send(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', Accept: 'application/x-ndjson' },
    signal,
  });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let answer;
  for (;;) {
    const { value, done } = await reader.read();
    rest += value ?? '';
    const lines = rest.split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const message = JSON.parse(line);
      if (message.progress) onProgress(message.progress);
      if (message.problem) throw new Problem(message.problem);
      if ('result' in message) answer = message;
    }

    if (done) break;
  }

  if (!answer) throw new Problem({ title: 'The answer broke off', detail: 'The connection was closed before the result was complete. Try again.' });
  return answer.result;
}
