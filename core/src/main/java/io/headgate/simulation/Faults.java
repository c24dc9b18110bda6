package io.headgate.simulation;

/**
 * What goes wrong in the process itself, while it lasts. Shares are in thousandths of the
 * occasions.
 *
 * @param untilNs when the faults end
 * @param yieldShare of admission's steps at which a submitter is held up
 * @param maxYieldNs for how long at most
 * @param stallShare of the dispatcher's turns that it comes late to, as after a collection
 * @param maxStallNs how late at most
 * @param maxLaunchNs how long an attempt's thread takes to begin, at most
 * @param maxInterruptNs how late an interrupt is, at most
 * @param lateEndShare of the calls whose end is told late
 * @param maxLateEndNs how late at most
 * @param ringFullShare of the publications of tasks that find the ring full
 * @param clockJumps of the process's clock, forwards
 * @param maxJumpNs how far at most
 * @param journalStalls times at which the journal is behind, for a sixteenth of all at most
 */
record Faults(
    long untilNs,
    int yieldShare,
    long maxYieldNs,
    int stallShare,
    long maxStallNs,
    long maxLaunchNs,
    long maxInterruptNs,
    int lateEndShare,
    long maxLateEndNs,
    int ringFullShare,
    int clockJumps,
    long maxJumpNs,
    int journalStalls) {
  static final Faults NONE = new Faults(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}
