// npm run tool -- bench [SIZE…] [--pairs N]: the command line tool against NumPy, whole processes, taking turns.
// SIZE is one of those below; without any, those that need less than 2 GB of disk. `arrays` is an archive of many small
// arrays, `stages` times the parts of the analysis in warm processes, `page` what a reader waits for beside it, `training` the way
// from a PyTorch model to a report (GRADIENT_PYTHON names a Python that has PyTorch).
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const SIZES = {
  '512x100k': [512, 100_000, 'f4', 'C'],
  '512x100k-sparse': [512, 100_000, 'f4', 'C', 'sparse'],
  '512x100k-fortran': [512, 100_000, 'f4', 'F'],
  '2048x50k-double': [2048, 50_000, 'f8', 'C'],
  '8192x20k': [8192, 20_000, 'f4', 'C'],
  '1024x1M': [1024, 1_000_000, 'f4', 'C'],
};
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { pairs: { type: 'string', default: '5' } },
});
const chosen = positionals.length > 0 ? positionals : [...Object.keys(SIZES).slice(0, 5), 'arrays', 'stages', 'page'];
const here = import.meta.dirname;
const folder = mkdtempSync(path.join(tmpdir(), 'gradient-covariance-bench-'));
// what someone set for another machine would cripple NumPy's linear algebra on this one
const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _cache, ...environment } = process.env;

const python = (script, ...args) => execFileSync('python3', [path.join(here, script), ...args], { encoding: 'utf8', env: environment, maxBuffer: 2 ** 28 }); // prettier-ignore
const measured = (...command) => {
  const result = JSON.parse(python('measured.py', ...command));
  if (result.status !== 0) throw new Error(`${command.join(' ')}: ${result.err}`);
  return result;
};
const CONTESTANTS = {
  ours: (file) => measured(process.execPath, path.resolve('dist/cli.js'), 'analyze', file, '--json'),
  straight: (file) => measured('python3', path.join(here, 'straight.py'), file),
  careful: (file) => measured('python3', path.join(here, 'careful.py'), file),
};
const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
const median = (numbers) => sorted(numbers)[Math.floor(numbers.length / 2)];
const range = (numbers) => `${Math.min(...numbers).toFixed(2)}–${Math.max(...numbers).toFixed(2)}`;

try {
  const version = execFileSync('python3', ['-c', 'import numpy; print(numpy.__version__)'], {
    encoding: 'utf8',
  }).trim();
  console.log(
    `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} threads, Node ${process.version}, NumPy ${version}`,
  );
  const peak = { f4: fusedPeak(false), f8: fusedPeak(true) };
  console.log(
    `most multiply-adds of 128 bits on all cores: ${peak.f4.toFixed(0)} (float32), ${peak.f8.toFixed(0)} (float64) GFLOP/s\n`,
  );
  for (const name of chosen)
    if (name === 'page') console.log(await own('../page/waiting.ts'));
    else if (name === 'arrays') arrays();
    else if (name === 'training') training();
    else if (name === 'stages') await stages('2048x50k-double', '512x100k', '512x100k-sparse');
    else bench(name, peak);
} finally {
  rmSync(folder, { recursive: true });
}

function bench(name, peak) {
  const [samples, parameters, dtype, order, kind = 'dense'] = SIZES[name];
  const file = path.join(folder, `${name}.npy`);
  python('data.py', file, samples, parameters, dtype, order, kind);
  const runs = { ours: [], straight: [], careful: [] };
  for (let pair = 0; pair < Number(values.pairs); pair++)
    for (const [who, run] of Object.entries(CONTESTANTS)) runs[who].push(run(file));
  rmSync(file);
  console.log(`${name} (${((samples * parameters * Number(dtype[1])) / 1e6).toFixed(0)} MB)`);
  for (const [who, results] of Object.entries(runs)) {
    const seconds = results.map((result) => result.seconds);
    const memory = Math.max(...results.map((result) => result.memory));
    const ratios = runs.ours.map((ours, k) => ours.seconds / results[k].seconds);
    const against = who === 'ours' ? '' : `, ours/${who} ${(median(runs.ours.map((r) => r.seconds)) / median(seconds)).toFixed(2)} (pairs ${range(ratios)})`; // prettier-ignore
    console.log(
      `  ${who.padEnd(9)} ${median(seconds).toFixed(2)} s (${range(seconds)}), ${memory.toFixed(0)} MiB${against}`,
    );
  }
  const share = (samples * samples * parameters) / median(runs.ours.map((r) => r.seconds)) / 1e9 / peak[dtype];
  console.log(`  products of the whole run: ${(100 * share).toFixed(0)} % of the most that this processor can do`);
  agree(runs);
}

