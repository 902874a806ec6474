import { fuzz } from './fuzz';

// npm run fuzz -- [seconds] [seed]
const [seconds = '60', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
const { runs, read, refused } = fuzz(Number(seed), { seconds: Number(seconds) });
console.log(`seed ${seed}: ${runs} files, ${read} of them read; refused:`);
for (const [code, count] of [...refused].sort(([, a], [, b]) => b - a)) console.log(`  ${code.padEnd(24)} ${count}`);
