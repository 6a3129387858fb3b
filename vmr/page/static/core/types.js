// What the parts of the page hand one another, for tsc and for whoever reads. Nothing runs here.
// N candidates, B branches (names, "ssl" first), matrices (B, B) flattened row by row.

/**
 * What a score needs of one item: calibrated parts (B,), q its products with the query, (B,) or, where
 * branches are mixed, (B, B), with g (B, B) its own Gram matrix, and the parts and products with a
 * reference where there is one; term: what the weight of words is multiplied with.
 * @typedef {{ parts: number[], q: number[], g?: number[],
 *   reference?: { parts: number[], q: number[] }, spread?: number[], anchors?: number[][],
 *   term?: number, met?: number }} Scored
 */

/**
 * What a branch of the query can be moved to (see vmr/answers.py): L names, gram (1+L, 1+L) of the
 * query's own row and the anchors; products (L, B) and cross only where branches are mixed.
 * @typedef {{ branch: string, names: string[], gram: number[], products?: number[],
 *   cross?: number[][] }} AnchorsEntry
 */

/**
 * What random pairs reach (see vmr/catalogs/score_scale.py): mean (B,), covariance (B, B), for each
 * branch the places of the K percents, those of the normal distribution; below fits_from nothing fits
 * well.
 * @typedef {{ mean: number[], covariance: number[], places: number[][], percents: number[],
 *   normal: number[], fits_from: number }} ScoreScale
 */

/**
 * What was believed of a picture. beliefs: {facet: [[label, probability or null], ...]}, the
 * likeliest first; ties: two labels that are nearly as likely; felt: energy 1 to 5.
 * @typedef {{ beliefs?: Record<string, [string, number | null][]>,
 *   ties?: Record<string, [string, string] | null>, felt?: number | null }} Believed
 */

/**
 * Labels that were chosen in place of the beliefs: {facet: {label: weight}}, a negative weight
 * turns away.
 * @typedef {Record<string, Record<string, number>>} Choices
 */

/**
 * What was turned of the query; see Choices.
 * @typedef {{ choices: Choices, energy: number | null }} Turned
 */

/**
 * A word about music (see vmr/knowledge/word_scores.py). strength: 1 plainly, -1 avoided; means:
 * [kind, name], the weightiest first; found: in how many titles, null where the table explains it;
 * silent: how many tracks without sound answer; alone: a text that says just this word.
 * @typedef {{ text: string, strength: number, understood: boolean, means: [string, string][],
 *   found: number | null, silent?: number, alone: string }} WordChip
 */

/**
 * What words come to among tracks with sound and among all (see vmr/answers.py).
 * @typedef {{ notes: (Sentence | null)[], refused: boolean[], level: [number, number],
 *   met_from: number | null }} Said
 */

/**
 * A track's own words, as every answer has them. asks: what a video with it asks for, keys of
 * vmr/catalogs/terms.py.
 * @typedef {{ id: string, title: string, artist: string, catalog: string, genre: string[],
 *   mood: string[], bpm: number | null, key: string, seconds: number, energy?: number | null,
 *   vocals: string, licence: string, attribution: string, source: string,
 *   asks?: string[] }} TrackWords
 */

/**
 * A row of the answer to a video. audio: address of the sound, null where it is not on the server;
 * peaks: 200 bytes as base64; position: in the list of all tracks of the server; nearest: {facet: the
 * label that it sounds most like}; measured: {facet: labels that were measured surely}; by: what of
 * it the words met, [place of the word, kind, name, whether it is sure].
 * @typedef {Scored & TrackWords & { position: number, nearest?: Record<string, string>,
 *   measured?: Record<string, string[]>, audio: string | null, peaks: string,
 *   by?: [number, string, string, boolean][] }} Track
 */

/**
 * A row of the answer to a piece of music.
 * @typedef {Scored & { id: string, title: string, library: string, video: string, seconds: number,
 *   sha256: string, position: number, film: string | null, poster: string | null }} Video
 */

