interface Run {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly error?: { readonly code?: string; readonly message?: string };
  readonly signal?: string | null;
}

export function auditOf(
  context: Run,
): { readonly counts: string; readonly vulnerable: boolean } | { readonly reason: string };
