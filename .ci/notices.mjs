// Writes what goes into the package about the work of others: their licenses, and a list of them for programs (CycloneDX).
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const shipped = Object.keys(packages).filter(
  (place) => place !== '' && !packages[place].dev && !packages[place].devOptional,
);

const compiledIn = ['node_modules/assemblyscript']; // of its standard library, what the kernel uses

const notices = [...shipped, ...compiledIn].map((place) => {
  const { name, version } = JSON.parse(readFileSync(path.join(place, 'package.json'), 'utf8'));
  const legal = readdirSync(place).filter((file) => /^(licen[cs]e|notice)/i.test(file));
  if (legal.length === 0) throw new Error(`${place} has no license file`);
  return [`${name} ${version}`, ...legal.map((file) => readFileSync(path.join(place, file), 'utf8'))].join('\n\n');
});
notices.push(readFileSync('.ci/fonts-license.txt', 'utf8'));
writeFileSync(
  'dist/third-party-notices.txt',
  notices.map((notice) => notice.trim()).join(`\n\n${'='.repeat(80)}\n\n`) + '\n',
);

// without what differs between two runs on the same files: the moment, a random number, the folder's name
const args = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--omit=dev', '--loglevel=error'];
const sbom = JSON.parse(execFileSync('npm', args, { shell: process.platform === 'win32' }));
delete sbom.serialNumber;
delete sbom.metadata.timestamp;
sbom.metadata.component.name = packages[''].name;
writeFileSync('dist/sbom.cdx.json', `${JSON.stringify(sbom, undefined, 1)}\n`);