/**
 * The person's video or music; key: by which the server knows it. concepts: [name, weight],
 * strongest first; fits: the energy and the labels that go with each; part: by which the server
 * knows a cue of this film; timings_s: seconds by stage;
 * notes: sentences about the file; gram (B, B).
 * @typedef {{ modality: "video" | "music" | "text", name: string, key: string, sha256: string,
 *   part?: string | null, fits?: Record<string, [number, string[]]>,
 *   duration_s: number, notes: Sentence[], concepts: [string, number][], stats: Record<string, number>,
 *   timings_s: Record<string, number>, peaks: string | null, gram: number[] } & Believed} Query
 */

/**
 * A frame that was looked at. words: [name, weight], strongest first; picture: a small JPEG as a data
 * address.
 * @typedef {{ time_s: number, words: [string, number][], picture: string }} SeenFrame
 */

/** @typedef {"calibrated" | "mix"} Fusion */

/**
 * offered: {facet: labels that some of the tracks carries}; ties: as Believed's, of these.
 * @typedef {{ offered?: Record<string, string[]>, ties?: Believed["ties"] }} Offers
 */

/**
 * All that ranking for any weights needs. offered, and the query's ties: of the tracks whose sound is
 * here; with_silent: of all; frames:
 * address of the list of SeenFrame of a video that was sent with this question; asked: what the rows
 * were chosen for; whole: whether all tracks are there; terms: what tracks ask for, in
 * sentences; film: address of the video that was sent; provisional: of a few frames.
 * @template {Scored} T
 * @typedef {{ branches: string[], facets: string[], fusion: Fusion, query: Query, tracks: T[],
 *   reference?: Query, anchors?: AnchorsEntry[], scale?: ScoreScale | null,
 *   offered?: Offers["offered"], with_silent?: Offers, words?: WordChip[], said?: Said | null,
 *   weak?: Sentence,
 *   heard?: { text: string, avoided: string[] } | null, frames?: string | null, asked?: Turned,
 *   film?: string, whole?: boolean, provisional?: boolean, terms?: Record<string, Sentence> }} Payload
 */

/**
 * What the Ranker reads of a payload.
 * @typedef {{ branches: string[], fusion: Fusion, query: { gram: number[], felt?: number | null },
 *   tracks: Scored[], reference?: { gram: number[] }, anchors?: AnchorsEntry[],
 *   said?: { level: [number, number] } | null }} Rankable
 */

/**
 * A position of the slider where the order changes: at alpha, `rises` takes rank (from 0) over from
 * `falls`; both are positions in the payload's tracks.
 * @typedef {{ alpha: number, rank: number, rises: number, falls: number }} Change
 */

/**
 * The order of the first at alpha 0 and all changes from there to alpha 1.
 * @typedef {{ first: number[], changes: Change[] }} Changes
 */

/**
 * What a row shows. gained: places since the slider last rested; share, weight: 0 to 1; fit: 0 to
 * 100, null where nobody measured random pairs; drawn: the label that brought it among the first, in
 * the page's language; endsDraw: the last of those.
 * @typedef {{ place: number, total: number, drawn: string | null, endsDraw: boolean, reason:
 *   string, gained: number,
 *   score: number | null, fit: number | null,
 *   bars: { share: number, weight: number }[], selected: boolean, playing: boolean,
 *   starred: boolean, used: boolean }} RowFacts
 */

/**
 * What a row's buttons do; i is the position in the payload's tracks.
 * @typedef {{ play(i: number): void, seek?(i: number, share: number): void,
 *   select?(i: number): void, keep?(i: number): void, use?(i: number): void,
 *   more?(i: number, opener: HTMLElement): void }} RowActions
 */

/**
 * Values chosen per kind of filter.
 * @typedef {Record<string, string[]>} Filters
 */

/**
 * What was asked when a track was kept. labels: as the command line takes them; energy_asked: null
 * where it is as felt; fit: what the row said, 0 to 100.
 * @typedef {{ video: string, sha256?: string, alpha: number, facet: string, labels?: string,
 *   energy_asked?: number | null, words?: string, words_weight?: number | null, fit?: number | null,
 *   reason?: string }} Asked
 */

/**
 * What was decided about a kept track.
 * @typedef {"idea" | "proposed" | "approved" | "rejected"} Decision
 */

/**
 * A kept track: its words, what was asked, a note. sha256: of the video that it is kept for, "" for
 * words alone, missing in lists of before; start: second of the track where the video begins; place:
 * its order among the others.
 * @typedef {TrackWords & Asked & { audio: string | null, note: string, sha256?: string,
 *   state?: Decision, start?: number, ending?: "fade" | "cut" | "loop", fade_out?: number,
 *   isChosen?: boolean, place?: number }} Kept
 */

