/** What a process remembers, up to a number of entries: the one that was written longest ago gives way. */
export class Latest<Value> {
  private readonly entries = new Map<string, Value>();

  constructor(private readonly most: number) {}

  get(key: string): Value | undefined {
    return this.entries.get(key);
  }

  set(key: string, value: Value): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size > this.most) this.entries.delete(this.entries.keys().next().value ?? '');
  }

  delete(key: string): void {
    this.entries.delete(key);
  }
}