/** From a model in memory to its report: np.save and careful NumPy, a dump and this, products layer by layer and this. */
function training() {
  const torch = process.env.GRADIENT_PYTHON ?? 'python3';
  if (spawnSync(torch, ['-c', 'import torch']).status !== 0) {
    console.log(`training: ${torch} cannot import torch; GRADIENT_PYTHON names one that can`);
    return;
  }
  const ways = {
    by_hand: ['npy', (file) => CONTESTANTS.careful(file)],
    by_dump: ['npy', (file) => CONTESTANTS.ours(file)],
    by_layers: ['gradstats.npz', (file) => CONTESTANTS.ours(file)],
  };
  // ever more parameters, then ever more examples
  const sizes = [[256, 256], [256, 512], [256, 1024], [512, 512]]; // prettier-ignore
  for (const [n, width] of sizes) {
    const seconds = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
    const bytes = {};
    let parameters = 0;
    for (let pair = 0; pair < Number(values.pairs); pair++)
      for (const [way, [extension, report]] of Object.entries(ways)) {
        const file = path.join(folder, `training.${extension}`);
        const out = execFileSync(torch, [path.join(here, 'training.py'), way, String(n), String(width), file], { encoding: 'utf8' }); // prettier-ignore
        const [made, count, size] = out.trim().split(' ').map(Number);
        seconds[way].push(made + report(file).seconds);
        [parameters, bytes[way]] = [count, size];
        rmSync(file);
      }
    console.log(`training: ${n} examples, ${parameters} parameters, from the model to the report`);
    for (const way of Object.keys(ways)) {
      const ratios = seconds[way].map((own, k) => own / seconds.by_hand[k]);
      console.log(`  ${way.padEnd(9)} ${median(seconds[way]).toFixed(2)} s (${range(seconds[way])}), ${(bytes[way] / 1e6).toFixed(1)} MB, of by_hand ${median(ratios).toFixed(2)} (${range(ratios)})`); // prettier-ignore
    }
  }
  console.log();
}

/** Archives of ever more arrays of 4 × 1, whose time should grow as their number. */
function arrays() {
  console.log('arrays of 4 × 1 in an archive');
  for (const count of [500, 1000, 2000, 4000, 8000]) {
    const file = path.join(folder, `${count}-arrays.npz`);
    const script = `import numpy as np; g = np.random.default_rng(1).standard_normal((${count}, 4, 1), np.float32); np.savez(${JSON.stringify(file)}, **{f"w{k}": w for k, w in enumerate(g)})`; // prettier-ignore
    execFileSync('python3', ['-c', script]);
    const seconds = Array.from({ length: Number(values.pairs) }, () => CONTESTANTS.ours(file).seconds);
    rmSync(file);
    console.log(`  ${String(count).padStart(5)} ${median(seconds).toFixed(2)} s (${range(seconds)}), ${((1e3 * median(seconds)) / count).toFixed(2)} ms each`); // prettier-ignore
  }
  console.log();
}

/** Each stage of ours against NumPy's, in turns. */
async function stages(...names) {
  for (const name of names) {
    const [samples, parameters, dtype, order, kind = 'dense'] = SIZES[name];
    const file = path.join(folder, `${name}.npy`);
    python('data.py', file, samples, parameters, dtype, order, kind);
    const pairs = [];
    for (let pair = 0; pair < Number(values.pairs); pair++)
      pairs.push([JSON.parse(await own('stages.ts', file)), JSON.parse(python('stages.py', file))]);
    rmSync(file);
    console.log(`stages of ${name}, warm`);
    for (const stage of Object.keys(pairs[0][0])) {
      const ours = median(pairs.map(([mine]) => mine[stage]));
      const ratios = pairs.map(([mine, theirs]) => mine[stage] / theirs[stage]);
      const against = stage in pairs[0][1] ? `, ours/NumPy ${median(ratios).toFixed(2)} (pairs ${range(ratios)})` : '';
      console.log(`  ${stage.padEnd(20)} ${ours.toFixed(2)} s${against}`);
    }
    console.log();
  }
}

/** What a script beside this one, in TypeScript, prints. */
async function own(script, ...args) {
  // inside the repository, where packages and the compiled kernel are found
  const outfile = path.resolve('dist', `${path.basename(script, '.ts')}.bench.mjs`);
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); const __dirname = import.meta.dirname;" }; // prettier-ignore
  await build({ entryPoints: [path.join(here, script)], bundle: true, platform: 'node', format: 'esm', packages: 'external', banner, outfile, logLevel: 'error' }); // prettier-ignore
  try {
    return execFileSync(process.execPath, [outfile, ...args], { encoding: 'utf8' });
  } finally {
    rmSync(outfile);
  }
}

/** A fast wrong answer is no answer. */
function agree({ ours, careful }) {
  const report = JSON.parse(ours[0].out);
  const [norm, trace, largest] = careful[0].out.split(' ').map(Number);
  const value = (id) => report.metrics[id].value;
  const found = [value('mean-gradient-norm'), value('covariance-trace'), report.spectrum[0]];
  const errors = [norm, trace, largest].map((expected, k) => Math.abs(found[k] / expected - 1));
  console.log(`  differs from NumPy by ${errors.map((error) => error.toExponential(0)).join(', ')} (‖ḡ‖, tr Σ, λ₁)\n`);
  if (errors.some((error) => !(error < 1e-5))) throw new Error('the results disagree');
}

/** GFLOP/s of the kernel's own inner loop on data in the cache, times the cores. */
function fusedPeak(double) {
  const script = path.join(here, 'peak.mjs');
  const { stdout, status, stderr } = spawnSync(process.execPath, [script, path.resolve('dist'), String(double)], { encoding: 'utf8' }); // prettier-ignore
  if (status !== 0) throw new Error(stderr);
  return Number(stdout) * availableParallelism();
}
