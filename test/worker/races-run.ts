import path from 'node:path';
import { races } from './races';

// npm run tool -- races [count] [seed]
const [count = '1000', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
const begun = performance.now();
const counts = await races(path.resolve('dist/worker.js'), Number(seed), Number(count));
console.log(
  `seed ${seed}: ${count} races in ${((performance.now() - begun) / 1000).toFixed(0)} s, none of them wrong:`,
);
for (const [name, times] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
  console.log(`  ${name.padEnd(32)} ${times}`);