/**
 * State of one direction (video to music, music to video). weights: free weights (B,) instead of
 * alpha; choices and energy: in place of what was believed and felt; words: as they stand in the
 * field, wordsWeight: 0 to 2; bestFit: the best of the first rows;
 * order: the ranked positions; drawn: {position: the label that brought it} of the first rows where
 * two labels are nearly as likely; draws: whether they are towards the label; excluded: keys of tracks;
 * restBefore: set to a new object before a jump, so that gains count from the order just left; like: key
 * of the track that is the reference; following: the first row plays after each move; costOf: what a
 * track costs beside its neighbours in a film; used: key of the track of the chosen cue.
 * @typedef {{ lang: string, theme: string, facets: string[], facet: string, alpha: number,
 *   weights: number[] | null, choices: Choices, energy: number | null, words: string, wordsWeight: number,
 *   bestFit: number | null, payload: Payload<any> | null, order: number[], drawn: Map<number, string>,
 *   draws: boolean,
 *   changes: Change[],
 *   found: Changes | null, filters: Filters, excluded: Set<string>, silent: boolean, blend: number,
 *   like: string | null, current: number | null, playing: boolean, following: boolean, shortlist: Kept[],
 *   sliding: boolean,
 *   restBefore: object | null, used: string | null,
 *   costOf: ((track: any) => number) | null }} RankingState
 */

/**
 * The video that was chosen: a file or a sample, and what an event takes as the file once sent.
 * @typedef {{ file?: File, sample?: Sample, remote?: RemoteFile }} ChosenVideo
 */

/** "first": the rows that are there are of a few frames, the others are still looked at.
 * @typedef {"empty" | "loading" | "first" | "results"} Phase */

/**
 * What was asked of the whole film, while a cue of it is chosen.
 * @typedef {Pick<RankingState, "payload" | "alpha" | "facet" | "choices" | "energy" | "words" |
 *   "wordsWeight" | "weights" | "like" | "blend">} Whole
 */

/**
 * State of the whole page. cue: id of the chosen one; whole: null where none is.
 * @typedef {RankingState & { phase: Phase, tab: string, triangle: boolean,
 *   video: ChosenVideo | null, comparing: boolean, presenting: boolean,
 *   project: string, cue: string | null, whole: Whole | null }} PageState
 */

/** @typedef {{ key: string, titles: Record<string, string>, poster: string, url: string }} Sample */

/**
 * A file that was sent, as Gradio's events take it.
 * @typedef {{ path: string, orig_name: string, size: number, meta: { _type: string } }} RemoteFile
 */

/** A sentence in every language of the page, by its tag; "en" is always there.
 * @typedef {Record<string, string>} Sentence
 */

/** @typedef {{ name: string, tracks: number, notice: Sentence | null }} CatalogInfo */

/** @typedef {{ position: number, title: string, artist: string, mood: string, audio: string }} Starter */

/**
 * What the server puts into the page for the start.
 * @typedef {{ events: Record<string, number>, lang: string, limits: UploadLimits, facets: string[],
 *   catalogs: CatalogInfo[], samples: Sample[], library: { name: string, videos: number },
 *   rivals: string[], starters: Starter[], fetch?: FetchOffer[], audit?: boolean,
 *   label?: boolean, learn?: boolean }} Boot
 */

/**
 * Tracks of a catalog that have no sound, and how much of it can be fetched at once.
 * @typedef {{ name: string, missing: number, helpings: { tracks: number, bytes: number }[] }} FetchOffer
 */

/**
 * Of a file that is sent; endings: what a name may end with, in small letters.
 * @typedef {{ bytes: number, seconds: number,
 *   endings: { video: string[], audio: string[] } }} UploadLimits
 */

/**
 * Progress of a request; rank: place in the server's queue; wait: seconds until the answer, where
 * the server can tell; address: of an answer to a few frames.
 * @typedef {{ step: string, fraction?: number, rank?: number, wait?: number | null,
 *   address?: string }} News
 */

/** @typedef {(news: News) => void} OnProgress */

/**
 * Music for the player; id is its key, seconds its length.
 * @typedef {{ id: string, url: string, seconds: number }} Sound
 */

