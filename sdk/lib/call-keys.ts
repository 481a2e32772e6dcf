/** Keys of calls, `kind:name#occurrence`, given in the order of the calls: a replay gives the same ones. */
export class CallKeys {
  private readonly given = new Map<string, number>();

  next(kind: string, name: string): string {
    const base = `${kind}:${name}`;
    const occurrence = this.given.get(base) ?? 0;
    this.given.set(base, occurrence + 1);
    return `${base}#${occurrence}`;
  }
}
