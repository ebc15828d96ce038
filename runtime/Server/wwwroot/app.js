// The page: connects its parts, then the service. Read on in the order in which a user goes through it: radiograph, question, results, display, saving.

import { follow } from './api.js';
import { connect, wireConnection } from './connection.js';
import { threshold, wireDisplay } from './display.js';
import { $ } from './dom.js';
import { wireQuestion } from './question.js';
import { showSamples, wireRadiograph } from './radiograph.js';
import { showResult } from './results.js';
import { wireSaving } from './saving.js';
import { state } from './state.js';
import { wireTheme } from './theme.js';
import { onProgress, run, showProgress, wireWork } from './work.js';

const ground = (question) => run(async (signal) => {
  showProgress('Waiting for the server');
  const body = { ...question, model: $('models').value, preset: $('preset').value, threshold: threshold(), per_token: true, heatmaps: 'model' };
  await showResult(await follow(`/v1/images/${state.id}/ground`, body, onProgress, signal));
});

wireTheme();
wireWork();
wireRadiograph();
wireQuestion(ground);
wireDisplay();
wireSaving();
wireConnection();
connect(showSamples);
