export function withThreeLines(folder: string): string;
