import { htmlFile, sectionHtml } from '../html-report';
import { conventionWords } from '../phrases';
import type { Compared, ComparisonReport } from './compare';
import { comparisonSections } from './sections';

/** A comparison as one file of HTML without scripts, with the sections of the page. */
export function htmlComparison(report: ComparisonReport): string {
  const { baseline, other, pair } = report;
  const [a, b] = [baseline.summary.dump.name, other.summary.dump.name];
  return htmlFile({
    title: `${a} → ${b}`,
    facts: [
      `A, the baseline: ${a}, ${conventionWords(baseline.settings)}`,
      `B: ${b}, ${conventionWords(other.settings)}`,
    ],
    notes: [...notesOf('A', baseline), ...notesOf('B', other)],
    body: comparisonSections(report).map((section) => sectionHtml(section, pair)),
  });
}

const notesOf = (side: string, { summary }: Compared): string[] => summary.dump.notes.map((note) => `${side}: ${note}`);
