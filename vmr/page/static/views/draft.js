// What a person says of one track before it is sent: labels that fit, and labels that do not.

/** @typedef {Record<string, Record<string, number>>} Said {facet: {label: 1 fits, -1 does not}} */

/**
 * What a track probably is; share: how likely, 0 to 1.
 * @typedef {{ facet: string, label: string, share: number }} Suggestion
 */

/**
 * A track to label. number: what the server knows it by; table: labels of its catalog; said: what
 * people said; by: who said it last and when; reason: why it comes now.
 * @typedef {{ number: number, title: string, artist: string, catalog: string, seconds: number,
 *   audio: string | null, peaks: string, reason: string, table: Record<string, string[]>, said: Said,
 *   by: { who: string, at: string } | null, suggestions: Suggestion[] }} Card
 */

/**
 * One statement as it is sent; shown: the share that the person saw, null where none was shown.
 * @typedef {{ facet: string, label: string, value: number, source: string, shown: number | null
 *   }} Statement
 */

export class Draft {
  /** @type {Map<string, Map<string, number>>} */
  changed = new Map();

  /** @param {Card} card */
  constructor(card) {
    this.card = card;
  }

  /**
   * 1 fits, -1 does not, 0 nothing is said.
   * @param {string} facet
   * @param {string} name
   */
  value(facet, name) {
    return this.changed.get(facet)?.get(name) ?? this.#before(facet, name);
  }

  /**
   * @param {string} facet
   * @param {string} name
   */
  #before(facet, name) {
    return this.card.said[facet]?.[name] ?? Number(this.#inTable(facet, name));
  }

  /**
   * @param {string} facet
   * @param {string} name
   */
  #inTable(facet, name) {
    return (this.card.table[facet]?.includes(name) && this.card.said[facet]?.[name] === undefined) ?? false;
  }

  /**
   * @param {string} facet
   * @param {string} name
   * @param {number} value
   */
  set(facet, name, value) {
    const labels = this.changed.get(facet) ?? new Map();
    // a label of the table is taken back by saying that it does not fit
    labels.set(name, value === 0 && this.#inTable(facet, name) ? -1 : value);
    this.changed.set(facet, labels);
  }

  /**
   * What the track perhaps is; nothing where a label of the facet is known already.
   * @param {string} facet
   */
  offered(facet) {
    const { said, table, suggestions } = this.card;
    const names = [...table[facet] ?? [], ...Object.keys(said[facet] ?? {})];
    return names.some((name) => this.#before(facet, name) > 0) ? []
      : suggestions.filter((one) => one.facet === facet);
  }

  /**
   * On, or off again; `not`: does not fit, or nothing again.
   * @param {string} facet
   * @param {string} name
   * @param {boolean} [not]
   */
  toggle(facet, name, not = false) {
    const wanted = not ? -1 : 1;
    this.set(facet, name, this.value(facet, name) === wanted ? 0 : wanted);
  }

  /** Whether anything was changed. */
  get touched() {
    return [...this.changed.values()].some((labels) => labels.size > 0);
  }

  clear() {
    this.changed.clear();
  }

  /**
   * What is to be sent when the person goes on: what was changed, and that the labels of the facet
   * that is looked at are right.
   * @param {string} facet
   * @returns {Statement[]}
   */
  statements(facet) {
    const names = Object.keys(this.card.said[facet] ?? {});
    for (const name of [...this.card.table[facet] ?? [], ...names]) {
      if (this.value(facet, name) === 1 && !this.changed.get(facet)?.has(name)) this.set(facet, name, 1);
    }
    return [...this.changed].flatMap(([of, labels]) => [...labels]
      .filter(([name, value]) => value !== (this.card.said[of]?.[name] ?? 0))
      .map(([name, value]) => this.#statement(of, name, value)));
  }

  /**
   * @param {string} facet
   * @param {string} label
   * @param {number} value
   * @returns {Statement}
   */
  #statement(facet, label, value) {
    const shown = this.card.suggestions.find((one) => one.facet === facet && one.label === label);
    const wasOther = this.#before(facet, label) !== 0 && this.#before(facet, label) !== value;
    const source = wasOther ? "corrected" : shown && value > 0 ? "suggested_accepted" : "labelled";
    return { facet, label, value, source, shown: shown ? shown.share : null };
  }
}