/**
 * What the player's music is doing to the row's waveform: share heard, share of the start.
 * @typedef {[played: number, start: number | null]} Played
 */

/**
 * A list's item as an element that knows how to show itself.
 * @typedef {{ node: HTMLElement, index: number, peaks?: Uint8Array, drawn?: boolean,
 *   leaving?: number, at?: string, y?: number, fresh?: boolean, speak(): void,
 *   show(facts: RowFacts): void, drawWave(played?: number, start?: number | null): void }} ListRow
 */

/**
 * How a list's items look and stand.
 * @typedef {{ make(item: any, index: number, actions: RowActions): ListRow,
 *   measure(node: HTMLElement): { columns: number, height: number } }} Shape
 */

/**
 * Where something is told that another part did.
 * @typedef {() => void} Callback
 */

/**
 * The server's report.
 * @typedef {{ checkpoint: { name: string, fingerprint: string, branches: string[],
 *   fusion: string }, encoders: { id: string, licence: string, commercial: boolean }[],
 *   licences: { name: string, licences: [string, number][] }[], config: object,
 *   metadata: Record<string, string>, notices: Sentence[],
 *   library: { name: string, videos: number }, card: string | null,
 *   metrics: import("../views/sweep_report.js").Report[], limits: Sentence | null,
 *   beliefs_fitted_on: number, evidence: { sets?: JudgedSet[],
 *     few_labels?: Record<string, import("../views/learning.js").Curve>,
 *     corrections?: Record<string, import("../views/learning.js").Lift[]>,
 *     study?: import("../views/study.js").StudyReport } }} EvidenceReport
 */

/**
 * What a link holds; isRanking: whether it names a video or words; project: key of the open one or
 * ""; sha256 is "" for words without a video, facet null where it names none, energy
 * where it is as felt; like: key of the track of the catalog that is the reference, which counts blend
 * (0 to 1); silent: tracks without sound are ranked too; excluded: keys of tracks; cue: id of the chosen
 * one; sample: key of the sample that the video is.
 * @typedef {{ cue?: string | null, sample?: string | null, isRanking?: boolean, project?: string,
 *   tab?: string, sha256: string, alpha: number, facet: string | null, filters: Filters,
 *   choices: Choices, energy: number | null, words?: string, wordsWeight?: number,
 *   weights?: number[] | null, like?: string | null, blend?: number, silent?: boolean,
 *   excluded?: string[] }} Link
 */

/**
 * A figure; of what is unknown, null. alpha: null for the whole slider.
 * @typedef {{ name: string, measure: string, value: number, low: number | null, high: number | null,
 *   chance: number | null, fixed: number | null, shuffled: number | null, catalog: string,
 *   alpha: number | null, facet: string, withheld: boolean }} Figure
 */

/** @typedef {{ facet: string, from: number, to: number, beliefs: number, said: number,
 *   right: number }} BeliefRow */

/** @typedef {{ facet: string, label: string, chosen: number, right: number,
 *   fitting: number }} LabelRow */

/** One table of judged clips.
 * @typedef {{ name: string, checkpoint: string, clips: number, figures: Figure[],
 *   beliefs: BeliefRow[], labels: LabelRow[] }} JudgedSet
 */

/** @typedef {{ kind: string, name: string, sure: boolean }} Piece */

/** What was asked or seen, and what of a track it met. @typedef {[Piece, Piece]} Pair */

/** What is known of a query beside a track, as in vmr/knowledge/reasons.py.
 * @typedef {{ facet: string, concepts: [string, number][], fits?: Query["fits"],
 *   cuts_per_minute: number, beliefs: [string, number | null][], felt: number | null,
 *   chosen: Choices[string], energy: number | null, facet_counts: boolean,
 *   feel_counts: boolean }} Why
 */

/** What is known of a track beside a query, as there.
 * @typedef {{ labels: string[], energy?: number | null, near: string, said: Pair[] }} Beside
 */

/**
 * A search as an endpoint takes it; file "" is none; more: labels, energy, words, their weight and
 * whether tracks without sound are ranked, as far as any were asked.
 * @typedef {{ base: string, endpoint: string, file: string, alpha: number, facet: string,
 *   k: number, more?: (string | number | boolean | null)[] }} ProgramCall
 */

export {};
