// The page: connects its parts, then the service. Read on in the order in which a user goes through it: radiograph, question, results, display, saving.

import { follow } from './api.js';
import { connect, noticeBundle, wireConnection } from './connection.js';
import { threshold, wireDisplay } from './display.js';
import { $ } from './dom.js';
import { readAsReport, wireQuestion } from './question.js';
import { showSamples, wireRadiograph } from './radiograph.js';
import { clearResult, showResult, wireResults } from './results.js';
import { wireSaving } from './saving.js';
import { state } from './state.js';
import { wireTheme } from './theme.js';
import { onProgress, onReportOffer, run, showProgress, wireWork } from './work.js';

const ground = (question) => run(async (signal) => {
  // What is shown belongs to the question before: an answer or an error takes its place.
  clearResult();
  showProgress('Waiting for the server');
  const body = { ...question, model: $('models').value, preset: $('preset').value, threshold: threshold(), per_token: true, heatmaps: 'model' };
  const result = await follow(`/v1/images/${state.id}/ground`, body, onProgress, signal);
  await showResult(result);
  noticeBundle(result.bundle.id);
});

wireTheme();
wireWork();
wireRadiograph();
wireQuestion(ground);
wireDisplay();
wireResults(() => ground(readAsReport()));
onReportOffer(() => ground(readAsReport()));
wireSaving();
wireConnection();
connect(showSamples);
