import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { openBrowser, openStage, stateOf, summaryOf } from './stage';

/** What a reader waits for beside the analysis: starting the extension, the first paint, a move of a slider. */

const middle = (numbers: readonly number[]): string => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (share: number): string => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(1);
  return `${at(0.5)} ms (${at(0)}–${at(1)}, 95 % below ${at(0.95)})`;
};

console.log('bundles');
for (const file of ['extension.js', 'worker.js', 'kernel-relaxed-simd.wasm', 'webview/main.js', 'webview/main.css']) {
  const bytes = readFileSync(path.join('dist', file));
  const kilobytes = (size: number): string => `${(size / 1e3).toFixed(0)} kB`;
  console.log(`  ${file.padEnd(26)} ${kilobytes(bytes.length)}, ${kilobytes(gzipSync(bytes).length)} compressed`);
}

// a stand-in answers whatever the extension asks of the editor, so what is left is the extension's own time
const STAND_IN = `
  const anything = new Proxy(function () {}, { get: (_, name) => (name === Symbol.toPrimitive ? () => '' : anything), apply: () => anything, construct: () => anything });
  require('node:module')._load = ((load) => (name, ...rest) => (name === 'vscode' ? anything : load(name, ...rest)))(require('node:module')._load);
  const begun = performance.now();
  const extension = require(process.argv[1]);
  const loaded = performance.now();
  extension.activate({ subscriptions: [], extensionUri: anything, extensionPath: '', asAbsolutePath: (name) => name, workspaceState: anything, globalState: anything });
  console.log(loaded - begun, performance.now() - loaded);
  process.exit(0);`;
const starts = Array.from(
  { length: 21 },
  () =>
  execFileSync(process.execPath, ['-e', STAND_IN, path.resolve('dist/extension.js')], { encoding: 'utf8' }).split(' ').map(Number), // prettier-ignore
);
console.log('\nstarting the extension, each time in a new process');
console.log(`  load       ${middle(starts.map(([load]) => load!))}`);
console.log(`  activate   ${middle(starts.map(([, activate]) => activate!))}`);

const browser = await openBrowser();
try {
  const summary = await summaryOf();
  const { rows: samples, parameters } = summary.dump;
  console.log(`\nthe page in Chromium without graphics hardware, ${samples} × ${parameters} (${(statSync('media/sample/grad-step-000020.npy').size / 1e3).toFixed(0)} kB)`); // prettier-ignore
  const paints: number[] = [];
  const moves: number[] = [];
  const frames: number[] = [];
  for (let visit = 0; visit < 5; visit++) {
    const stage = await openStage(browser, {});
    const begun = performance.now();
    await stage.send(stateOf(summary));
    paints.push(performance.now() - begun);
    const moved = await stage.page.evaluate(async () => {
      const slider = document.querySelector<HTMLInputElement>('input[type=range]')!;
      const times: (readonly [main: number, frame: number])[] = [];
      for (let step = 0; step < 40; step++) {
        // a timer leaves the frame before behind
        await new Promise((done) => setTimeout(done, 30));
        slider.value = String(Number(slider.min) + (0.3 + step / 100) * (Number(slider.max) - Number(slider.min)));
        const before = performance.now();
        slider.dispatchEvent(new Event('input', { bubbles: true }));
        const rendered = performance.now();
        // style, layout and painting are done when the task after the next frame runs
        const [frame, painted] = await new Promise<[number, number]>((done) =>
          requestAnimationFrame(() => {
            const begin = performance.now();
            const channel = new MessageChannel();
            channel.port1.onmessage = () => done([begin, performance.now()]);
            channel.port2.postMessage(undefined);
          }),
        );
        times.push([rendered - before + painted - frame, painted - before]);
      }
      return times;
    });
    moves.push(...moved.map(([main]) => main));
    frames.push(...moved.map(([, frame]) => frame));
    await stage.page.close();
  }
  console.log(`  state → first paint of the report   ${middle(paints)}`);
  console.log(`  slider: work of the main thread     ${middle(moves)}`);
  console.log(`  slider → repaint, with the wait     ${middle(frames)}`);
} finally {
  await browser.close();
}
