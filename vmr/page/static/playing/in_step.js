// Keeping an audio element at the second that belongs to the picture.
//
// Small drift is taken back by a slightly faster or slower sound, large drift by a jump. A jump takes
// its time, in which the picture goes on: how far it fell behind is added to the next one.

const JUMP_S = 0.05; // drift above this is corrected by seeking
const CALM_S = 0.012; // drift below this is left alone
const MOST = 0.08; // by which the rate is changed
const REST_MS = 250; // after a jump, before its error is taken for one
const MOST_LEAD_S = 0.3;

/**
 * A second of a track that is repeated.
 * @param {number} second
 * @param {number} length
 */
export const wrap = (second, length) => ((second % length) + length) % length;

export class InStep {
  lead = 0;
  jumped = -Infinity;
  measured = true;

  /** @param {HTMLMediaElement} audio */
  constructor(audio) {
    this.audio = audio;
  }

  /**
   * Go on in step; `drift`: seconds by which the sound is ahead, `rate`: of the picture.
   * @param {number} second where the sound should be
   * @param {number} drift
   * @param {number} rate
   * @param {boolean} [jump] also where the drift is small, and at once
   */
  keep(second, drift, rate, jump = false) {
    const { audio } = this;
    const now = performance.now();
    const rests = now - this.jumped < REST_MS;
    if (!rests && !this.measured && !audio.paused) {
      this.measured = true;
      this.lead = Math.max(0, Math.min(MOST_LEAD_S, this.lead - drift));
    }
    if (jump ? Math.abs(drift) > CALM_S : Math.abs(drift) > JUMP_S && !rests) {
      const lead = audio.paused ? 0 : this.lead * rate;
      audio.currentTime = Math.max(0, second + lead);
      audio.playbackRate = rate;
      this.jumped = now;
      this.measured = audio.paused;
    } else if (Math.abs(drift) > CALM_S && !audio.seeking) {
      audio.playbackRate = rate * (1 - Math.max(-MOST, Math.min(MOST, drift * 2)));
    } else if (audio.playbackRate !== rate) {
      audio.playbackRate = rate;
    }
  }
}
