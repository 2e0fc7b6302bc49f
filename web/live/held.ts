/** So many are kept. */
const MOST = 8;

/** The bytes of parts that were fetched before the player asked for them, under their addresses. The oldest go first. */
export class HeldParts {
  private readonly bodies = new Map<string, ArrayBuffer>();

  keep(url: string, bytes: ArrayBuffer): void {
    this.bodies.set(url, bytes);
    const [oldest] = this.bodies.keys();
    if (this.bodies.size > MOST && oldest !== undefined) this.bodies.delete(oldest);
  }

  /** They are given once; null where there are none. */
  take(url: string): ArrayBuffer | null {
    const bytes = this.bodies.get(url) ?? null;
    this.bodies.delete(url);
    return bytes;
  }
}
