package io.headgate.engine;

/**
 * Tells admission how long tasks would wait: at a target, whoever asks, by priority and by whether
 * the job has begun; and what it takes to know it for an agent. A figure is told when it has moved
 * by an eighth, or became or left zero: the word that submitters read is written seldom, and never
 * stays wrong for long. Not thread-safe.
 */
final class WaitEstimates {
  private static final int SHIFT = 4;
  private final StartOrder order;
  private final Effects effects;

  WaitEstimates(StartOrder order, Effects effects) {
    this.order = order;
    this.effects = effects;
  }

  /** How many of this agent's new jobs wait. */
  void publish(AgentEntry agent) {
    if (differs(agent.queuedNew, agent.publishedQueuedNew)) {
      agent.publishedQueuedNew = agent.queuedNew;
      effects.publishQueued(agent.gate, agent.queuedNew);
    }
  }

  // Until each of those that wait has had its turn.
  private long roundNs(TargetEntry target, double intervalNs) {
    return Math.max(target.newPace.intervalNs(), (long) intervalNs) * order.backlogged();
  }

  /** How long a task waits at the target, whoever asks, by priority. */
  void publish(TargetEntry target) {
    boolean isEmpty = target.queued() == 0;
    boolean door = target.settings.concurrency().isOn();
    if (isEmpty && target.publishedIsEmpty && !door && target.publishedJobNs == 0) {
      return; // nothing waits, and nothing did: on the way of most tasks of a calm target
    }
    target.publishedIsEmpty = isEmpty;
    // The wait is the target's, whoever waits there: while one agent's cap may be all that holds
    // its queue up, others must not be turned away for that.
    long ofJob = door ? target.jobTimes.typicalNs() : 0;
    boolean jobDiffers = differs(ofJob, target.publishedJobNs);
    double intervalNs = target.intervalNs();
    long roundNs = target.queuedNew() == 0 ? 0 : roundNs(target, intervalNs);
    int ahead = 0;
    int newAhead = 0;
    for (int band = 0; band < TargetEntry.BANDS; band++) {
      int newOnes = target.queuedNew(band);
      ahead += target.queued(band);
      newAhead += newOnes;
      double stretch = target.bandWaits.stretch(band);
      long ofRound = (long) (stretch * roundNs);
      if (differs(ofRound, target.publishedRoundNs[band])) {
        target.publishedRoundNs[band] = ofRound;
        effects.publishRound(target.gate, band, ofRound);
      }
      long ofBegun = (long) (stretch * intervalNs * (ahead - newOnes));
      long ofNew = (long) (stretch * intervalNs * ahead);
      if (door) {
        // Behind all that begun jobs have, and behind the other new.
        ofNew = Math.max(ofNew, target.newPace.intervalNs() * newAhead);
      }
      if (jobDiffers
          || differs(ofNew, target.publishedNewNs[band])
          || differs(ofBegun, target.publishedBegunNs[band])) {
        target.publishedNewNs[band] = ofNew;
        target.publishedBegunNs[band] = ofBegun;
        target.publishedJobNs = ofJob;
        effects.publishEstimates(target.gate, band, ofNew, ofBegun, ofJob);
      }
    }
  }

  private static boolean differs(long value, long published) {
    return Math.abs(value - published) > (published >> SHIFT);
  }
}
